"""The page of a hand-over package in French."""

from shared.exports.handover_texts.language_formats import LanguageFormats
from shared.exports.handover_texts.package_texts import Counted, Elsewhere, PackageTexts

FORMATS = LanguageFormats(
    decimal=",",
    group="\N{NARROW NO-BREAK SPACE}",
    zero_is_singular=True,
    byte=("octet", "octets"),
    units=("ko", "Mo", "Go", "To", "Po"),
    months=(
        *("janvier", "février", "mars", "avril", "mai", "juin"),
        *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
    ),
    long_time="{day} {month} {date:%Y à %H:%M} UTC",
    short_time="{date:%d/%m/%Y %H:%M}",
    first_of_month="1er",
)

FRENCH = PackageTexts(
    formats=FORMATS,
    title="Vos données de Microsoft 365",
    lead="Cette archive contient les données vous concernant qu’une organisation a exportées de son Microsoft 365.",
    unpack_first=(
        "Décompressez le fichier ZIP avant d’ouvrir quoi que ce soit. Les liens de cette page ne fonctionnent que dans "
        "le dossier décompressé."
    ),
    unpack_together=Counted(
        one="Cette archive se compose de {count} fichier ZIP.",
        other="Cette archive se compose de {count} fichiers ZIP. Décompressez-les tous dans le même dossier.",
        many="Cette archive se compose de {count} de fichiers ZIP. Décompressez-les tous dans le même dossier.",
    ),
    reference="Référence",
    export_id="Identifiant de l’export",
    received="Demande reçue",
    exported="Données exportées",
    requested="Archive demandée",
    files="Fichiers",
    total_size="Taille totale",
    notes="À noter",
    no_data=(
        "Microsoft a terminé l’export, mais il ne contient aucune donnée : aucun fichier n’est arrivé, ou seulement "
        "des fichiers vides."
    ),
    at_limit=(
        "L’export a duré aussi longtemps que Microsoft le permet. Il a pu se terminer avant que toutes les données "
        "soient là. S’il vous manque quelque chose, demandez un nouvel export."
    ),
    unhashed=Counted(
        one="Aucune somme de contrôle n’a pu être calculée pour {count} fichier, par exemple parce qu’il est très "
        "volumineux. Il ne peut pas être vérifié comme décrit ci-dessous.",
        other="Aucune somme de contrôle n’a pu être calculée pour {count} fichiers, par exemple parce qu’ils sont très "
        "volumineux. Ils ne peuvent pas être vérifiés comme décrit ci-dessous.",
        many="Aucune somme de contrôle n’a pu être calculée pour {count} de fichiers, par exemple parce qu’ils sont "
        "très volumineux. Ils ne peuvent pas être vérifiés comme décrit ci-dessous.",
    ),
    inside="Ce que contient l’export",
    inside_lead=(
        "Des fichiers de OneDrive et des rapports d’activité des services de Microsoft. C’est Microsoft qui décide de "
        "ce que contient l’export. Les données de chaque produit se trouvent dans un dossier à part."
    ),
    product="Produit",
    size="Taille",
    total="Total",
    no_folder="Fichiers sans dossier",
    other_products="Autres dossiers",
    count_of_files=Counted(one="{count} fichier", other="{count} fichiers", many="{count} de fichiers"),
    listing="Tous les fichiers",
    file_name="Nom",
    last_changed="Dernière modification (UTC)",
    unlisted=Counted(
        one="{count} autre fichier se trouve dans ce dossier sans être listé ici.",
        other="{count} autres fichiers se trouvent dans ce dossier sans être listés ici.",
        many="{count} d’autres fichiers se trouvent dans ce dossier sans être listés ici.",
    ),
    not_inside="Ce que l’export ne contient pas",
    not_inside_lead=("L’export ne couvre pas tout ce qu’une organisation peut détenir sur vous. Il ne contient pas :"),
    elsewhere=(
        Elsewhere(
            data=(
                "Les e-mails, le calendrier, les contacts et les tâches",
                "Les conversations, les messages de canaux et les réunions dans Microsoft Teams",
                "Les fichiers des sites SharePoint et des équipes Teams",
            ),
            source="L’organisation les extrait avec un autre outil, Microsoft Purview eDiscovery.",
        ),
        Elsewhere(
            data=("Les données des autres systèmes de l’organisation et les documents papier",),
            source="L’organisation les obtient de ces systèmes.",
        ),
        Elsewhere(
            data=("Les données que d’autres organisations détiennent sur vous",),
            source="Adressez-vous à chacune d’elles.",
        ),
        Elsewhere(
            data=("Les données d’un compte Microsoft personnel",),
            source="Vous les trouverez sur account.microsoft.com/privacy.",
        ),
    ),
    renamed="Noms de fichiers modifiés",
    renamed_lead=Counted(
        one="{count} fichier porte ici un autre nom que dans l’export, car tous les ordinateurs n’acceptent pas le nom "
        "d’origine. Son contenu est inchangé.",
        other="{count} fichiers portent ici un autre nom que dans l’export, car tous les ordinateurs n’acceptent pas "
        "les noms d’origine. Leur contenu est inchangé.",
        many="{count} de fichiers portent ici un autre nom que dans l’export, car tous les ordinateurs n’acceptent pas "
        "les noms d’origine. Leur contenu est inchangé.",
    ),
    original_name="Nom d’origine",
    name_here="Nom dans cette archive",
    renamed_rest="Le fichier {file} en contient la liste complète.",
    checking="Vérifier les fichiers",
    checking_lead=(
        "{sums} contient une somme de contrôle (SHA-256) pour chaque fichier. Avec l’une de ces commandes, lancée dans "
        "le dossier décompressé, vous pouvez vérifier que les fichiers sont complets et inchangés."
    ),
    windows="Windows (PowerShell)",
    windows_result=(
        "La commande affiche le nom de chaque fichier manquant ou modifié. Si tout est en ordre, elle n’affiche rien."
    ),
    macos="macOS (Terminal)",
    linux="Linux",
    unix_result="La commande signale chaque fichier manquant ou modifié. Si tout est en ordre, elle n’affiche rien.",
    receipt=(
        "{receipt} décrit l’export pour les programmes et contient la somme de contrôle de {sums}. L’organisation "
        "conserve la somme de contrôle de {receipt} et peut confirmer que les deux sont authentiques."
    ),
    questions="Questions",
    ask_with_reference=(
        "S’il manque quelque chose ou si un point n’est pas clair, adressez-vous à l’organisation qui vous a remis "
        "cette archive. Indiquez la référence {reference} et l’identifiant de l’export {export}."
    ),
    ask=(
        "S’il manque quelque chose ou si un point n’est pas clair, adressez-vous à l’organisation qui vous a remis "
        "cette archive. Indiquez l’identifiant de l’export {export}."
    ),
)
