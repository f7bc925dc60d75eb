"""The page of a hand-over package in German."""

from shared.exports.handover_texts.language_formats import LanguageFormats
from shared.exports.handover_texts.package_texts import Counted, Elsewhere, PackageTexts

FORMATS = LanguageFormats(
    decimal=",",
    group=".",
    byte=("Byte", "Byte"),
    units=("kB", "MB", "GB", "TB", "PB"),
    months=(
        *("Januar", "Februar", "März", "April", "Mai", "Juni"),
        *("Juli", "August", "September", "Oktober", "November", "Dezember"),
    ),
    long_time="{day}. {month} {date:%Y, %H:%M} UTC",
    short_time="{date:%d.%m.%Y, %H:%M}",
)

GERMAN = PackageTexts(
    formats=FORMATS,
    title="Ihre Daten aus Microsoft 365",
    lead="Dieses Paket enthält die Daten über Sie, die eine Organisation aus ihrem Microsoft 365 exportiert hat.",
    unpack_first=(
        "Entpacken Sie die ZIP-Datei, bevor Sie etwas öffnen. Die Links auf dieser Seite funktionieren nur im "
        "entpackten Ordner."
    ),
    unpack_together=Counted(
        one="Dieses Paket besteht aus {count} ZIP-Datei.",
        other="Dieses Paket besteht aus {count} ZIP-Dateien. Entpacken Sie alle in denselben Ordner.",
    ),
    reference="Aktenzeichen",
    export_id="Export-ID",
    received="Anfrage eingegangen",
    exported="Daten exportiert",
    requested="Paket angefordert",
    files="Dateien",
    total_size="Gesamtgröße",
    notes="Bitte beachten",
    no_data=(
        "Microsoft hat den Export abgeschlossen, aber er enthält keine Daten: Es kamen keine oder nur leere Dateien an."
    ),
    at_limit=(
        "Der Export hat so lange gedauert, wie Microsoft höchstens zulässt. Möglicherweise endete er, bevor alle Daten "
        "da waren. Wenn Ihnen etwas fehlt, bitten Sie um einen neuen Export."
    ),
    unhashed=Counted(
        one="Für {count} Datei ließ sich keine Prüfsumme berechnen, zum Beispiel weil sie sehr groß ist. Sie lässt "
        "sich nicht wie unten beschrieben prüfen.",
        other="Für {count} Dateien ließen sich keine Prüfsummen berechnen, zum Beispiel weil sie sehr groß sind. Sie "
        "lassen sich nicht wie unten beschrieben prüfen.",
    ),
    inside="Was enthalten ist",
    inside_lead=(
        "Dateien aus OneDrive und Berichte über Aktivitäten in den Diensten von Microsoft. Was der Export enthält, "
        "legt Microsoft fest. Die Daten jedes Produkts liegen in einem eigenen Ordner."
    ),
    product="Produkt",
    size="Größe",
    total="Gesamt",
    no_folder="Dateien ohne Ordner",
    other_products="Weitere Ordner",
    count_of_files=Counted(one="{count} Datei", other="{count} Dateien"),
    listing="Alle Dateien",
    file_name="Name",
    last_changed="Zuletzt geändert (UTC)",
    unlisted=Counted(
        one="{count} weitere Datei liegt in diesem Ordner und ist hier nicht aufgeführt.",
        other="{count} weitere Dateien liegen in diesem Ordner und sind hier nicht aufgeführt.",
    ),
    not_inside="Was nicht enthalten ist",
    not_inside_lead=(
        "Der Export umfasst nicht alles, was eine Organisation über Sie gespeichert haben kann. Nicht enthalten sind:"
    ),
    elsewhere=(
        Elsewhere(
            data=(
                "E-Mails, Kalender, Kontakte und Aufgaben",
                "Chats, Kanalnachrichten und Besprechungen in Microsoft Teams",
                "Dateien in SharePoint-Websites und in Teams",
            ),
            source="Diese Daten ruft die Organisation mit einem anderen Werkzeug ab: Microsoft Purview eDiscovery.",
        ),
        Elsewhere(
            data=("Daten in anderen Systemen der Organisation und auf Papier",),
            source="Die Organisation erhält sie aus diesen Systemen.",
        ),
        Elsewhere(
            data=("Daten, die andere Organisationen über Sie gespeichert haben",),
            source="Wenden Sie sich an diese Organisationen.",
        ),
        Elsewhere(
            data=("Daten eines privaten Microsoft-Kontos",),
            source="Sie finden sie unter account.microsoft.com/privacy.",
        ),
    ),
    renamed="Geänderte Dateinamen",
    renamed_lead=Counted(
        one="{count} Datei heißt hier anders als im Export, weil nicht jeder Computer den ursprünglichen Namen "
        "zulässt. Ihr Inhalt ist unverändert.",
        other="{count} Dateien heißen hier anders als im Export, weil nicht jeder Computer die ursprünglichen Namen "
        "zulässt. Ihr Inhalt ist unverändert.",
    ),
    original_name="Ursprünglicher Name",
    name_here="Name in diesem Paket",
    renamed_rest="Die Datei {file} führt alle auf.",
    checking="Dateien prüfen",
    checking_lead=(
        "{sums} enthält zu jeder Datei eine Prüfsumme (SHA-256). Mit einem dieser Befehle, ausgeführt im entpackten "
        "Ordner, können Sie prüfen, ob die Dateien vollständig und unverändert sind."
    ),
    windows="Windows (PowerShell)",
    windows_result=(
        "Der Befehl nennt jede Datei, die fehlt oder verändert ist. Ist alles in Ordnung, gibt er nichts aus."
    ),
    macos="macOS (Terminal)",
    linux="Linux",
    unix_result="Der Befehl meldet jede Datei, die fehlt oder verändert ist. Ist alles in Ordnung, gibt er nichts aus.",
    receipt=(
        "{receipt} beschreibt den Export für Programme und enthält die Prüfsumme von {sums}. Die Organisation bewahrt "
        "die Prüfsumme von {receipt} auf und kann bestätigen, dass beide echt sind."
    ),
    questions="Fragen",
    ask_with_reference=(
        "Wenn etwas fehlt oder unklar ist, wenden Sie sich an die Organisation, von der Sie dieses Paket haben. Nennen "
        "Sie das Aktenzeichen {reference} und die Export-ID {export}."
    ),
    ask=(
        "Wenn etwas fehlt oder unklar ist, wenden Sie sich an die Organisation, von der Sie dieses Paket haben. Nennen "
        "Sie die Export-ID {export}."
    ),
)
