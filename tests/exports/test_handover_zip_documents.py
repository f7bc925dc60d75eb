"""Sums, the receipt and the list of changed names."""

import hashlib
import json
from datetime import timedelta

from shared.exports.export import Subject
from shared.exports.handover_zip_documents import RenamedFilesJson, data_warnings, receipt_json, sums_line
from shared.exports.states_and_codes import PackageLanguage, SubjectType, WarningCode
from tests.exports.package_samples import EXPORT_ID, RECEIVED, SHA256, facts, file, tally


def test_a_receipt_has_what_identifies_the_export_and_its_hashes() -> None:
    counted = tally({"a": 2})
    counted.add("b_", file("b:", 3, sha256=None))
    warnings = (WarningCode.OVERDUE, WarningCode.FILES_NOT_HASHED, WarningCode.COMPLETED_AT_LIMIT)
    given = facts(language=PackageLanguage.FRENCH, contents=counted.contents(), warnings=warnings, parts=2)
    assert json.loads(receipt_json(given, sums_sha256=SHA256)) == {
        "format": "personal-data-export-receipt/1",
        "exportId": EXPORT_ID,
        "subject": {"type": "user", "id": "11f2c6a8-3b7d-4e52-9c04-8d1a6f0e5b23"},
        "reference": "DSR-2026-0042",
        "language": "fr",
        "receivedDateTime": "2026-11-01T09:30:00Z",
        "dueDateTime": "2026-12-01T09:30:00Z",
        "completedDateTime": "2026-11-10T12:30:00Z",
        "requestedDateTime": "2026-11-11T09:30:00Z",
        "parts": 2,
        "fileCount": 2,
        "totalBytes": 5,
        "unhashedFileCount": 1,
        "renamedFileCount": 1,
        "warningCodes": ["CompletedAtLimit", "FilesNotHashed"],
        "manifestSha256": "b" * 64,
        "sha256SumsSha256": SHA256,
        "trail": {"eventCount": 12, "sha256": "c" * 64},
    }


def test_a_receipt_says_null_where_there_is_nothing() -> None:
    given = facts(reference=None, trail=None, manifest_sha256=None)
    receipt = json.loads(receipt_json(given, sums_sha256=SHA256))
    assert [receipt["reference"], receipt["trail"], receipt["manifestSha256"]] == [None, None, None]


def test_a_receipt_is_ascii_whatever_the_reference() -> None:
    given = facts(reference="\u202eü\n\ud800", subject=Subject(SubjectType.USER, "1"))
    written = receipt_json(given, sums_sha256=SHA256)
    assert written.isascii()
    assert json.loads(written)["reference"] == "\u202eü\n\ud800"


def test_the_same_facts_make_the_same_receipt() -> None:
    assert receipt_json(facts(), sums_sha256=SHA256) == receipt_json(facts(), sums_sha256=SHA256)
    later = facts(requested_at=RECEIVED + timedelta(days=11))
    assert receipt_json(later, sums_sha256=SHA256) != receipt_json(facts(), sums_sha256=SHA256)


def test_only_warnings_about_the_data_are_told() -> None:
    assert data_warnings(facts(warnings=tuple(WarningCode))) == ("NoData", "CompletedAtLimit", "FilesNotHashed")
    assert data_warnings(facts(warnings=(WarningCode.DUE_SOON, WarningCode.GRANT_NOT_REVOKED))) == ()


def test_a_line_of_sums_is_what_sha256sum_reads() -> None:
    digest = hashlib.sha256(b"x").hexdigest()
    assert sums_line("Größe/a b.txt", digest) == f"{digest}  Größe/a b.txt\n".encode()


def test_changed_names_make_an_array_with_a_line_for_each() -> None:
    names = RenamedFilesJson()
    written = names.add(3, 'a\n"\u202eé', "a___") + names.add(70_000, "b:", "b_") + names.finish()
    assert written.isascii()
    assert len(written.splitlines()) == 4
    assert json.loads(written) == [
        {"number": 3, "name": 'a\n"\u202eé', "path": "a___"},
        {"number": 70_000, "name": "b:", "path": "b_"},
    ]


def test_one_changed_name_is_an_array_too() -> None:
    names = RenamedFilesJson()
    assert json.loads(names.add(1, "a", "b") + names.finish()) == [{"number": 1, "name": "a", "path": "b"}]
