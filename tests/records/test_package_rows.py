"""Packages in the row of their export: what was stored reads back, and what is damaged is told."""

from dataclasses import replace
from typing import Any

import pytest

from shared.exports.exceptions import UnreadableRowError
from shared.exports.export import Problem
from shared.exports.handover_package import ChecksumProgress, Package, PackageDocument, PackagePart, PackagePlan
from shared.exports.handover_zip_layout import Position
from shared.exports.states_and_codes import PackageLanguage, PackageStatus
from shared.records.column_reader import ColumnReader
from shared.records.export_rows import export_from_row, to_export_row
from shared.records.package_rows import package_from_json, package_json
from tests.exports.samples import HOUR, NOW, succeeded, without_events

BEGUN = Package(language=PackageLanguage.ENGLISH, requested_at=NOW, next_step_at=NOW)
WHOLE = Package(
    language=PackageLanguage.FRENCH,
    status=PackageStatus.FAILED,
    requested_at=NOW,
    next_step_at=NOW + HOUR,
    checksums=ChecksumProgress(3, 2**33, 2**32 - 1),
    plan=PackagePlan(
        number=12,
        documents=(PackageDocument("index.html", 5, 2**32 - 1),),
        parts=(PackagePart(4, 2**43), PackagePart(1, 5)),
        sums_sha256="a" * 64,
        receipt_sha256="b" * 64,
    ),
    position=Position(
        part=2,
        entries=4,
        in_entry=2**40,
        offset=2**41,
        blocks=49_000,
        listed=3,
        listed_bytes=9,
        header_offset=2**42,
        is_complete=True,
    ),
    made_at=NOW + HOUR,
    failures=2,
    failing_since=NOW,
    error=Problem("FileChanged", "It has changed."),
)


def test_packages_read_back_as_they_were_stored() -> None:
    export = without_events(replace(succeeded(), packages=(WHOLE, BEGUN)))
    assert export_from_row(to_export_row(export)) == export


def test_an_export_without_packages_has_no_column_for_them() -> None:
    row = to_export_row(succeeded())
    assert "packages" not in row
    assert export_from_row(row).packages == ()


def test_a_long_message_is_cut() -> None:
    long = replace(WHOLE, error=Problem("X" * 999, "é" * 9999))
    cut = package_from_json(ColumnReader(package_json(long))).error
    assert cut is not None
    assert (len(cut.code) <= 120, len(cut.message) <= 900) == (True, True)


@pytest.mark.parametrize(
    "damage",
    [
        {"language": "xx"},
        {"status": None},
        {"requested": None},
        {"requested": "2026-11-01T09:00:00"},
        {"checkedLines": "3"},
        {"plan": []},
        {"plan": {"number": 1}},
        {"position": {"part": 1}},
        {"errorMessage": None},
    ],
)
def test_a_package_that_is_damaged_makes_the_row_unreadable(damage: dict[str, Any]) -> None:
    with pytest.raises((ValueError, TypeError)):
        package_from_json(ColumnReader(package_json(WHOLE) | damage))
    row = to_export_row(without_events(replace(succeeded(), packages=(WHOLE,))))
    with pytest.raises(UnreadableRowError):
        export_from_row(row | {"packages": "[1]"})
