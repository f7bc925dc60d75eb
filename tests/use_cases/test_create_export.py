"""An export is created once for each key, and claims its person."""

from dataclasses import replace

import pytest

from shared.exports.exceptions import (
    CallbackNotAllowedError,
    ConflictError,
    IdempotencyKeyReusedError,
    ImpossibleDeadlineError,
    SubjectBusyError,
)
from shared.exports.ids import export_id_from_key
from shared.exports.states_and_codes import Stage, Status
from shared.protocols import CallbackReceiver
from shared.records.subject_claims import CLAIM_AHEAD
from shared.records.table_names import TableName
from shared.use_cases.cancel_retry_erase import retry_export
from shared.use_cases.create_export import create_export
from tests.exports.samples import CALLER, DAY, LIMITS, NAMED, NOW, SECOND
from tests.fakes.hooked_services import HookedServices
from tests.fakes.in_memory_graph import Fate
from tests.fakes.recording_monitors import RecordingMonitors
from tests.use_cases.export_runs import OTHER_CALLER, OTHER_USER, REQUEST, create, once, read, run_to_end, submit

URL = "https://hooks.contoso.com/?sig=secret"


async def test_it_is_stored_with_its_event_and_its_monitor_is_started(fakes: HookedServices) -> None:
    export = await create(fakes, replace(REQUEST, reference="DSR-1", due_at=NOW + 9 * DAY))
    stored = await read(fakes, export.id)
    assert (stored.status, stored.stage, stored.caller) == (Status.NOT_STARTED, Stage.ACCEPTED, CALLER)
    assert (stored.reference, stored.due_at, stored.received_at) == ("DSR-1", NOW + 9 * DAY, NOW)
    (event,) = await fakes.services.records.events(export.id)
    assert (event.type, event.actor, event.detail) == ("Accepted", CALLER, {"requestId": "r"})
    assert fakes.monitors.started == [export.id]


async def test_without_a_deadline_it_gets_the_usual_one(fakes: HookedServices) -> None:
    export = await create(fakes, replace(REQUEST, received_at=NOW - DAY))
    assert export.due_at == LIMITS.due_after.after(NOW - DAY)


async def test_a_deadline_that_is_not_after_the_receipt_creates_nothing(fakes: HookedServices) -> None:
    for request in (replace(REQUEST, due_at=NOW), replace(REQUEST, received_at=NOW + DAY, due_at=NOW + DAY)):
        with pytest.raises(ImpossibleDeadlineError):
            await create(fakes, request, key="k")
    assert not list(fakes.tables[TableName.EXPORTS].all_rows())
    await create(fakes, key="k")


async def test_a_request_that_is_repeated_after_its_deadline_returns_its_export(fakes: HookedServices) -> None:
    request = replace(REQUEST, due_at=NOW + DAY)
    first = await create(fakes, request, key="k")
    fakes.clock.now += 2 * DAY
    assert (await create(fakes, request, key="k")).id == first.id
    with pytest.raises(ImpossibleDeadlineError):
        await create(fakes, request, key="another")


async def test_without_a_key_every_call_creates_another(fakes: HookedServices) -> None:
    request = replace(REQUEST, allow_duplicate=True)
    first, second = await create(fakes, request), await create(fakes, request)
    assert first.id != second.id
    assert fakes.monitors.started == [first.id, second.id]


async def test_the_same_key_creates_one(fakes: HookedServices) -> None:
    first = await create(fakes, key="k")
    fakes.clock.now += DAY
    again = await create(fakes, key="k")
    assert first.id == export_id_from_key(CALLER, "k")
    assert again == await read(fakes, first.id)
    assert await fakes.event_types(first.id) == ["Accepted"]
    assert fakes.monitors.started == [first.id]


async def test_the_same_key_of_another_caller_is_another(fakes: HookedServices) -> None:
    await create(fakes, key="k")
    other = await create_export(
        replace(REQUEST, subject=OTHER_USER), OTHER_CALLER, fakes.services, fakes.monitors, key="k", correlation={}
    )
    assert other.id == export_id_from_key(OTHER_CALLER, "k")
    assert other.caller == OTHER_CALLER


async def test_a_key_that_was_used_for_another_request_is_refused(fakes: HookedServices) -> None:
    await create(fakes, key="k")
    with pytest.raises(IdempotencyKeyReusedError):
        await create(fakes, replace(REQUEST, digest="other"), key="k")


async def test_a_key_that_was_used_claims_nobody(fakes: HookedServices) -> None:
    await create(fakes, key="k")
    with pytest.raises(IdempotencyKeyReusedError):
        await create(fakes, replace(REQUEST, subject=OTHER_USER, digest="other"), key="k")
    await create(fakes, replace(REQUEST, subject=OTHER_USER))


async def test_the_key_of_an_export_that_has_ended_returns_it(fakes: HookedServices) -> None:
    first = await create(fakes, key="k")
    await run_to_end(fakes, first.id)
    await create(fakes)
    assert (await create(fakes, key="k")).status is Status.SUCCEEDED


