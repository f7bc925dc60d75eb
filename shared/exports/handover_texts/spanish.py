"""The page of a hand-over package in Spanish."""

from shared.exports.handover_texts.language_formats import LanguageFormats
from shared.exports.handover_texts.package_texts import Counted, Elsewhere, PackageTexts

FORMATS = LanguageFormats(
    decimal=",",
    group=".",
    least_grouped=10_000,
    byte=("byte", "bytes"),
    units=("kB", "MB", "GB", "TB", "PB"),
    months=(
        *("enero", "febrero", "marzo", "abril", "mayo", "junio"),
        *("julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"),
    ),
    long_time="{day} de {month} de {date:%Y, %H:%M} UTC",
    short_time="{date:%d/%m/%Y, %H:%M}",
)

SPANISH = PackageTexts(
    formats=FORMATS,
    title="Sus datos de Microsoft 365",
    lead="Este paquete contiene los datos sobre usted que una organización ha exportado de su Microsoft 365.",
    unpack_first=(
        "Descomprima el archivo ZIP antes de abrir nada. Los enlaces de esta página solo funcionan en la carpeta "
        "descomprimida."
    ),
    unpack_together=Counted(
        one="Este paquete consta de {count} archivo ZIP.",
        other="Este paquete consta de {count} archivos ZIP. Descomprímalos todos en la misma carpeta.",
        many="Este paquete consta de {count} de archivos ZIP. Descomprímalos todos en la misma carpeta.",
    ),
    reference="Referencia",
    export_id="ID de la exportación",
    received="Solicitud recibida",
    exported="Datos exportados",
    requested="Paquete solicitado",
    files="Archivos",
    total_size="Tamaño total",
    notes="Tenga en cuenta",
    no_data=(
        "Microsoft ha completado la exportación, pero no contiene datos: no llegó ningún archivo, o solo archivos "
        "vacíos."
    ),
    at_limit=(
        "La exportación duró el máximo que permite Microsoft. Es posible que terminara antes de que estuvieran todos "
        "los datos. Si echa algo en falta, pida una nueva exportación."
    ),
    unhashed=Counted(
        one="No se pudo calcular la suma de comprobación de {count} archivo, por ejemplo porque es muy grande. No se "
        "puede comprobar como se describe más abajo.",
        other="No se pudo calcular la suma de comprobación de {count} archivos, por ejemplo porque son muy grandes. No "
        "se pueden comprobar como se describe más abajo.",
        many="No se pudo calcular la suma de comprobación de {count} de archivos, por ejemplo porque son muy grandes. "
        "No se pueden comprobar como se describe más abajo.",
    ),
    inside="Qué contiene",
    inside_lead=(
        "Archivos de OneDrive e informes de actividad en los servicios de Microsoft. Microsoft decide qué contiene la "
        "exportación. Los datos de cada producto están en una carpeta propia."
    ),
    product="Producto",
    size="Tamaño",
    total="Total",
    no_folder="Archivos sin carpeta",
    other_products="Otras carpetas",
    count_of_files=Counted(one="{count} archivo", other="{count} archivos", many="{count} de archivos"),
    listing="Todos los archivos",
    file_name="Nombre",
    last_changed="Última modificación (UTC)",
    unlisted=Counted(
        one="En esta carpeta hay {count} archivo más que no figura en esta lista.",
        other="En esta carpeta hay {count} archivos más que no figuran en esta lista.",
        many="En esta carpeta hay {count} de archivos más que no figuran en esta lista.",
    ),
    not_inside="Qué no contiene",
    not_inside_lead=("La exportación no abarca todo lo que una organización puede tener sobre usted. No contiene:"),
    elsewhere=(
        Elsewhere(
            data=(
                "Correo electrónico, calendario, contactos y tareas",
                "Chats, mensajes de canales y reuniones de Microsoft Teams",
                "Archivos de sitios de SharePoint y de equipos de Teams",
            ),
            source="La organización los obtiene con otra herramienta, Microsoft Purview eDiscovery.",
        ),
        Elsewhere(
            data=("Datos de otros sistemas de la organización y documentos en papel",),
            source="La organización los obtiene de esos sistemas.",
        ),
        Elsewhere(
            data=("Datos que otras organizaciones tienen sobre usted",),
            source="Diríjase a cada una de ellas.",
        ),
        Elsewhere(
            data=("Datos de una cuenta personal de Microsoft",),
            source="Los encontrará en account.microsoft.com/privacy.",
        ),
    ),
    renamed="Nombres de archivo modificados",
    renamed_lead=Counted(
        one="{count} archivo tiene aquí un nombre distinto que en la exportación, porque no todos los equipos admiten "
        "el nombre original. Su contenido no ha cambiado.",
        other="{count} archivos tienen aquí un nombre distinto que en la exportación, porque no todos los equipos "
        "admiten los nombres originales. Su contenido no ha cambiado.",
        many="{count} de archivos tienen aquí un nombre distinto que en la exportación, porque no todos los equipos "
        "admiten los nombres originales. Su contenido no ha cambiado.",
    ),
    original_name="Nombre original",
    name_here="Nombre en este paquete",
    renamed_rest="El archivo {file} contiene la lista completa.",
    checking="Comprobar los archivos",
    checking_lead=(
        "{sums} contiene una suma de comprobación (SHA-256) de cada archivo. Con uno de estos comandos, ejecutado en "
        "la carpeta descomprimida, puede comprobar que los archivos están completos y no han cambiado."
    ),
    windows="Windows (PowerShell)",
    windows_result="El comando muestra el nombre de cada archivo que falta o ha cambiado, y nada si todo está bien.",
    macos="macOS (Terminal)",
    linux="Linux",
    unix_result="El comando informa de cada archivo que falta o ha cambiado, y no muestra nada si todo está bien.",
    receipt=(
        "{receipt} describe la exportación para programas y contiene la suma de comprobación de {sums}. La "
        "organización conserva la suma de comprobación de {receipt} y puede confirmar que ambos son auténticos."
    ),
    questions="Preguntas",
    ask_with_reference=(
        "Si falta algo o algo no está claro, diríjase a la organización que le entregó este paquete. Indique la "
        "referencia {reference} y el ID de la exportación {export}."
    ),
    ask=(
        "Si falta algo o algo no está claro, diríjase a la organización que le entregó este paquete. Indique el ID de "
        "la exportación {export}."
    ),
)
