"""A batch is recorded first; each item is accepted, refused or busy on its own, and can be sent again."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace

import pytest

from shared.exports.exceptions import IdempotencyKeyReusedError, Refusal, StorageFailedError
from shared.exports.export import Export, ExportRequest, Subject
from shared.exports.ids import export_id_from_key
from shared.exports.states_and_codes import Status, SubjectType
from shared.protocols import Upsert
from shared.records.batch_records import Batch, BatchItem, planned_item
from shared.records.table_names import TableName
from shared.use_cases.create_batch import Outcome, create_batch, get_outcomes
from shared.use_cases.refusals import BUSY_ITEM
from tests.exports.samples import CALLER, NOW
from tests.fakes.hooked_services import HookedServices, ProcessDied
from tests.use_cases.export_runs import OTHER_CALLER, OTHER_USER, REQUEST, create, once, run_to_end

OTHER = replace(REQUEST, subject=OTHER_USER)
UNREADABLE = Refusal("InvalidValue", "subject.id: Takes an object id (a GUID).", "subject.id")
URL = "https://hooks.contoso.com/?sig=secret"
BATCH_ID = export_id_from_key(CALLER, "batch:k")


async def send(
    fakes: HookedServices, *items: ExportRequest | Refusal, key: str | None = None, caller: str = CALLER
) -> tuple[Batch, list[Outcome]]:
    return await create_batch(items, caller, fakes.services, fakes.monitors, key=key, correlation={"requestId": "r"})


async def stored(fakes: HookedServices, batch_id: str = BATCH_ID) -> Batch:
    found = await fakes.services.batches.get(batch_id)
    assert found is not None
    return found


def people(count: int) -> list[ExportRequest]:
    """Requests for as many people."""
    ids = (f"00000000-0000-4000-8000-{number:012d}" for number in range(count))
    return [replace(REQUEST, subject=Subject(SubjectType.USER, each)) for each in ids]


def codes(outcomes: Sequence[Outcome]) -> list[str | None]:
    return [outcome.code if isinstance(outcome, Refusal) else None for outcome in outcomes]


async def test_each_item_becomes_an_export_or_a_refusal(fakes: HookedServices) -> None:
    batch, outcomes = await send(fakes, REQUEST, UNREADABLE, OTHER)
    assert (batch.caller, batch.created_at) == (CALLER, NOW)
    assert [item.number for item in batch.items] == [1, 2, 3]
    first, refused, third = outcomes
    assert isinstance(first, Export)
    assert isinstance(third, Export)
    assert refused == UNREADABLE
    assert [export.subject for export in (first, third)] == [REQUEST.subject, OTHER_USER]
    assert [first.id, third.id] == [batch.items[0].export_id, batch.items[2].export_id]
    assert sorted(fakes.monitors.started) == sorted([first.id, third.id])
    assert await stored(fakes, batch.id) == batch
    assert await get_outcomes(batch, fakes.services) == outcomes


async def test_it_is_recorded_with_all_its_items_before_the_first_export(fakes: HookedServices) -> None:
    fakes.hooks.die_before("ExportIndex.transact")
    with pytest.raises(ProcessDied):
        await send(fakes, REQUEST, UNREADABLE, *people(200), key="k")
    batch = await stored(fakes)
    assert len(list(fakes.tables[TableName.BATCHES].all_rows())) == 203
    assert batch.items[:2] == (planned_item(BATCH_ID, CALLER, 1), BatchItem(number=2, error=UNREADABLE))
    assert codes(await get_outcomes(batch, fakes.services)) == ["Busy", "InvalidValue", *["Busy"] * 200]


async def test_the_ids_of_the_exports_follow_from_the_batch_and_the_number(fakes: HookedServices) -> None:
    batch, _ = await send(fakes, UNREADABLE, REQUEST, key="k")
    assert batch.id == BATCH_ID
    assert batch.items[1].export_id == export_id_from_key(CALLER, f"{batch.id}:2")


async def test_a_batch_that_is_sent_again_creates_nothing_twice(fakes: HookedServices) -> None:
    first = await send(fakes, REQUEST, OTHER, key="k")
    fakes.clock.now += fakes.services.limits.poll_floor
    assert await send(fakes, REQUEST, OTHER, key="k") == first
    assert len(fakes.monitors.started) == 2
    assert (await send(fakes, REQUEST, OTHER, key="k", caller=OTHER_CALLER))[0].id != BATCH_ID


@pytest.mark.parametrize(
    "items",
    [
        (replace(REQUEST, digest="other"), OTHER),
        (REQUEST,),
        (REQUEST, OTHER, UNREADABLE),
        (REQUEST, UNREADABLE),
    ],
    ids=["field", "fewer", "more", "unreadable"],
)
async def test_a_key_with_another_body_is_refused_and_the_batch_stays(
    fakes: HookedServices, items: Sequence[ExportRequest | Refusal]
) -> None:
    await send(fakes, REQUEST, OTHER, key="k")
    before = fakes.stored_text()
    with pytest.raises(IdempotencyKeyReusedError):
        await send(fakes, *items, key="k")
    assert fakes.stored_text() == before


async def test_items_that_can_not_be_read_are_compared_by_what_is_wrong_with_them(fakes: HookedServices) -> None:
    await send(fakes, UNREADABLE, key="k")
    _, outcomes = await send(fakes, replace(UNREADABLE, message="Worded anew."), key="k")
    assert outcomes == [UNREADABLE]
    with pytest.raises(IdempotencyKeyReusedError):
        await send(fakes, replace(UNREADABLE, target="reference"), key="k")


async def test_an_item_is_refused_for_the_reasons_of_a_single_request(fakes: HookedServices) -> None:
    fakes.callbacks.forbidden.add(URL)
    busy = await create(fakes)
    batch, outcomes = await send(fakes, REQUEST, replace(OTHER, callback_url=URL), key="k")
    assert codes(outcomes) == ["ExportInProgress", "CallbackNotAllowed"]
    assert [each.target for each in outcomes if isinstance(each, Refusal)] == [busy.id, "callbackUrl"]
    assert "secret" not in repr((batch, outcomes))
    assert [item.error for item in (await stored(fakes)).items] == outcomes


async def test_a_refusal_stays_though_its_reason_has_gone(fakes: HookedServices) -> None:
    busy = await create(fakes)
    refused = await send(fakes, REQUEST, key="k")
    await run_to_end(fakes, busy.id)
    again = await send(fakes, REQUEST, key="k")
    assert again[1] == refused[1]
    assert await get_outcomes(again[0], fakes.services) == refused[1]


async def test_an_export_that_exists_counts_whatever_was_said_of_it(fakes: HookedServices) -> None:
    batch, (export,) = await send(fakes, REQUEST, key="k")
    await fakes.services.batches.note_refusals(batch.id, [replace(batch.items[0], error=UNREADABLE)])
    assert await get_outcomes(await stored(fakes), fakes.services) == [export]


async def test_two_items_for_one_person_do_not_both_get_an_export(fakes: HookedServices) -> None:
    _, outcomes = await send(fakes, REQUEST, REQUEST)
    assert sorted(code or "" for code in codes(outcomes)) == ["", "ExportInProgress"]


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
    _, outcomes = await send(fakes, *people(40))
    assert codes(outcomes) == [None] * 40
    assert most == 16


async def test_a_batch_that_can_not_be_recorded_creates_nothing(fakes: HookedServices) -> None:
    fakes.hooks.fail("Batches.transact")
    with pytest.raises(StorageFailedError):
        await send(fakes, REQUEST, key="k")
    assert fakes.monitors.started == []
    assert not list(fakes.tables[TableName.EXPORTS].all_rows())


@pytest.mark.parametrize("call", ["Exports.get", "ExportIndex.transact", "Exports.transact"])
async def test_an_outage_in_the_middle_leaves_items_busy_and_the_next_call_creates_them(
    fakes: HookedServices, call: str, caplog: pytest.LogCaptureFixture
) -> None:
    once(fakes.hooks.before, call, fail)
    batch, outcomes = await send(fakes, REQUEST, OTHER, UNREADABLE, key="k")
    (record,) = [each for each in caplog.records if each.levelno >= logging.WARNING]
    assert (record.levelno, record.getMessage()) == (
        logging.WARNING,
        f"Item 1 of batch {BATCH_ID} is not recorded: storage failed (ServerBusy).",
    )
    assert outcomes[0] == BUSY_ITEM
    assert codes(outcomes)[1:] == [None, "InvalidValue"]
    assert codes(await get_outcomes(batch, fakes.services)) == codes(outcomes)
    again = await send(fakes, REQUEST, OTHER, UNREADABLE, key="k")
    assert codes(again[1]) == [None, None, "InvalidValue"]
    assert again[0] == batch
    assert len(fakes.monitors.started) == 2


async def test_an_export_whose_answer_was_lost_is_found_again(fakes: HookedServices) -> None:
    once(fakes.hooks.after, "Exports.transact", fail)
    batch, outcomes = await send(fakes, REQUEST, key="k")
    assert outcomes == [BUSY_ITEM]
    assert codes(await get_outcomes(batch, fakes.services)) == [None]
    assert fakes.monitors.started == []
    _, again = await send(fakes, REQUEST, key="k")
    assert codes(again) == [None]
    assert fakes.monitors.started == [batch.items[0].export_id]


async def test_an_unexpected_error_of_an_item_is_logged_with_its_stack_and_without_secrets(
    fakes: HookedServices, caplog: pytest.LogCaptureFixture
) -> None:
    async def stumble() -> None:
        raise LookupError(f"no way to {URL}")

    once(fakes.hooks.before, "Exports.get", stumble)
    _, outcomes = await send(fakes, REQUEST, OTHER, key="k")
    assert codes(outcomes) == ["Busy", None]
    (record,) = [each for each in caplog.records if each.levelno == logging.ERROR]
    assert "LookupError: no way to https://hooks.contoso.com/" in record.getMessage()
    assert "in stumble" in record.getMessage()
    assert "secret" not in caplog.text


async def test_items_for_a_person_whom_others_ask_for_at_this_moment_are_busy(fakes: HookedServices) -> None:
    request = replace(REQUEST, digest="first")
    fakes.hooks.die_before("Exports.transact")
    with pytest.raises(ProcessDied):
        await create(fakes, request)
    fakes.hooks.clear()
    _, outcomes = await send(fakes, REQUEST, key="k")
    assert outcomes == [BUSY_ITEM], "the other's claim is stored, and its export may follow"
    fakes.clock.now += 2 * fakes.services.limits.graph_timeout
    _, outcomes = await send(fakes, REQUEST, key="k")
    assert codes(outcomes) == [None]


async def test_where_reasons_can_not_be_stored_they_are_told_and_found_again(fakes: HookedServices) -> None:
    await create(fakes)

    async def fail_next() -> None:
        fakes.hooks.fail("Batches.transact")

    once(fakes.hooks.after, "Batches.transact", fail_next)
    batch, outcomes = await send(fakes, REQUEST, key="k")
    assert codes(outcomes) == ["ExportInProgress"]
    fakes.hooks.clear()
    assert codes(await get_outcomes(await stored(fakes), fakes.services)) == ["Busy"]
    assert (await send(fakes, REQUEST, key="k"))[1] == outcomes
    assert codes(await get_outcomes(await stored(fakes), fakes.services)) == ["ExportInProgress"]
    assert batch.items[0].error is None


async def test_two_identical_calls_at_once_make_one_batch(fakes: HookedServices) -> None:
    once(fakes.hooks.before, "Batches.transact", lambda: send(fakes, *people(20), UNREADABLE, key="k"))
    batch, outcomes = await send(fakes, *people(20), UNREADABLE, key="k")
    assert codes(outcomes) == [*[None] * 20, "InvalidValue"]
    assert await stored(fakes) == batch
    assert len(fakes.monitors.started) == 20


async def test_of_two_bodies_with_one_key_at_once_one_is_refused(fakes: HookedServices) -> None:
    once(fakes.hooks.before, "Batches.transact", lambda: send(fakes, OTHER, key="k"))
    with pytest.raises(IdempotencyKeyReusedError):
        await send(fakes, replace(REQUEST, digest="other"), key="k")
    assert codes(await get_outcomes(await stored(fakes), fakes.services)) == [None]


async def test_an_export_whose_row_can_not_be_read_harms_its_item_alone(fakes: HookedServices) -> None:
    batch, outcomes = await send(fakes, REQUEST, OTHER, key="k")
    export_id = str(batch.items[0].export_id)
    await fakes.tables[TableName.EXPORTS].transact(
        [Upsert({"PartitionKey": export_id, "RowKey": "export", "status": "Paused"})]
    )
    for found in (await get_outcomes(batch, fakes.services), (await send(fakes, REQUEST, OTHER, key="k"))[1]):
        assert codes(found) == ["RecordUnreadable", None]
        assert found[1] == outcomes[1]
    assert (await stored(fakes)).items == batch.items, "it can be read again once it is repaired"


async def test_an_export_that_was_lost_counts_as_busy(fakes: HookedServices) -> None:
    batch, (export,) = await send(fakes, REQUEST)
    assert isinstance(export, Export)
    assert (await run_to_end(fakes, export.id)).status is Status.SUCCEEDED
    fakes.tables[TableName.EXPORTS].lose()
    assert await get_outcomes(batch, fakes.services) == [BUSY_ITEM]


async def fail() -> None:
    raise StorageFailedError("ServerBusy")
