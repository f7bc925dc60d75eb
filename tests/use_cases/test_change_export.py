"""An export is changed on top of its newest state, or not at all."""

from dataclasses import replace

import pytest

from shared.exports.exceptions import ConflictError
from shared.exports.export import Export
from shared.use_cases.change_export import change_export, get_saved
from tests.exports.samples import NOW, SECOND
from tests.fakes.hooked_services import HookedServices
from tests.use_cases.export_runs import create, once, read

UNKNOWN = "0a9b1c2d-0000-4000-8000-000000000000"
CHANGED = NOW + SECOND


def touched(export: Export) -> Export:
    return replace(export, updated_at=CHANGED)


async def test_what_the_transition_makes_is_stored(fakes: HookedServices) -> None:
    export = await create(fakes)
    assert await change_export(export.id, fakes.services, touched) == await read(fakes, export.id)
    assert (await read(fakes, export.id)).updated_at == CHANGED


async def test_no_change_stores_nothing(fakes: HookedServices) -> None:
    export = await create(fakes)
    before = await fakes.stored(export.id)
    assert await change_export(export.id, fakes.services, lambda export: export) == before.export
    assert await fakes.stored(export.id) == before


async def test_a_change_by_somebody_else_is_kept(fakes: HookedServices) -> None:
    export = await create(fakes)

    async def interfere() -> None:
        await change_export(export.id, fakes.services, lambda export: replace(export, polls=7))

    once(fakes.hooks.after, "Exports.get", interfere)
    changed = await change_export(export.id, fakes.services, touched)
    assert (changed.polls, changed.updated_at) == (7, CHANGED)


async def test_endless_interference_ends_with_a_conflict(fakes: HookedServices) -> None:
    export = await create(fakes)
    tries = 0

    async def interfere() -> None:
        nonlocal tries
        tries += 1
        del fakes.hooks.after["Exports.get"]
        await change_export(export.id, fakes.services, lambda export: replace(export, polls=export.polls + 1))
        fakes.hooks.after["Exports.get"] = interfere

    fakes.hooks.after["Exports.get"] = interfere
    with pytest.raises(ConflictError):
        await change_export(export.id, fakes.services, touched)
    fakes.hooks.clear()
    assert tries == 10
    assert (await read(fakes, export.id)).updated_at == NOW


async def test_an_export_that_does_not_exist_is_a_mistake_of_the_code(fakes: HookedServices) -> None:
    with pytest.raises(LookupError):
        await get_saved(UNKNOWN, fakes.services)
