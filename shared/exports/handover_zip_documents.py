"""The documents at the root of a hand-over package, but for the page: the facts that they tell, sums and the receipt.

Each is a function of its arguments alone, so a step that is done again writes the same bytes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.exports.states_and_codes import WarningCode
from shared.exports.timestamps import to_iso

if TYPE_CHECKING:
    from datetime import datetime

    from shared.exports.export import Subject, TrailHead
    from shared.exports.handover_zip_contents import Contents
    from shared.exports.states_and_codes import PackageLanguage

INDEX, SUMS, RECEIPT, RENAMED = "index.html", "SHA256SUMS", "receipt.json", "renamed-files.json"
"""The names of the documents; `RENAMED` is there only if a name had to change."""
_OF_THE_DATA = (WarningCode.NO_DATA, WarningCode.COMPLETED_AT_LIMIT, WarningCode.FILES_NOT_HASHED)
"""The warnings that say something about the data, and not about how it was exported."""
RECEIPT_FORMAT = "personal-data-export-receipt/1"
"""Which members a receipt has. A later version may add members; it gets another number where one changes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageFacts:
    """All that the documents of one package say. Times are in UTC."""

    language: PackageLanguage
    export_id: str
    subject: Subject
    reference: str | None
    received_at: datetime
    """When the person's request arrived."""
    due_at: datetime
    """The deadline, as it was when the documents were written."""
    completed_at: datetime
    """When the export ended."""
    requested_at: datetime
    """When the package was requested."""
    parts: int
    """Of how many zips it consists."""
    contents: Contents
    warnings: tuple[WarningCode, ...]
    """The codes of all warnings of the export; the documents tell those that concern the data."""
    manifest_sha256: str | None
    """In hex."""
    trail: TrailHead | None
    """The newest event of the trail when the documents were written; None where the trail has no hashes yet."""


def data_warnings(facts: PackageFacts) -> tuple[WarningCode, ...]:
    """The warnings that say something about the data of the export."""
    return tuple(code for code in _OF_THE_DATA if code in facts.warnings)


def sums_line(path: str, sha256: str) -> bytes:
    """The line of `SHA256SUMS` for one file, as `sha256sum` writes it.

    Args:
        path: in the zip. It has no backslash and no line break, which `sha256sum` would write in another form.
        sha256: in hex.
    """
    return f"{sha256}  {path}\n".encode()


def receipt_json(facts: PackageFacts, *, sums_sha256: str) -> bytes:
    """`receipt.json`: which export this is, and the hashes that stand for its files and its trail.

    Its members are in docs/handover-package.md.

    Args:
        facts: of the package.
        sums_sha256: the SHA-256 of `SHA256SUMS`, in hex. It stands for `index.html` and `renamed-files.json` too.
    """
    contents, trail = facts.contents, facts.trail
    receipt = {
        "format": RECEIPT_FORMAT,
        "exportId": facts.export_id,
        "subject": {"type": facts.subject.type, "id": facts.subject.id},
        "reference": facts.reference,
        "language": facts.language,
        "receivedDateTime": to_iso(facts.received_at),
        "dueDateTime": to_iso(facts.due_at),
        "completedDateTime": to_iso(facts.completed_at),
        "requestedDateTime": to_iso(facts.requested_at),
        "parts": facts.parts,
        "fileCount": contents.count,
        "totalBytes": contents.total_bytes,
        "unhashedFileCount": contents.unhashed_count,
        "renamedFileCount": contents.renamed_count,
        "warningCodes": data_warnings(facts),
        "manifestSha256": facts.manifest_sha256,
        "sha256SumsSha256": sums_sha256,
        "trail": None if trail is None else {"eventCount": trail.event_count, "sha256": trail.sha256},
    }
    return (json.dumps(receipt, indent=2) + "\n").encode()


class RenamedFilesJson:
    """Writes `renamed-files.json`, an array with an object on each line, piece by piece."""

    def __init__(self) -> None:
        self._between = b"[\n"

    def add(self, number: int, name: str, path: str) -> bytes:
        """The piece for one file whose name had to change.

        Args:
            number: of its line in the manifest.
            name: in the export. Whatever is not ASCII is escaped, so no character of it has an effect.
            path: in the zip.
        """
        line = json.dumps({"number": number, "name": name, "path": path}).encode()
        piece, self._between = self._between + line, b",\n"
        return piece

    def finish(self) -> bytes:
        """The end of the document; it had to have a file."""
        return b"\n]\n"
