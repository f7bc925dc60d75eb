"""The listings of exports, on a real table."""

from dataclasses import replace

import pytest

from shared.exports.exceptions import ConflictError
from shared.exports.export import Problem
from shared.exports.ids import new_export_id
from shared.exports.states_and_codes import Status
from shared.exports.transitions import cancellation
from shared.exports.transitions.ending import fail
from shared.records.index_keys import ExportFilter, listing_keys
from tests.exports.samples import DAY, LIMITS, NOW, SECOND
from tests.records.record_set import RecordSet, fresh


async def pages(record_set: RecordSet, wanted: ExportFilter, top: int) -> list[list[str]]:
    found, after = [], None
    while True:
        exports, after = await record_set.queries.page(wanted, after, top)
        found.append([export.id for export in exports])
        if after is None:
            return found


async def test_exports_are_listed_newest_first_page_by_page(record_set: RecordSet) -> None:
    records = record_set.records
    reference = new_export_id()
    made = [
        replace(fresh(), reference=reference, created_at=NOW + n * SECOND, due_at=NOW + (20 - n) * DAY)
        for n in range(7)
    ]
    for export in made:
        await records.insert(export)
    newest_first = [export.id for export in reversed(made)]
    assert await pages(record_set, ExportFilter(reference=reference), 3) == [
        newest_first[:3],
        newest_first[3:6],
        newest_first[6:],
    ]
    assert await pages(record_set, ExportFilter(reference=reference, due_before=NOW + 15 * DAY), 50) == [
        newest_first[:1]
    ]
    assert await pages(record_set, ExportFilter(subject_id=made[2].subject.id), 50) == [[made[2].id]]
    assert await pages(record_set, ExportFilter(subject_id=made[2].subject.id, statuses=(Status.FAILED,)), 50) == [[]]
    listed = [id_ for page in await pages(record_set, ExportFilter(), 50) for id_ in page]
    assert [id_ for id_ in listed if id_ in newest_first] == newest_first
    due = [id_ for page in await pages(record_set, ExportFilter(due_before=NOW + 18 * DAY), 50) for id_ in page]
    assert [id_ for id_ in due if id_ in newest_first] == newest_first[:4], "soonest due first"


async def test_a_listing_by_status_follows_the_status(record_set: RecordSet) -> None:
    records = record_set.records
    saved = await records.insert(fresh())

    async def listed(status: Status) -> bool:
        return any(saved.export.id in page for page in await pages(record_set, ExportFilter(statuses=(status,)), 100))

    assert await listed(Status.NOT_STARTED)
    await records.save(saved, fail(saved.export, Problem("X", "x"), NOW, LIMITS))
    assert not await listed(Status.NOT_STARTED)
    assert await listed(Status.FAILED)
    with pytest.raises(ConflictError):
        await records.save(saved, cancellation.cancel(saved.export, NOW, LIMITS))
    assert not await listed(Status.CANCELED), "an entry that came to nothing is not believed"


async def test_a_listing_by_reference_and_status_has_whole_pages(record_set: RecordSet) -> None:
    records = record_set.records
    reference = new_export_id()
    asked_for = [replace(fresh(), reference=reference, created_at=NOW + n * SECOND) for n in range(6)]
    made = [await records.insert(export) for export in asked_for]
    failing = [saved.export.id for saved in made[::2]]
    for saved in made[::2]:
        await records.save(saved, fail(saved.export, Problem("X", "x"), NOW, LIMITS))
    newest_first = failing[::-1]
    assert await pages(record_set, ExportFilter(reference=reference, statuses=(Status.FAILED,)), 2) == [
        newest_first[:2],
        newest_first[2:],
    ]
    waiting = await pages(record_set, ExportFilter(reference=reference, statuses=(Status.NOT_STARTED,)), 50)
    assert waiting == [[saved.export.id for saved in made[1::2]][::-1]]


async def test_several_statuses_are_one_listing_in_whole_pages(record_set: RecordSet) -> None:
    reference = new_export_id()
    asked_for = [replace(fresh(), reference=reference, created_at=NOW + n * SECOND) for n in range(9)]
    made = [await record_set.records.insert(export) for export in asked_for]
    for number, saved in enumerate(made):
        if number % 3 == 1:
            await record_set.records.save(saved, replace(saved.export, status=Status.RUNNING))
        if number % 3 == 2:
            await record_set.records.save(saved, fail(saved.export, Problem("X", "x"), NOW, LIMITS))
    is_open = [saved.export.id for number, saved in enumerate(made) if number % 3 != 2]
    newest_first = is_open[::-1]
    wanted = ExportFilter(reference=reference, statuses=(Status.RUNNING, Status.NOT_STARTED))
    assert await pages(record_set, wanted, 4) == [newest_first[:4], newest_first[4:]]
    assert await pages(record_set, replace(wanted, statuses=tuple(Status)), 50) == [
        [saved.export.id for saved in reversed(made)]
    ]


async def test_the_exports_of_a_requester_are_a_listing_by_themselves(record_set: RecordSet) -> None:
    mine, other = new_export_id(), new_export_id()
    made = [
        await record_set.records.insert(
            replace(fresh(), caller=(mine, other)[n % 2], created_at=NOW + n * SECOND, due_at=NOW + (20 - n) * DAY)
        )
        for n in range(8)
    ]
    own = [saved.export.id for saved in made[::2]]
    await record_set.records.save(made[0], fail(made[0].export, Problem("X", "x"), NOW, LIMITS))
    wanted = ExportFilter(requested_by=mine)
    assert await pages(record_set, wanted, 2) == [own[:1:-1], own[1::-1], []]
    assert await pages(record_set, replace(wanted, statuses=(Status.FAILED,)), 9) == [own[:1]]
    assert await pages(record_set, replace(wanted, statuses=(Status.NOT_STARTED, Status.RUNNING)), 9) == [own[:0:-1]]
    assert await pages(record_set, replace(wanted, due_before=NOW + 17 * DAY), 9) == [own[:1:-1]]
    open_and_due = replace(wanted, due_before=NOW + 21 * DAY, statuses=(Status.NOT_STARTED, Status.RUNNING))
    assert await pages(record_set, open_and_due, 9) == [own[:0:-1]], "soonest due first"
    assert await pages(record_set, replace(wanted, subject_id=made[2].export.subject.id), 9) == [[own[1]]]
    theirs = replace(wanted, subject_id=made[1].export.subject.id)
    assert await pages(record_set, theirs, 1) == [[]], "no page says that others asked for the person"


async def test_a_status_is_left_though_a_row_of_it_is_gone(record_set: RecordSet) -> None:
    saved, index = await record_set.records.insert(fresh()), record_set.index
    running = replace(saved.export, status=Status.RUNNING)
    await index.remove_moved(running, saved.export)
    await index.remove_moved(running, saved.export)
    await index.add_moved(saved.export, running)
    of_status = [key for key in listing_keys(saved.export) if key.startswith("status")]
    assert len(of_status) == 2
    await index.remove(of_status[0])
    await index.remove_moved(running, saved.export)
    assert not set(of_status) & set(await record_set.index_keys())


async def test_a_row_that_was_left_over_lists_nothing_twice(record_set: RecordSet) -> None:
    saved = await record_set.records.insert(replace(fresh(), reference=new_export_id()))
    asked_again = replace(saved.export, created_at=saved.export.created_at + SECOND)
    await record_set.index.add(asked_again)
    assert await pages(record_set, ExportFilter(reference=saved.export.reference), 50) == [[saved.export.id]]
