"""Zips are put together from where the last step stopped, and looked at when they are there."""

from dataclasses import replace

import pytest

from shared.exports.exceptions import ConflictError, SourceChangedError, StorageFailedError
from shared.exports.export import Export
from shared.exports.handover_package import Package, PackagePart, PackagePlan
from shared.workflow.handover_zip.package_planning import plan_package
from shared.workflow.handover_zip.zip_building import build_zips
from tests.exports.samples import DAY, HOUR
from tests.fakes.hooked_services import HookedServices
from tests.workflow.packaged_exports import FILES, check_zips, request, succeeded_with, zips_of


async def planned(fakes: HookedServices) -> tuple[Export, Package, PackagePlan]:
    export = await succeeded_with(fakes, FILES)
    package = await request(fakes, export.id)
    export = (await fakes.stored(export.id)).export
    plan = await plan_package(export, package, fakes.services)
    return export, replace(package, plan=plan), plan


async def test_a_step_without_time_writes_a_block_at_least(fakes: HookedServices) -> None:
    export, package, plan = await planned(fakes)
    positions = []
    while True:
        built = await build_zips(export, package, plan, fakes.services, fakes.clock() - DAY)
        positions.append(built.position)
        package = replace(package, position=built.position)
        if built.is_complete:
            break
    assert len(set(positions[:-1])) == len(positions) - 1
    check_zips(zips_of(fakes, export, package), FILES, package)


async def test_zips_that_were_made_already_can_be_made_again(fakes: HookedServices) -> None:
    export, package, plan = await planned(fakes)
    built = await build_zips(export, package, plan, fakes.services, fakes.clock() + HOUR)
    assert built.is_complete
    assert await build_zips(export, package, plan, fakes.services, fakes.clock() + HOUR) == built
    check_zips(zips_of(fakes, export, package), FILES, package)
    again = replace(package, position=built.position)
    assert (await build_zips(export, again, plan, fakes.services, fakes.clock() + HOUR)).is_complete
    check_zips(zips_of(fakes, export, package), FILES, package)


async def test_a_zip_that_is_not_as_large_as_planned_is_noticed(fakes: HookedServices) -> None:
    export, package, plan = await planned(fakes)
    (part,) = plan.parts
    other = replace(plan, parts=(PackagePart(part.entries, part.size + 1),))
    with pytest.raises(SourceChangedError):
        await build_zips(export, package, other, fakes.services, fakes.clock() + HOUR)


async def test_a_manifest_that_was_erased_is_a_conflict(fakes: HookedServices) -> None:
    export, package, plan = await planned(fakes)
    await fakes.services.records.erase_files(export.id)
    with pytest.raises(ConflictError):
        await build_zips(export, package, plan, fakes.services, fakes.clock() + HOUR)


async def test_an_outage_before_any_block_is_raised(fakes: HookedServices) -> None:
    export, package, plan = await planned(fakes)
    fakes.hooks.fail("zip_blobs.put_block")
    with pytest.raises(StorageFailedError):
        await build_zips(export, package, plan, fakes.services, fakes.clock() + HOUR)
