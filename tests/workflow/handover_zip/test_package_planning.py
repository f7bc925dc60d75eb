"""A plan is made once and for all: whoever makes it again writes the same bytes in the same place."""

from dataclasses import replace

import pytest

from shared.exports import handover_zip_plan
from shared.exports.exceptions import ConflictError
from shared.exports.export import Export
from shared.exports.handover_package import Package
from shared.workflow.handover_zip.package_planning import BITMAP, bitmap_size, plan_package
from tests.fakes.hooked_services import HookedServices
from tests.fakes.in_memory_account import Blob
from tests.workflow.packaged_exports import FILES, NASTY_FILES, request, succeeded_with


async def requested(fakes: HookedServices, files: dict[str, bytes]) -> tuple[Export, Package]:
    export = await succeeded_with(fakes, files)
    package = await request(fakes, export.id)
    return (await fakes.stored(export.id)).export, package


def written(fakes: HookedServices, export: Export) -> dict[str, Blob]:
    return fakes.account.containers[f"export-{export.id}-package"].blobs


async def test_a_plan_that_is_made_again_is_the_same(fakes: HookedServices) -> None:
    export, package = await requested(fakes, NASTY_FILES)
    plan = await plan_package(export, package, fakes.services)
    before = {name: blob.content for name, blob in written(fakes, export).items()}
    assert {name.rpartition("/")[2] for name in before} == {
        "index.html", "SHA256SUMS", "receipt.json", "renamed-files.json", BITMAP,
    }  # fmt: skip
    assert len(before[f"en/{plan.number}/{BITMAP}"]) == bitmap_size(export)
    assert await plan_package(export, package, fakes.services) == plan
    assert {name: blob.content for name, blob in written(fakes, export).items()} == before


async def test_a_plan_of_a_later_state_is_elsewhere(fakes: HookedServices) -> None:
    export, package = await requested(fakes, FILES)
    plan = await plan_package(export, package, fakes.services)
    later = await plan_package(replace(export, event_count=export.event_count + 1), package, fakes.services)
    assert later.number == plan.number + 1
    assert {name.split("/")[1] for name in written(fakes, export)} == {str(plan.number), str(later.number)}


async def test_documents_say_of_how_many_zips_a_package_consists(
    fakes: HookedServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handover_zip_plan, "MAX_ENTRIES", 2)
    export, package = await requested(fakes, FILES)
    plan = await plan_package(export, package, fakes.services)
    assert len(plan.parts) == 4
    for parts, folder in ((1, ""), (4, "of4/")):  # what was tried first stays what it was
        receipt = written(fakes, export)[f"en/{plan.number}/{folder}receipt.json"].content
        assert b'"parts": %d' % parts in receipt


async def test_a_number_of_zips_that_never_settles_is_an_error(
    fakes: HookedServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    export, package = await requested(fakes, FILES)
    settled = handover_zip_plan.PartsPlan.finish
    counts = iter(range(2, 100))
    monkeypatch.setattr(handover_zip_plan.PartsPlan, "finish", lambda self: settled(self) * next(counts))
    with pytest.raises(ValueError, match="number of zips"):
        await plan_package(export, package, fakes.services)


async def test_a_manifest_that_was_erased_is_a_conflict(fakes: HookedServices) -> None:
    export, package = await requested(fakes, FILES)
    await fakes.services.records.erase_files(export.id)
    with pytest.raises(ConflictError):
        await plan_package(export, package, fakes.services)