async def test_a_repeated_call_starts_the_monitor_that_a_process_that_died_did_not(fakes: HookedServices) -> None:
    first = await create(fakes, key="k")
    fakes.monitors.alive.clear()
    await create(fakes, key="k")
    assert fakes.monitors.started == [first.id] * 2
    await create(fakes, key="k")
    assert fakes.monitors.started == [first.id] * 2, "it has one"


async def test_a_repeated_call_leaves_what_waits_and_what_has_ended(fakes: HookedServices) -> None:
    first = await submit(fakes, (await create(fakes, key="k")).id)
    fakes.clock.now -= DAY
    fakes.monitors.alive.clear()
    await create(fakes, key="k")
    assert fakes.monitors.started == [first.id], "its poll is not due"
    fakes.clock.now += DAY
    ended = await run_to_end(fakes, first.id)
    fakes.clock.now += 90 * DAY
    assert await create(fakes, key="k") == ended
    assert fakes.monitors.started == [first.id]


async def test_a_repeated_call_finds_the_export_though_nobody_knows_whether_it_has_a_monitor(
    fakes: HookedServices, caplog: pytest.LogCaptureFixture
) -> None:
    class UnreachableMonitors(RecordingMonitors):
        async def is_alive(self, export_id: str) -> bool:
            raise OSError(f"no answer about {export_id}")

    first = await create(fakes, key="k")
    again = await create_export(REQUEST, CALLER, fakes.services, UnreachableMonitors(), key="k", correlation={})
    assert again == first
    assert f"Whether {first.id} has a monitor is not known" in caplog.text


async def test_of_two_calls_with_one_key_at_the_same_time_one_stores_it(fakes: HookedServices) -> None:
    once(fakes.hooks.after, "Exports.get", lambda: create(fakes, key="k"))
    export = await create(fakes, key="k")
    assert export == await read(fakes, export_id_from_key(CALLER, "k"))
    assert await fakes.event_types(export.id) == ["Accepted"]
    assert fakes.monitors.started == [export.id]


async def test_of_two_requests_with_one_key_at_the_same_time_one_is_refused(fakes: HookedServices) -> None:
    once(fakes.hooks.after, "Exports.get", lambda: create(fakes, key="k"))
    with pytest.raises(IdempotencyKeyReusedError):
        await create(fakes, replace(REQUEST, digest="other"), key="k")


async def test_a_person_with_an_open_export_is_busy(fakes: HookedServices) -> None:
    first = await create(fakes)
    with pytest.raises(SubjectBusyError) as error:
        await create(fakes)
    assert error.value.export_id == first.id
    assert fakes.monitors.started == [first.id]
    await run_to_end(fakes, first.id, Fate.FAILED)
    await create(fakes)


async def test_a_call_between_a_retry_and_its_record_does_not_take_its_person(fakes: HookedServices) -> None:
    first = await create(fakes)
    await run_to_end(fakes, first.id, Fate.FAILED)
    fakes.clock.now += SECOND
    met: list[BaseException] = []

    async def post() -> None:
        with pytest.raises(ConflictError) as error:
            await create(fakes)
        met.append(error.value)

    once(fakes.hooks.after, "ExportIndex.transact", post)  # the claim of the retry
    retried = await retry_export(first.id, CALLER, fakes.services, fakes.monitors)
    assert (retried.status, len(met)) == (Status.RUNNING, 1)
    with pytest.raises(SubjectBusyError):
        await create(fakes)


async def test_a_retry_that_is_slower_than_its_claim_finds_out_that_another_is_open(fakes: HookedServices) -> None:
    first = await create(fakes)
    await run_to_end(fakes, first.id, Fate.FAILED)
    fakes.clock.now += SECOND
    others = []

    async def post_later() -> None:
        fakes.clock.now += CLAIM_AHEAD
        others.append(await create(fakes))

    once(fakes.hooks.after, "ExportIndex.transact", post_later)
    retried = await retry_export(first.id, CALLER, fakes.services, fakes.monitors)
    (other,) = others
    assert [retried.status, other.status] == [Status.RUNNING, Status.NOT_STARTED], "both are open"
    assert await fakes.services.claims.holder_of(retried) == other.id
    assert await fakes.services.claims.holder_of(other) is None


async def test_somebody_who_is_named_is_not_known_to_be_busy_yet(fakes: HookedServices) -> None:
    for _ in range(2):
        assert (await create(fakes, replace(REQUEST, subject=NAMED))).subject == NAMED


async def test_a_callback_url_is_checked_and_kept_apart(fakes: HookedServices) -> None:
    request = replace(REQUEST, callback_url=URL)
    fakes.callbacks.forbidden.add(URL)
    with pytest.raises(CallbackNotAllowedError):
        await create(fakes, request)
    assert not list(fakes.tables[TableName.EXPORTS].all_rows())
    fakes.callbacks.forbidden.clear()
    export = await create(fakes, request)
    assert await fakes.services.secrets.callback(export) == CallbackReceiver(URL)
    assert "secret" not in repr(await read(fakes, export.id))
