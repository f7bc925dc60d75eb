"""A package is requested by a caller: stored first, then begun."""

import pytest

from shared.exports.exceptions import NotPossibleError, StorageFailedError
from shared.exports.states_and_codes import PackageLanguage, PackageStatus
from shared.use_cases.request_package import request_package
from tests.exports.samples import CALLER
from tests.fakes.hooked_services import HookedServices
from tests.use_cases.export_runs import advance, create, once, read, run_to_end
from tests.workflow.packaged_exports import build

GERMAN = PackageLanguage.GERMAN


async def test_a_request_is_stored_and_starts_the_monitor(fakes: HookedServices) -> None:
    export = await run_to_end(fakes, (await create(fakes)).id)
    started = len(fakes.monitors.started)
    package = await request_package(export.id, GERMAN, CALLER, fakes.services, fakes.monitors)
    assert (package.status, package.language) == (PackageStatus.BUILDING, GERMAN)
    assert fakes.monitors.started[started:] == [export.id]
    again = await request_package(export.id, GERMAN, "other", fakes.services, fakes.monitors)
    assert again == package
    assert fakes.monitors.started[started:] == [export.id, export.id], "the first may not have started"


async def test_a_package_that_is_made_starts_nothing(fakes: HookedServices) -> None:
    export = await run_to_end(fakes, (await create(fakes)).id)
    await request_package(export.id, GERMAN, CALLER, fakes.services, fakes.monitors)
    made = await build(fakes, export.id, GERMAN)
    started = len(fakes.monitors.started)
    assert await request_package(export.id, GERMAN, CALLER, fakes.services, fakes.monitors) == made
    assert len(fakes.monitors.started) == started


async def test_two_callers_at_once_get_one_package_for_each_language(fakes: HookedServices) -> None:
    export = await run_to_end(fakes, (await create(fakes)).id)

    async def other() -> None:
        await request_package(export.id, PackageLanguage.FRENCH, "other", fakes.services, fakes.monitors)

    once(fakes.hooks.before, "Exports.transact", other)
    await request_package(export.id, GERMAN, CALLER, fakes.services, fakes.monitors)
    assert {each.language for each in (await read(fakes, export.id)).packages} == {GERMAN, PackageLanguage.FRENCH}


async def test_what_can_not_be_stored_is_not_begun(fakes: HookedServices) -> None:
    export = await run_to_end(fakes, (await create(fakes)).id)
    started = len(fakes.monitors.started)
    fakes.hooks.fail("Exports.transact")
    with pytest.raises(StorageFailedError):
        await request_package(export.id, GERMAN, CALLER, fakes.services, fakes.monitors)
    assert len(fakes.monitors.started) == started
    fakes.hooks.clear()
    assert (await read(fakes, export.id)).packages == ()


async def test_an_export_that_is_open_has_no_package(fakes: HookedServices) -> None:
    export = await create(fakes)
    await advance(fakes, export.id)
    with pytest.raises(NotPossibleError):
        await request_package(export.id, GERMAN, CALLER, fakes.services, fakes.monitors)
