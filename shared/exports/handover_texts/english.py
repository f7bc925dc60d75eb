"""The page of a hand-over package in English."""

from shared.exports.handover_texts.language_formats import LanguageFormats
from shared.exports.handover_texts.package_texts import Counted, Elsewhere, PackageTexts

FORMATS = LanguageFormats(
    decimal=".",
    group=",",
    byte=("byte", "bytes"),
    units=("kB", "MB", "GB", "TB", "PB"),
    months=(
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ),
    long_time="{day} {month} {date:%Y, %H:%M} UTC",
    short_time="{day} {month:.3} {date:%Y, %H:%M}",
)

ENGLISH = PackageTexts(
    formats=FORMATS,
    title="Your data from Microsoft 365",
    lead="This package contains the data about you that an organisation exported from its Microsoft 365.",
    unpack_first=(
        "Unpack the zip file before you open anything. The links on this page work only in the unpacked folder."
    ),
    unpack_together=Counted(
        one="This package consists of {count} zip file.",
        other="This package consists of {count} zip files. Unpack all of them into the same folder.",
    ),
    reference="Reference",
    export_id="Export ID",
    received="Request received",
    exported="Data exported",
    requested="Package requested",
    files="Files",
    total_size="Total size",
    notes="Please note",
    no_data="Microsoft completed the export, but it contains no data: no files arrived, or only empty ones.",
    at_limit=(
        "The export took the longest time that Microsoft allows. It may have ended before all data was there. "
        "If you miss something, ask for another export."
    ),
    unhashed=Counted(
        one="No checksum could be computed for {count} file, for example because it is very large. "
        "You can’t check it as described below.",
        other="No checksums could be computed for {count} files, for example because they are very large. "
        "You can’t check them as described below.",
    ),
    inside="What is inside",
    inside_lead=(
        "Files from OneDrive, and reports of activity in Microsoft’s services. Microsoft decides what the export "
        "contains, and puts the data of each product into a folder of its own."
    ),
    product="Product",
    size="Size",
    total="Total",
    no_folder="Files without a folder",
    other_products="Other folders",
    count_of_files=Counted(one="{count} file", other="{count} files"),
    listing="All files",
    file_name="Name",
    last_changed="Last changed (UTC)",
    unlisted=Counted(
        one="{count} more file is in this folder and not listed here.",
        other="{count} more files are in this folder and not listed here.",
    ),
    not_inside="What is not inside",
    not_inside_lead=(
        "The export does not cover everything that an organisation may hold about you. It does not contain:"
    ),
    elsewhere=(
        Elsewhere(
            data=(
                "E-mail, calendar, contacts and tasks",
                "Chats, channel messages and meetings in Microsoft Teams",
                "Files in SharePoint sites and in teams",
            ),
            source="The organisation gets these with another tool, Microsoft Purview eDiscovery.",
        ),
        Elsewhere(
            data=("Data in the organisation’s other systems and on paper",),
            source="The organisation gets it from those systems.",
        ),
        Elsewhere(
            data=("Data that other organisations hold about you",),
            source="Ask each of them.",
        ),
        Elsewhere(
            data=("Data of a personal Microsoft account",),
            source="You can find it at account.microsoft.com/privacy.",
        ),
    ),
    renamed="Changed file names",
    renamed_lead=Counted(
        one="{count} file has another name here than in the export, because not every computer accepts the original "
        "name. Its contents are unchanged.",
        other="{count} files have other names here than in the export, because not every computer accepts the original "
        "names. Their contents are unchanged.",
    ),
    original_name="Original name",
    name_here="Name in this package",
    renamed_rest="The file {file} lists all of them.",
    checking="Check the files",
    checking_lead=(
        "{sums} contains a checksum (SHA-256) of each file. With one of these commands, run in the unpacked folder, "
        "you can check that the files are complete and unchanged."
    ),
    windows="Windows (PowerShell)",
    windows_result="It prints the name of each file that is missing or changed, and nothing if all is well.",
    macos="macOS (Terminal)",
    linux="Linux",
    unix_result="It reports each file that is missing or changed, and prints nothing if all is well.",
    receipt=(
        "{receipt} describes the export for programs. It contains the checksum of {sums}. The organisation keeps the "
        "checksum of {receipt}, and can confirm that both are genuine."
    ),
    questions="Questions",
    ask_with_reference=(
        "If something is missing or unclear, ask the organisation that gave you this package. Mention the reference "
        "{reference} and the export ID {export}."
    ),
    ask=(
        "If something is missing or unclear, ask the organisation that gave you this package. Mention the export ID "
        "{export}."
    ),
)
