"""Packages as plain values: how far they are, and what their zips are called."""

from dataclasses import replace

import pytest

from shared.exports.handover_package import (
    Package,
    PackagePart,
    PackagePlan,
    blob_name,
    part_blobs,
    part_names,
    with_package,
)
from shared.exports.handover_zip_layout import Position
from shared.exports.states_and_codes import PackageLanguage, PackageStatus
from tests.exports.samples import NOW

BEGUN = Package(language=PackageLanguage.GERMAN, requested_at=NOW, next_step_at=NOW)
PLAN = PackagePlan(
    number=7, documents=(), parts=(PackagePart(3, 100), PackagePart(2, 300)), sums_sha256="a", receipt_sha256="b"
)
PLANNED = replace(BEGUN, plan=PLAN)


@pytest.mark.parametrize(
    ("package", "progress", "total"),
    [
        (BEGUN, 0.0, None),
        (PLANNED, 0.0, 400),
        (replace(PLANNED, position=Position(offset=50)), 0.125, 400),
        (replace(PLANNED, position=Position(part=2)), 0.25, 400),
        (replace(PLANNED, position=Position(part=2, offset=300)), 1.0, 400),
        (replace(PLANNED, status=PackageStatus.READY), 1.0, 400),
    ],
)
def test_how_far_a_package_is(package: Package, progress: float, total: int | None) -> None:
    assert (package.progress, package.total_bytes) == (progress, total)


def test_zips_are_called_by_the_day_of_the_end_and_the_language() -> None:
    assert part_names(PLANNED, NOW) == [
        "personal-data-2026-11-01-de-part1of2.zip",
        "personal-data-2026-11-01-de-part2of2.zip",
    ]
    one = replace(PLANNED, plan=replace(PLAN, parts=PLAN.parts[:1]))
    assert part_names(one, NOW) == ["personal-data-2026-11-01-de.zip"]
    assert part_blobs(one, NOW) == ["de/7/personal-data-2026-11-01-de.zip"]
    assert part_names(BEGUN, NOW) == part_blobs(BEGUN, NOW) == []


def test_what_is_written_for_another_plan_or_language_is_elsewhere() -> None:
    names = {blob_name(language, number, "x") for language in PackageLanguage for number in (1, 2)}
    assert len(names) == 2 * len(PackageLanguage)


def test_a_language_has_one_package() -> None:
    english = replace(BEGUN, language=PackageLanguage.ENGLISH)
    both = with_package(with_package((), BEGUN), english)
    assert both == (BEGUN, english)
    assert with_package(both, PLANNED) == (PLANNED, english)
