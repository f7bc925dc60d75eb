"""The records on a table in memory and on a real one: what is stored, what a conflict is, what is found again."""

from dataclasses import replace
from datetime import datetime

import pytest

from shared.exports.audit_trail import add_event, add_warning
from shared.exports.backlog_counts import UnansweredExport
from shared.exports.exceptions import AlreadyRecordedError, ConflictError, SubjectBusyError
from shared.exports.export import Export, ExportWarning, File, ManifestProgress, Problem
from shared.exports.ids import new_export_id
from shared.exports.states_and_codes import EventType, Status
from shared.exports.transitions.ending import fail
from shared.records.export_records import MANIFEST_LINES_PER_WRITE
from shared.records.file_names import LINES_WITHOUT_INDEX, FileNameIndex
from tests.exports.samples import DAY, LIMITS, MINUTE, NOW, SECOND, accepted, running, without_events
from tests.records.record_set import RecordSet, fresh


def noted(export: Export, code: str) -> Export:
    return add_warning(export, ExportWarning(code, "Look."), NOW)


def line(name: str) -> File:
    return File(name=name, size=2**33, md5="m", sha256="s", modified_at=NOW, crc32=2**32 - 1)


async def test_an_export_reads_back_as_it_was_stored(record_set: RecordSet) -> None:
    export = fresh(running())
    stored = await record_set.records.insert(export)
    assert stored.export == without_events(export)
    assert await record_set.records.get(export.id) == stored
    assert [event.type for event in await record_set.records.events(export.id)] == [
        event.type for event in export.unsaved
    ]


async def test_what_is_not_there(record_set: RecordSet) -> None:
    nobody = new_export_id()
    assert await record_set.records.get(nobody) is None
    assert await record_set.records.events(nobody) == []
    assert [file async for file in record_set.records.files(replace(accepted(), id=nobody))] == []
    await record_set.records.erase_files(nobody)
    await record_set.records.check_readable()


async def test_a_second_export_with_the_same_id_is_not_stored(record_set: RecordSet) -> None:
    first = await record_set.records.insert(fresh())
    with pytest.raises(AlreadyRecordedError):
        await record_set.records.insert(noted(replace(accepted(), id=first.export.id), "Second"))
    assert await record_set.records.get(first.export.id) == first
    assert len(await record_set.records.events(first.export.id)) == 1


async def test_a_new_state_and_its_events_are_stored_together(record_set: RecordSet) -> None:
    stored = await record_set.records.insert(fresh())
    changed = await record_set.records.save(stored, noted(stored.export, "Once"))
    again = await record_set.records.save(changed, noted(changed.export, "Twice"))
    assert await record_set.records.get(stored.export.id) == again
    assert [event.type for event in await record_set.records.events(stored.export.id)] == [
        "Accepted",
        "Warned",
        "Warned",
    ]
    assert len({stored.etag, changed.etag, again.etag}) == 3


async def test_of_two_writers_of_the_same_state_one_wins(record_set: RecordSet) -> None:
    stored = await record_set.records.insert(fresh())
    winner = await record_set.records.save(stored, noted(stored.export, "Winner"))
    with pytest.raises(ConflictError):
        await record_set.records.save(stored, noted(noted(stored.export, "Loser"), "Again"), [line("lost")])
    assert await record_set.records.get(stored.export.id) == winner
    assert len(await record_set.records.events(stored.export.id)) == 2
    assert [file async for file in record_set.records.files(stored.export)] == []


async def test_a_state_without_events_conflicts_too(record_set: RecordSet) -> None:
    stored = await record_set.records.insert(fresh())
    await record_set.records.save(stored, replace(stored.export, polls=1))
    with pytest.raises(ConflictError):
        await record_set.records.save(stored, replace(stored.export, polls=2))


async def test_an_export_that_was_never_stored_can_not_be_changed(record_set: RecordSet) -> None:
    stored = await record_set.records.insert(fresh())
    stranger = replace(stored, export=fresh())
    with pytest.raises(ConflictError):
        await record_set.records.save(stranger, noted(stranger.export, "Nobody"))
    assert await record_set.records.get(stranger.export.id) is None


async def test_the_lines_of_a_manifest_are_kept_in_order_by_attempt(record_set: RecordSet) -> None:
    stored = await record_set.records.insert(fresh(running()))
    one = await record_set.records.save(
        stored, replace(stored.export, files=ManifestProgress(count=2)), [line("a"), line("b")]
    )
    two = await record_set.records.save(one, replace(one.export, files=ManifestProgress(count=3)), [line("c")])
    assert [file async for file in record_set.records.files(two.export)] == [line("a"), line("b"), line("c")]
    second_attempt = replace(two.export, attempts=(*two.export.attempts, replace(two.export.attempts[0], number=2)))
    assert [file async for file in record_set.records.files(second_attempt)] == []
    await record_set.records.erase_files(stored.export.id)
    assert [file async for file in record_set.records.files(two.export)] == []
    assert len(await record_set.records.events(stored.export.id)) == stored.export.event_count


