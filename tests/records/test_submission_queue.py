"""The queue of submissions: who goes next, at what cost, and what processes that race or die leave behind."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.wire import Wire
from local.stack.azurite import Azurite
from shared.exports.exceptions import QueueBusyError
from shared.exports.export import Export
from shared.exports.fair_submission_order import slot_interval
from shared.exports.ids import new_export_id
from shared.protocols import Delete, Replace, Row, Table, Upsert
from shared.records.submission_queue import SubmissionQueue, WaitingExport, place_of
from shared.storage.azure_table import AzureTable
from tests.azure_tables import table_client, unique_name
from tests.exports.samples import DAY, HOUR, MINUTE, NOW, accepted
from tests.fakes.in_memory_table import InMemoryTable

PER_DAY = 20
INTERVAL = slot_interval(PER_DAY)


def of(caller: str, due: timedelta = 30 * DAY) -> Export:
    """An export of a caller, due after that time."""
    return replace(accepted(), id=new_export_id(), caller=caller, due_at=NOW + due)


async def fill(queue: SubmissionQueue, *exports: Export) -> None:
    """Puts exports into a queue whose next slot has just been taken."""
    assert await queue.take_slot(NOW)
    for export in exports:
        await queue.enter(export, NOW)


def callers(count: int) -> list[str]:
    """So many callers, in the order of their turns in a round."""
    return sorted((f"caller {number}" for number in range(count)), key=lambda caller: place_of(of(caller)))


async def fill_rows(table: Table, *exports: Export) -> None:
    """Writes the rows of places in the first round: a hundred at once, where entering takes calls for each."""
    places = [place_of(export) for export in exports]
    turns = {f"turn|{0:012d}|{place.split('|')[1]}" for place in places}
    rows = [{"PartitionKey": "pacer", "RowKey": key} for key in (*places, *turns)]
    for start in range(0, len(rows), 100):
        await table.transact([Upsert(row) for row in rows[start : start + 100]])


async def serve(queue: SubmissionQueue, now: datetime) -> WaitingExport | None:
    """Gives the next slot, if one is free, to whoever is next."""
    waiting = await queue.next_waiting(now)
    if waiting is None:
        return None
    assert await queue.grant(waiting, now)
    await queue.remove(waiting)
    return waiting


async def order_of(queue: SubmissionQueue) -> list[str]:
    """The ids of all that wait, in the order of their slots."""
    served, now = [], NOW
    while waiting := await serve(queue, now := now + INTERVAL):
        served.append(waiting.export_id)
    return served


class RacedTable(InMemoryTable):
    """A table in which something else happens right before each of its transactions."""

    meanwhile: Callable[[], Awaitable[object]] | None = None

    async def before(self, call: str) -> None:
        if call == "transact" and (meanwhile := self.meanwhile) is not None:
            self.meanwhile = None
            await meanwhile()
            self.meanwhile = meanwhile


# Slots


async def test_a_slot_is_taken_at_once_if_nobody_waits(table: Table) -> None:
    queue = SubmissionQueue(table, PER_DAY)
    assert await queue.take_slot(NOW)
    assert not await queue.take_slot(NOW)
    assert await queue.take_slot(NOW + INTERVAL)


async def test_nobody_goes_before_those_who_wait(table: Table) -> None:
    queue = SubmissionQueue(table, PER_DAY)
    await fill(queue, waits := of("a"))
    assert not await queue.take_slot(NOW + INTERVAL)
    await queue.leave(waits)
    assert await queue.take_slot(NOW + INTERVAL)


async def test_a_row_of_an_earlier_version_goes_on(table: Table) -> None:
    await table.transact([Upsert({"PartitionKey": "pacer", "RowKey": "submissions", "nextFreeDateTime": NOW + MINUTE})])
    queue = SubmissionQueue(table, PER_DAY)
    assert not await queue.take_slot(NOW)
    assert await queue.enter(of("a"), NOW) == NOW + MINUTE
    assert await serve(queue, NOW + MINUTE) is not None


async def test_several_processes_never_take_one_slot_twice(azurite: Azurite) -> None:
    name = unique_name()
    async with table_client(azurite, name) as one, table_client(azurite, name) as other:
        queues = [SubmissionQueue(AzureTable(client), 1000) for client in (one, other)]
        taken = await asyncio.gather(*(queues[number % 2].take_slot(NOW) for number in range(30)))
    assert sum(taken) == 11, "the burst"


async def test_processes_that_serve_the_queue_at_once_give_each_slot_and_each_export_once(azurite: Azurite) -> None:
    name = unique_name()
    async with table_client(azurite, name) as one, table_client(azurite, name) as other:
        queues = [SubmissionQueue(AzureTable(client), 1000) for client in (one, other)]
        for _ in range(11):
            await queues[0].take_slot(NOW)
        for number in range(12):
            await queues[number % 2].enter(of(f"caller {number % 3}"), NOW)
        now = NOW + 5 * slot_interval(1000)

        async def serve_all(queue: SubmissionQueue) -> list[str]:
            served = []
            while waiting := await queue.next_waiting(now):
                if await queue.grant(waiting, now):
                    served.append(waiting.export_id)
                    await queue.remove(waiting)
            return served

        served = [export_id for each in await asyncio.gather(*map(serve_all, queues)) for export_id in each]
    assert len(served) == len(set(served)) == 5


async def test_two_that_enter_at_once_both_have_their_places(azurite: Azurite) -> None:
    name, exports = unique_name(), [of("a"), of("b"), of("a"), of("c")]
    async with table_client(azurite, name) as one, table_client(azurite, name) as other:
        queues = [SubmissionQueue(AzureTable(client), PER_DAY) for client in (one, other)]
        assert await queues[0].take_slot(NOW)
        await asyncio.gather(*(queues[number % 2].enter(export, NOW) for number, export in enumerate(exports)))
        assert set(await order_of(queues[0])) == {export.id for export in exports}


async def test_a_process_that_always_loses_gives_up_and_has_changed_nothing() -> None:
    table = RacedTable()
    queue, other = SubmissionQueue(table, 1_000_000), SubmissionQueue(table, 1_000_000)
    table.meanwhile = lambda: other.take_slot(NOW)
    with pytest.raises(QueueBusyError):
        await queue.take_slot(NOW)
    with pytest.raises(QueueBusyError):
        await queue.enter(of("a"), NOW)
    table.meanwhile = None
    assert await queue.next_waiting(NOW) is None


# Order


async def test_of_one_caller_the_earliest_deadline_goes_first(table: Table) -> None:
    queue = SubmissionQueue(table, PER_DAY)
    late, soon, retried = of("a", 30 * DAY), of("a", 2 * DAY), replace(of("a", -9 * DAY), begun_at=NOW + 5 * DAY)
    overdue, far = of("a", timedelta()), of("a", 274 * 365 * DAY)
    await fill(queue, far, late, retried, soon, overdue)
    assert await order_of(queue) == [each.id for each in (overdue, soon, retried, late, far)]


async def test_callers_take_turns(table: Table) -> None:
    queue = SubmissionQueue(table, PER_DAY)
    floods = [of("flood", number * HOUR) for number in range(4)]
    await fill(queue, *floods, urgent := of("a"), *(others := [of("b"), of("b", DAY)]))
    served = await order_of(queue)
    assert served.index(urgent.id) <= 2
    assert served.index(others[1].id) <= 2
    assert served.index(others[0].id) <= 4
    assert [each for each in served if each in {flood.id for flood in floods}] == [flood.id for flood in floods]


async def test_one_that_always_comes_back_does_not_starve_the_others(table: Table) -> None:
    """A caller whose only export is in the queue again as soon as it has had a slot, before every other caller."""
    queue, now, served = SubmissionQueue(table, PER_DAY), NOW, Counter[str]()
    exports = {export.id: export for export in (of("a"), of("b"), of("c"))}
    await fill(queue, *exports.values())
    for _ in range(9):
        now += INTERVAL
        waiting = await serve(queue, now)
        assert waiting is not None
        served[waiting.export_id] += 1
        await queue.enter(exports[waiting.export_id], now)
        await queue.next_waiting(now + INTERVAL)
    assert set(served.values()) == {3}


async def test_one_whose_turn_was_removed_because_it_left_waits_for_the_next_round(table: Table) -> None:
    queue, now, served = SubmissionQueue(table, PER_DAY), NOW, list[str]()
    first, second = callers(2)
    await fill(queue, *(of(second, number * HOUR) for number in range(4)))
    for _ in range(8):
        await queue.next_waiting(now := now + INTERVAL)  # it finds that the first caller has left
        await queue.enter(comes_back := of(first), now)
        waiting = await serve(queue, now)
        assert waiting is not None
        served.append(first if waiting.export_id == comes_back.id else second)
        await queue.leave(comes_back)
    assert served.count(second) == 4


async def test_a_caller_that_was_away_has_no_credit(table: Table) -> None:
    queue, now = SubmissionQueue(table, PER_DAY), NOW
    await fill(queue, of("a"), *(of("b", number * HOUR) for number in range(6)))
    for _ in range(4):
        now += INTERVAL
        assert await serve(queue, now)
    for number in range(3):
        await queue.enter(of("a", number * HOUR), now)
    served = []
    while waiting := await queue.next_waiting(now := now + INTERVAL):
        assert await queue.grant(waiting, now)
        await queue.remove(waiting)
        served.append(waiting.place.split("|")[1])
    first, second = dict.fromkeys(served)
    assert served in ([first, second, first, second, first], [first, second] * 3, [first, second] * 2 + [second])


@given(
    exports=st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 40)), min_size=1, max_size=25),
    comes=st.integers(0, 24),
    leaves=st.sets(st.integers(0, 24)),
)
def test_nobody_waits_longer_than_its_share_however_the_others_come_and_go(
    exports: list[tuple[str, int]], comes: int, leaves: set[int]
) -> None:
    """The export of a caller of its own comes among the others; then it has at most a turn of each before it."""

    async def run() -> None:
        queue = SubmissionQueue(InMemoryTable(), PER_DAY)
        assert await queue.take_slot(NOW)
        queued = [of(caller, hours * HOUR) for caller, hours in exports]
        mine, now, before = of("mine"), NOW, 0
        for export in queued[:comes]:
            await queue.enter(export, NOW)
        await queue.enter(mine, NOW)
        for number, export in enumerate(queued):
            if number in leaves:
                await queue.leave(export)
        callers = {export.caller for export in queued}
        for number in range(len(queued) + 1):
            for export in queued[comes + number : comes + number + 1]:
                await queue.enter(export, now)
            waiting = await serve(queue, now := now + INTERVAL)
            assert waiting is not None
            if waiting.export_id == mine.id:
                break
            before += 1
        assert before <= len(callers)

    asyncio.run(run())


# Places


async def test_who_leaves_is_gone_at_once_and_may_leave_again(table: Table) -> None:
    queue = SubmissionQueue(table, PER_DAY)
    await fill(queue, first := of("a", DAY), second := of("a", 2 * DAY), third := of("b"))
    await queue.leave(first)
    await queue.leave(first)
    assert set(await order_of(queue)) == {second.id, third.id}
    assert [row async for row in table.range("pacer", "turn|", "wait|~")] == []


async def test_one_that_enters_again_stays_in_its_place(table: Table) -> None:
    queue = SubmissionQueue(table, PER_DAY)
    await fill(queue, of("a", DAY), mine := of("a", 2 * DAY))
    assert await queue.enter(mine, NOW) == await queue.enter(mine, NOW)
    assert len(await order_of(queue)) == 2


async def test_a_process_that_dies_after_the_grant_wastes_a_slot_and_loses_no_export(table: Table) -> None:
    queue = SubmissionQueue(table, PER_DAY)
    await fill(queue, mine := of("a"))
    waiting = await queue.next_waiting(NOW + INTERVAL)
    assert waiting == WaitingExport(mine.id, place_of(mine), mine.event_count, 0, waiting.seen if waiting else None)
    assert await queue.grant(waiting, NOW + INTERVAL)
    assert await queue.next_waiting(NOW + INTERVAL) is None, "the slot is taken"
    again = await serve(queue, NOW + 2 * INTERVAL)
    assert again is not None
    assert again.export_id == mine.id


async def test_those_who_wait_are_counted(table: Table) -> None:
    queue = SubmissionQueue(table, PER_DAY)
    assert await queue.count() == 0
    await fill(queue, *(of(caller) for caller in "aab"))
    assert await queue.count() == 3
    await serve(queue, NOW + INTERVAL)
    assert await queue.count() == 2


async def test_a_turn_is_given_once(table: Table) -> None:
    queue = SubmissionQueue(table, PER_DAY)
    await fill(queue, of("a"))
    waiting = await queue.next_waiting(NOW + DAY)
    assert waiting is not None
    assert await queue.grant(waiting, NOW + DAY)
    assert not await queue.grant(waiting, NOW + DAY), "no slot is free"
    assert not await queue.grant(waiting, NOW + 2 * DAY), "the caller's turn is in the next round"


async def test_a_turn_waits_for_one_that_came_before_it_meanwhile(table: Table) -> None:
    queue = SubmissionQueue(table, PER_DAY)
    await fill(queue, first := of("a"), of("a", 40 * DAY))
    assert await serve(queue, NOW + INTERVAL)
    waiting = await queue.next_waiting(NOW + 2 * INTERVAL)
    assert waiting is not None
    assert waiting.turn == 1
    await queue.enter(new := of("b"), NOW + 2 * INTERVAL)
    assert not await queue.grant(waiting, NOW + 2 * INTERVAL)
    served = await serve(queue, NOW + 2 * INTERVAL)
    assert served is not None
    assert served.export_id == new.id != first.id


@pytest.mark.parametrize("row", ["turn|", "turn|soon", "turn|x|y", "turn|9999999999|nobody", "wait|", "wait|x"])
async def test_a_damaged_row_stops_nobody(row: str) -> None:
    queue = SubmissionQueue(table := InMemoryTable(), PER_DAY)
    await fill(queue, mine := of("a"))
    await table.transact([Upsert({"PartitionKey": "pacer", "RowKey": row})])
    assert await queue.enter(mine, NOW) >= NOW
    served = await serve(queue, NOW + INTERVAL)
    assert served is not None
    assert served.export_id == mine.id
    assert await queue.next_waiting(NOW + 2 * INTERVAL) is None
    await queue.enter(mine, NOW)
    served = await serve(queue, NOW + 2 * INTERVAL)
    assert served is not None
    assert served.export_id == mine.id


@pytest.mark.parametrize("columns", [{"nextFreeDateTime": "soon"}, {"turn": "first", "nextFreeDateTime": NOW}, {}])
async def test_a_damaged_state_stops_nobody(columns: Row, table: Table) -> None:
    queue = SubmissionQueue(table, PER_DAY)
    await table.transact([Upsert({"PartitionKey": "pacer", "RowKey": "submissions"} | columns)])
    assert await queue.take_slot(NOW)
    assert not await queue.take_slot(NOW)


@pytest.mark.parametrize("columns", [{}, {"eventCount": "three"}])
async def test_a_place_that_does_not_say_how_new_it_is_counts_as_old(columns: Row) -> None:
    queue = SubmissionQueue(table := InMemoryTable(), PER_DAY)
    await fill(queue, mine := of("a"))
    await queue.leave(mine)
    await table.transact([Upsert({"PartitionKey": "pacer", "RowKey": place_of(mine)} | columns)])
    waiting = await queue.next_waiting(NOW + INTERVAL)
    assert waiting is not None
    assert (waiting.export_id, waiting.event_count) == (mine.id, 0)


async def test_an_export_that_enters_again_has_a_newer_place(table: Table) -> None:
    queue = SubmissionQueue(table, PER_DAY)
    await fill(queue, mine := of("a"))
    await queue.enter(replace(mine, event_count=7), NOW)
    waiting = await queue.next_waiting(NOW + INTERVAL)
    assert waiting is not None
    assert waiting.event_count == 7


# What is expected


async def test_what_is_expected_is_what_comes(table: Table) -> None:
    queue = SubmissionQueue(table, PER_DAY)
    exports = [of(caller, number * HOUR) for number, caller in enumerate("aaabbaac")]
    await fill(queue, *exports)
    expected = {export.id: await queue.enter(export, NOW) for export in exports}
    for number, export_id in enumerate(await order_of(queue)):
        assert abs(expected[export_id] - (NOW + (number + 1) * INTERVAL)) <= 2 * INTERVAL, "give or take who is first"


@pytest.mark.parametrize("others", [0, 3])
async def test_a_thousand_rows_are_enough_for_an_estimate(others: int) -> None:
    table = InMemoryTable()
    queue = SubmissionQueue(table, 1000)
    await fill(queue, of("flood"))
    await fill_rows(table, *(of("flood", number * MINUTE) for number in range(1500)))
    for number in range(others):
        await queue.enter(of(f"other {number}"), NOW)
    urgent = await queue.enter(of("urgent", DAY), NOW)
    assert urgent <= NOW + (others + 2) * slot_interval(1000)
    assert await queue.enter(of("flood", 30 * DAY), NOW) >= NOW + 1000 * slot_interval(1000) - HOUR


async def test_a_caller_whose_exports_are_not_all_counted_has_as_many_as_there_are_rounds() -> None:
    table = InMemoryTable()
    queue = SubmissionQueue(table, 1000)
    first, second, third = callers(3)
    await fill(queue, of(third))
    await fill_rows(table, *(of(first) for _ in range(990)), *(of(second) for _ in range(300)))
    await fill_rows(table, *(of(third, number * HOUR) for number in range(50)))
    expected = await queue.enter(of(third, 20 * DAY), NOW)
    assert abs(expected - NOW - (50 + 51 + 51) * slot_interval(1000)) <= HOUR


# Cost


@pytest.fixture
async def wire(azurite: Azurite) -> AsyncIterator[tuple[Wire, Table]]:
    """A table, and what is sent to it."""
    counted = Wire()
    async with table_client(
        azurite, unique_name(), transport=counted.connections("table", azurite.ca_bundle)
    ) as client:
        yield counted, AzureTable(client)


@pytest.mark.parametrize(("callers", "waiting"), [(1, 0), (1, 900), (500, 900)])
async def test_each_call_costs_the_same_however_long_the_queue_is(
    callers: int, waiting: int, wire: tuple[Wire, Table]
) -> None:
    counted, table = wire
    queue = SubmissionQueue(table, PER_DAY)
    await fill(queue, of("first"))
    await fill_rows(table, *(of(f"caller {number % callers}") for number in range(waiting)))
    mine = of("mine")
    counted.take()

    async def cost(call: Awaitable[object]) -> int:
        await call
        return len(counted.take())

    assert await cost(queue.enter(mine, NOW)) == 4, "state, turn, change, estimate"
    assert await cost(queue.enter(mine, NOW)) == 4
    assert await cost(queue.take_slot(NOW)) == 1, "no slot is free"
    assert await cost(queue.take_slot(NOW + INTERVAL)) == 2, "somebody waits"
    assert await cost(queue.next_waiting(NOW)) == 1, "no slot is free"
    found = await queue.next_waiting(NOW + INTERVAL)
    assert len(counted.take()) == 3, "state, turns, the first place"
    assert found is not None
    assert await cost(queue.grant(found, NOW + INTERVAL)) == 2
    assert await cost(queue.remove(found)) == 1
    assert await cost(queue.leave(mine)) == 1


async def test_hundreds_in_a_process_do_not_contend(wire: tuple[Wire, Table]) -> None:
    counted, table = wire
    queue = SubmissionQueue(table, 1000)
    await queue.take_slot(NOW)
    counted.take()
    assert sum(await asyncio.gather(*(queue.take_slot(NOW + DAY) for _ in range(100)))) == 11
    assert len(counted.take()) == 100 + 2 * 11, "a read each; who takes one looks whether anybody waits, and writes"


async def test_turns_of_callers_who_left_are_removed_together(wire: tuple[Wire, Table]) -> None:
    counted, table = wire
    queue = SubmissionQueue(table, PER_DAY)
    gone = [of(f"caller {number}") for number in range(30)]
    await fill(queue, *gone, mine := of("mine"))
    for export in gone:
        await queue.leave(export)
    found = await queue.next_waiting(NOW + INTERVAL)
    assert found is not None
    assert found.export_id == mine.id
    counted.take()
    again = await queue.next_waiting(NOW + INTERVAL)
    assert again is not None
    assert again.export_id == mine.id
    assert len(counted.take()) <= 3 + 31, "at most those that come after it"
    counted.take()
    assert await queue.grant(found, NOW + INTERVAL)
    assert len(counted.take()) == 2, "nobody else has changed the state, so no earlier turn is looked for"


async def test_so_many_that_left_that_the_next_call_finds_who_waits(wire: tuple[Wire, Table]) -> None:
    counted, table = wire
    queue = SubmissionQueue(table, PER_DAY)
    *left, last = callers(100)
    await fill(queue, mine := of(last))
    places = [of(caller) for caller in left]
    await fill_rows(table, *places)
    await asyncio.gather(*(table.transact([Delete("pacer", place_of(export))]) for export in places))
    counted.take()
    assert await queue.next_waiting(NOW + INTERVAL) is None
    assert len(counted.take()) == 2 + 90 + 1
    found = await queue.next_waiting(NOW + INTERVAL)
    assert found is not None
    assert found.export_id == mine.id


async def test_the_lock_is_the_state_row(table: Table) -> None:
    """Who holds an older state of it can take nothing."""
    queue = SubmissionQueue(table, PER_DAY)
    await fill(queue, of("a"))
    found = await table.get("pacer", "submissions")
    assert found is not None
    await queue.enter(of("b"), NOW)
    with pytest.raises(Exception, match="UpdateConditionNotSatisfied"):
        await table.transact([Replace(found.row, found.etag)])
