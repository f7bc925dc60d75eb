"""A batch creates an export for each item, refuses items on their own, and can be sent again."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from shared.exports.exceptions import StorageFailedError
from shared.exports.export import ExportRequest, Subject
from shared.exports.ids import export_id_from_key
from shared.exports.states_and_codes import Status, SubjectType
from shared.records.batch_records import Batch, BatchItem
from shared.records.table_names import TableName
from shared.use_cases.create_batch import create_batch, get_batch_exports
from shared.use_cases.refusals import Refusal
from tests.exports.samples import CALLER, NOW
from tests.fakes.hooked_services import HookedServices
from tests.use_cases.export_runs import OTHER_USER, REQUEST, create, run_to_end

OTHER = replace(REQUEST, subject=OTHER_USER)
UNREADABLE = Refusal("InvalidValue", "subject.id: Takes an object id (a GUID).", "subject.id")
URL = "https://hooks.contoso.com/?sig=secret"


async def send(fakes: HookedServices, *items: ExportRequest | Refusal, key: str | None = None) -> Batch:
    return await create_batch(items, CALLER, fakes.services, fakes.monitors, key=key, correlation={"requestId": "r"})


def people(count: int) -> list[ExportRequest]:
    """Requests for as many people."""
    ids = (f"00000000-0000-4000-8000-{number:012d}" for number in range(count))
    return [replace(REQUEST, subject=Subject(SubjectType.USER, each)) for each in ids]


def codes(items: Sequence[BatchItem]) -> list[str | None]:
    return [item.error["code"] if item.error else None for item in items]


async def test_each_item_becomes_an_export_or_a_refusal(fakes: HookedServices) -> None:
    batch = await send(fakes, REQUEST, UNREADABLE, OTHER)
    assert (batch.caller, batch.created_at) == (CALLER, NOW)
    first, refused, third = batch.items
    assert [item.number for item in batch.items] == [1, 2, 3]
    assert refused == BatchItem(
        number=2,
        error={"code": UNREADABLE.code, "message": UNREADABLE.message, "target": UNREADABLE.target},
    )
    exports = await get_batch_exports(batch, fakes.services)
    assert [exports[item.export_id or ""].subject for item in (first, third)] == [REQUEST.subject, OTHER_USER]
    assert sorted(fakes.monitors.started) == sorted(exports)
    assert await fakes.services.batches.get(batch.id) == batch


async def test_the_ids_of_the_exports_follow_from_the_batch_and_the_number(fakes: HookedServices) -> None:
    batch = await send(fakes, UNREADABLE, REQUEST, key="k")
    assert batch.id == export_id_from_key(CALLER, "batch:k")
    assert batch.items[1].export_id == export_id_from_key(CALLER, f"{batch.id}:2")


async def test_a_batch_that_is_sent_again_creates_nothing_twice(fakes: HookedServices) -> None:
    first = await send(fakes, REQUEST, OTHER, key="k")
    again = await send(fakes, REQUEST, OTHER, key="k")
    assert again == first
    assert len(fakes.monitors.started) == 2
    changed = await send(fakes, replace(REQUEST, digest="other"), OTHER, key="k")
    assert codes(changed.items) == ["IdempotencyKeyReused", None]


async def test_an_item_is_refused_for_the_reasons_of_a_single_request(fakes: HookedServices) -> None:
    fakes.callbacks.forbidden.add(URL)
    busy = await create(fakes)
    batch = await send(fakes, REQUEST, replace(OTHER, callback_url=URL))
    assert codes(batch.items) == ["ExportInProgress", "CallbackNotAllowed"]
    assert [item.error and item.error["target"] for item in batch.items] == [busy.id, "callbackUrl"]
    assert "secret" not in repr(batch)


async def test_two_items_for_one_person_do_not_both_get_an_export(fakes: HookedServices) -> None:
    batch = await send(fakes, REQUEST, REQUEST)
    assert len(await get_batch_exports(batch, fakes.services)) == 1
    assert sorted(code or "" for code in codes(batch.items)) == ["", "ExportInProgress"]


async def test_at_most_sixteen_items_are_created_at_the_same_time(fakes: HookedServices) -> None:
    present = most = 0

    async def arrive() -> None:
        nonlocal present, most
        present += 1
        most = max(most, present)
        await asyncio.sleep(0)  # gives all others their turn

    async def leave() -> None:
        nonlocal present
        present -= 1

    # An item with a key looks for its export first, and stores it last.
    fakes.hooks.before["Exports.get"], fakes.hooks.before["Exports.transact"] = arrive, leave
    batch = await send(fakes, *people(40))
    assert codes(batch.items) == [None] * 40
    assert most == 16


async def test_an_outage_fails_the_batch_and_it_can_be_sent_again(fakes: HookedServices) -> None:
    fakes.hooks.fail("Batches.transact")
    with pytest.raises(StorageFailedError):
        await send(fakes, REQUEST, key="k")
    fakes.hooks.clear()
    batch = await send(fakes, REQUEST, key="k")
    assert batch.items[0].export_id == export_id_from_key(CALLER, f"{batch.id}:1")
    assert len(fakes.monitors.started) == 1


async def test_an_export_that_is_not_stored_is_left_out(fakes: HookedServices) -> None:
    batch = await send(fakes, REQUEST)
    (export_id,) = await get_batch_exports(batch, fakes.services)
    assert (await run_to_end(fakes, export_id)).status is Status.SUCCEEDED
    fakes.tables[TableName.EXPORTS].lose()
    assert await get_batch_exports(batch, fakes.services) == {}