async def test_the_files_of_a_long_manifest_are_found_by_their_names(record_set: RecordSet) -> None:
    files = [line(f"Exchange/{number} 'é\".json") for number in range(1, LINES_WITHOUT_INDEX + 2)]
    saved = await record_set.records.insert(fresh(running()))
    for start in range(0, len(files), MANIFEST_LINES_PER_WRITE):
        page = files[start : start + MANIFEST_LINES_PER_WRITE]
        progress = ManifestProgress(count=start + len(page), manifest_sha256="a" * 64)
        saved = await record_set.records.save(saved, replace(saved.export, files=progress), page)
    index = FileNameIndex(saved.export.id, len(files))
    for file in files:
        index.add(file)
    for _ in range(2):
        await record_set.file_names.store(saved.export, index.rows("a" * 64))
    names = [files[1000].name, "absent", files[0].name]
    assert list((await record_set.file_names.find(saved.export, names)).items()) == [(1001, files[1000]), (1, files[0])]
    assert [file async for file in record_set.records.files(saved.export)] == files
    await record_set.records.erase_files(saved.export.id)
    assert await record_set.file_names.find(saved.export, names) == {}
    with pytest.raises(ConflictError):
        await record_set.file_names.store(saved.export, index.rows("a" * 64))


async def test_the_trail_reads_in_pages_and_loses_the_names_of_files(record_set: RecordSet) -> None:
    saved = await record_set.records.insert(fresh(running()))
    named = add_event(saved.export, EventType.LINK_CREATED, NOW, file="Exchange/a.json", until="u")
    export = (await record_set.records.save(saved, named)).export
    every = await record_set.records.events(export.id)
    pages = [await record_set.records.events(export.id, after, 2) for after in range(0, export.event_count, 2)]
    assert [event for page in pages for event in page] == every
    assert max(map(len, pages)) == 2
    await record_set.file_names.remove_from_trail(export)
    (*before, link) = await record_set.records.events(export.id)
    assert (before, link) == (every[:-1], replace(every[-1], detail={"until": "u"}))


async def test_what_is_due_is_found(record_set: RecordSet) -> None:
    new = await record_set.records.insert(fresh())
    later = await record_set.records.insert(replace(fresh(), next_step_at=NOW + DAY, status=Status.RUNNING))
    ended = (await record_set.records.insert(replace(fresh(), status=Status.FAILED))).export
    never = (await record_set.records.insert(replace(fresh(), status=Status.CANCELED, next_step_at=None))).export
    asked = {new.export.id, later.export.id, ended.id, never.id}

    async def due(moment: datetime) -> set[str]:
        return asked & {export.id async for page in record_set.queries.due_pages(moment) for export in page.exports}

    assert await due(NOW) == set()
    assert await due(NOW + SECOND) == {new.export.id, ended.id}
    await record_set.records.save(new, replace(new.export, next_step_at=NOW + 2 * DAY))
    await record_set.records.save(later, replace(later.export, next_step_at=NOW))
    assert await due(NOW + DAY) == {later.export.id, ended.id}
    await record_set.repair.repair(NOW)
    assert await due(NOW + DAY) == {later.export.id, ended.id}


async def test_the_open_are_listed_and_the_ended_are_not(record_set: RecordSet) -> None:
    async def listed() -> list[UnansweredExport]:
        known = [
            UnansweredExport(status=each.status, due_at=each.due_at, begun_at=each.begun_at) for each in (first, second)
        ]
        return [standing async for standing in record_set.queries.unanswered_exports() if standing in known]

    first = replace(fresh(), begun_at=NOW + MINUTE, due_at=NOW + 3 * DAY)
    second = replace(fresh(), begun_at=NOW + 2 * MINUTE, due_at=NOW + 4 * DAY)
    saved = await record_set.records.insert(first)
    await record_set.records.insert(second)
    assert len(await listed()) == 2
    await record_set.records.save(saved, fail(saved.export, Problem("X", "x"), NOW, LIMITS))
    assert len(await listed()) == 1


async def test_a_person_has_one_open_export_unless_more_are_allowed(record_set: RecordSet) -> None:
    first = await record_set.records.insert(fresh())
    second = replace(fresh(), subject=first.export.subject)
    with pytest.raises(SubjectBusyError) as busy:
        await record_set.records.insert(second)
    assert busy.value.export_id == first.export.id
    assert await record_set.records.get(second.id) is None
    await record_set.records.insert(replace(second, id=new_export_id(), allow_duplicate=True))
    await record_set.claims.claim(first.export)
    await record_set.records.save(first, fail(first.export, Problem("X", "x"), NOW, LIMITS))
    await record_set.records.insert(second)
    with pytest.raises(SubjectBusyError):
        await record_set.claims.claim(first.export)
