"""Facts of hand-over packages, for the tests of their documents."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.exports.export import File, Subject, TrailHead
from shared.exports.handover_zip_contents import ContentsTally
from shared.exports.handover_zip_documents import PackageFacts
from shared.exports.handover_zip_index import index_pieces
from shared.exports.states_and_codes import PackageLanguage, SubjectType, WarningCode

RECEIVED = datetime(2026, 11, 1, 9, 30, tzinfo=UTC)
EXPORT_ID = "0b6f2c1e-8a55-5d6e-9a0e-3c2f7a41d9b0"
SHA256 = "a" * 64
HOSTILE = (
    "OneDrive/Content/<script>document.title='run'</script>.html",
    "OneDrive/Content/\"onclick=\"document.title='run'\" x='.html",
    "OneDrive/Content/&lt;b&gt;&amp;.txt",
    "OneDrive/Content/100% #1?.txt",
    "OneDrive/Content/photo\u202egpj.exe",
    "OneDrive/Content/קובץ/שלום.docx",
    "OneDrive/Content/{count} {0}.txt",
    "OneDrive/Content/🏳️‍🌈 naïve.txt",
    "OneDrive/Content/" + "long" * 50 + ".txt",
    "javascript:alert(1)",
    "<i>Product</i>/a.txt",
)
"""Names that `safe_path` would change in part: the page must bear them all the same."""
USUAL = {
    "Azure Active Directory/SignIns.json": 45_210,
    "Microsoft Teams/Activity.csv": 1_230,
    "OneDrive/ActivityReports/Files.json": 88_111,
    "OneDrive/Content/Documents/Notes/To do.txt": 44,
    "OneDrive/Content/Documents/Projects/Annual review.docx": 1_284_310,
    "OneDrive/Content/Videos/Town hall.mp4": 2_417_300_112,
    "Windows/Diagnostics/Events.json": 712_345,
}


def file(name: str, size: int = 1, sha256: str | None = SHA256) -> File:
    return File(name=name, size=size, md5=None, sha256=sha256, modified_at=RECEIVED + timedelta(hours=len(name)))


def tally(sizes: Mapping[str, int]) -> ContentsTally:
    """Counts files that keep their names, by name and size in bytes."""
    counted = ContentsTally()
    for name, size in sizes.items():
        counted.add(name, file(name, size))
    return counted


def facts(**changes: Any) -> PackageFacts:
    """Those of a usual export without warnings, but for the changes."""
    usual = PackageFacts(
        language=PackageLanguage.ENGLISH,
        export_id=EXPORT_ID,
        subject=Subject(SubjectType.USER, "11f2c6a8-3b7d-4e52-9c04-8d1a6f0e5b23"),
        reference="DSR-2026-0042",
        received_at=RECEIVED,
        due_at=RECEIVED + timedelta(days=30),
        completed_at=RECEIVED + timedelta(days=9, hours=3),
        requested_at=RECEIVED + timedelta(days=10),
        parts=1,
        contents=tally(USUAL).contents(),
        warnings=(WarningCode.DUE_SOON,),
        manifest_sha256="b" * 64,
        trail=TrailHead(12, "c" * 64),
    )
    return replace(usual, **changes)


def full_facts(language: PackageLanguage) -> PackageFacts:
    """Those of a package that makes the page say all that it can, with hostile names."""
    counted = tally(USUAL | dict.fromkeys((*HOSTILE, "Last/unlisted.txt"), 1_000))
    counted.add("OneDrive/Content/huge.bin", file("OneDrive/Content/huge.bin", 17 * 10**9, sha256=None))
    counted.add("OneDrive/Content/a_b.txt", file("OneDrive/Content/a\n:\u202eb<b>.txt"))
    for number in range(40):
        name = f"OneDrive/Content/Pictures/Camera Roll/IMG_{number:04}.jpg"
        counted.add(name, file(name, 2_400_000 + number))
    # As after many more files and products, which would make the page slow to check.
    *products, last = counted.contents().products
    products = [replace(one, count=one.count + 1_000) for one in products]
    contents = replace(
        counted.contents(), products=(*products, replace(last, listed=())), other_count=12, other_bytes=1
    )
    return facts(language=language, parts=3, contents=contents, warnings=tuple(WarningCode))


def empty_facts(language: PackageLanguage) -> PackageFacts:
    """Those of a package without files, of an export without a reference."""
    contents = ContentsTally().contents()
    return facts(language=language, contents=contents, reference=None, warnings=(WarningCode.NO_DATA,), trail=None)


def index_html(given: PackageFacts) -> bytes:
    """The whole page of a package."""
    return b"".join(index_pieces(given))
