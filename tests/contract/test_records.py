"""Records: what is stored, what a conflict is, what is found again."""

from dataclasses import replace
from datetime import datetime

import pytest

from shared.exports.audit_trail import add_warning
from shared.exports.backlog_counts import OpenExport
from shared.exports.exceptions import AlreadyRecordedError, ConflictError, SubjectBusyError
from shared.exports.export import Export, ExportWarning, File, ManifestProgress, Problem
from shared.exports.ids import new_export_id
from shared.exports.states_and_codes import Status
from shared.exports.transitions.ending import fail
from tests.contract.bench import Bench
from tests.exports.samples import DAY, LIMITS, MINUTE, NOW, SECOND, accepted, running, without_events


def fresh(export: Export | None = None) -> Export:
    """Of a person of its own."""
    export = export or accepted()
    return replace(export, id=new_export_id(), subject=replace(export.subject, id=new_export_id()))


def noted(export: Export, code: str) -> Export:
    return add_warning(export, ExportWarning(code, "Look."), NOW)


def line(name: str) -> File:
    return File(name=name, size=2**33, md5="m", sha256="s", modified_at=NOW)


async def test_an_export_reads_back_as_it_was_stored(bench: Bench) -> None:
    export = fresh(running())
    stored = await bench.records.insert(export)
    assert stored.export == without_events(export)
    assert await bench.records.get(export.id) == stored
    assert [event.type for event in await bench.records.trail(export.id)] == [event.type for event in export.unsaved]


async def test_what_is_not_there(bench: Bench) -> None:
    nobody = new_export_id()
    assert await bench.records.get(nobody) is None
    assert await bench.records.trail(nobody) == []
    assert [file async for file in bench.records.files(replace(accepted(), id=nobody))] == []
    await bench.records.erase_files(nobody)
    await bench.records.reachable()


async def test_a_second_export_with_the_same_id_is_not_stored(bench: Bench) -> None:
    first = await bench.records.insert(fresh())
    with pytest.raises(AlreadyRecordedError):
        await bench.records.insert(noted(replace(accepted(), id=first.export.id), "Second"))
    assert await bench.records.get(first.export.id) == first
    assert len(await bench.records.trail(first.export.id)) == 1


async def test_a_new_state_and_its_events_are_stored_together(bench: Bench) -> None:
    stored = await bench.records.insert(fresh())
    changed = await bench.records.save(stored, noted(stored.export, "Once"))
    again = await bench.records.save(changed, noted(changed.export, "Twice"))
    assert await bench.records.get(stored.export.id) == again
    assert [event.type for event in await bench.records.trail(stored.export.id)] == ["Accepted", "Warned", "Warned"]
    assert len({stored.etag, changed.etag, again.etag}) == 3


async def test_of_two_writers_of_the_same_state_one_wins(bench: Bench) -> None:
    stored = await bench.records.insert(fresh())
    winner = await bench.records.save(stored, noted(stored.export, "Winner"))
    with pytest.raises(ConflictError):
        await bench.records.save(stored, noted(noted(stored.export, "Loser"), "Again"), [line("lost")])
    assert await bench.records.get(stored.export.id) == winner
    assert len(await bench.records.trail(stored.export.id)) == 2
    assert [file async for file in bench.records.files(stored.export)] == []


async def test_a_state_without_events_conflicts_too(bench: Bench) -> None:
    stored = await bench.records.insert(fresh())
    await bench.records.save(stored, replace(stored.export, polls=1))
    with pytest.raises(ConflictError):
        await bench.records.save(stored, replace(stored.export, polls=2))


async def test_an_export_that_was_never_stored_can_not_be_changed(bench: Bench) -> None:
    stored = await bench.records.insert(fresh())
    stranger = replace(stored, export=fresh())
    with pytest.raises(Exception, match=r".+"):
        await bench.records.save(stranger, noted(stranger.export, "Nobody"))
    assert await bench.records.get(stranger.export.id) is None


async def test_the_lines_of_a_manifest_are_kept_in_order_by_attempt(bench: Bench) -> None:
    stored = await bench.records.insert(fresh(running()))
    one = await bench.records.save(
        stored, replace(stored.export, files=ManifestProgress(count=2)), [line("a"), line("b")]
    )
    two = await bench.records.save(one, replace(one.export, files=ManifestProgress(count=3)), [line("c")])
    assert [file async for file in bench.records.files(two.export)] == [line("a"), line("b"), line("c")]
    second_attempt = replace(two.export, attempts=(*two.export.attempts, replace(two.export.attempts[0], number=2)))
    assert [file async for file in bench.records.files(second_attempt)] == []
    await bench.records.erase_files(stored.export.id)
    assert [file async for file in bench.records.files(two.export)] == []
    assert len(await bench.records.trail(stored.export.id)) == stored.export.event_count


async def test_what_is_due_is_found(bench: Bench) -> None:
    new = await bench.records.insert(fresh())
    later = await bench.records.insert(replace(fresh(), next_step_at=NOW + DAY, status=Status.RUNNING))
    ended = (await bench.records.insert(replace(fresh(), status=Status.FAILED))).export
    never = (await bench.records.insert(replace(fresh(), status=Status.CANCELED, next_step_at=None))).export
    asked = {new.export.id, later.export.id, ended.id, never.id}

    async def due(moment: datetime) -> set[str]:
        return asked & {export.id async for export in bench.records.due_before(moment)}

    assert await due(NOW) == set()
    assert await due(NOW + SECOND) == {new.export.id, ended.id}
    await bench.records.save(new, replace(new.export, next_step_at=NOW + 2 * DAY))
    await bench.records.save(later, replace(later.export, next_step_at=NOW))
    assert await due(NOW + DAY) == {later.export.id, ended.id}
    await bench.records.mend_index(NOW)
    assert await due(NOW + DAY) == {later.export.id, ended.id}


async def test_the_open_are_listed_and_the_ended_are_not(bench: Bench) -> None:
    async def listed() -> list[OpenExport]:
        known = [OpenExport(status=each.status, due_at=each.due_at, begun_at=each.begun_at) for each in (first, second)]
        return [standing async for standing in bench.records.open() if standing in known]

    first = replace(fresh(), begun_at=NOW + MINUTE, due_at=NOW + 3 * DAY)
    second = replace(fresh(), begun_at=NOW + 2 * MINUTE, due_at=NOW + 4 * DAY)
    saved = await bench.records.insert(first)
    await bench.records.insert(second)
    assert len(await listed()) == 2
    await bench.records.save(saved, fail(saved.export, Problem("X", "x"), NOW, LIMITS))
    assert len(await listed()) == 1


async def test_a_person_has_one_open_export_unless_more_are_allowed(bench: Bench) -> None:
    first = await bench.records.insert(fresh())
    second = replace(fresh(), subject=first.export.subject)
    with pytest.raises(SubjectBusyError) as busy:
        await bench.records.insert(second)
    assert busy.value.export_id == first.export.id
    assert await bench.records.get(second.id) is None
    await bench.records.insert(replace(second, id=new_export_id(), allow_duplicate=True))
    await bench.records.enter(first.export)
    await bench.records.save(first, fail(first.export, Problem("X", "x"), NOW, LIMITS))
    await bench.records.insert(second)
    with pytest.raises(SubjectBusyError):
        await bench.records.enter(first.export)
