"""After an erasure no row of any table has the name of a file, because a name can say something about the person."""

import json
from collections.abc import Sequence
from datetime import timedelta

import pytest

from shared.exports.export import Export, current_attempt
from shared.exports.states_and_codes import AttemptStatus, Status
from shared.exports.timestamps import to_iso
from shared.protocols import Upsert
from shared.records.file_names import LINES_WITHOUT_INDEX
from shared.records.table_names import TableName
from shared.use_cases.cancel_retry_erase import cancel_export, erase_export
from shared.use_cases.create_download_links import create_download_links
from shared.workflow.advance_export import advance_export
from tests.exports.samples import DAY, warning_codes
from tests.fakes.hooked_services import HookedServices
from tests.fakes.in_memory_containers import name_of
from tests.fakes.in_memory_graph import Course
from tests.use_cases.export_runs import OTHER_CALLER, advance, create, read, run_to_end, submit

NAMES = [f"OneDrive/Sick note {number} é.pdf" for number in range(7)]


async def arrived(fakes: HookedServices, names: Sequence[str] = NAMES) -> Export:
    """An export whose operation is complete, and which has these files in its container beside Microsoft's own."""
    fakes.graph.course = lambda: Course(files=0)
    export = await submit(fakes, (await create(fakes)).id)
    for name in names:
        fakes.account.write(name_of(current_attempt(export).container), name, name.encode())
    while current_attempt(export := await read(fakes, export.id)).status is not AttemptStatus.COMPLETE:
        fakes.pass_time(DAY)
        await advance_export(export.id, fakes.services, max_steps=1)
    return export


async def finish(fakes: HookedServices, export_id: str) -> Export:
    while not (export := await read(fakes, export_id)).status.is_terminal:
        await advance(fakes, export_id)
    return export


def rows_with_names(fakes: HookedServices, names: Sequence[str] = NAMES) -> list[str]:
    """The keys of the rows that have a name, or a row key or column that only a manifest has."""
    found = []
    for table in fakes.tables.values():
        for stored in table.all_rows():
            text = json.dumps(stored.row, default=str, ensure_ascii=False)
            is_of_manifest = stored.row["RowKey"].startswith("file") or "listingMarker" in stored.row
            if is_of_manifest or any(name in text for name in names):
                found.append(stored.row["RowKey"])
    return found


async def test_an_erasure_leaves_no_name_of_a_file_that_was_linked_to_or_could_not_be_read(
    fakes: HookedServices,
) -> None:
    fakes.containers.hashing_time = lambda listed: timedelta(hours=1) if listed.name == NAMES[2] else timedelta()
    export = await finish(fakes, (await arrived(fakes)).id)
    assert export.status is Status.SUCCEEDED
    assert warning_codes(export) == ["FilesNotHashed"]
    await create_download_links(export, NAMES[:3], OTHER_CALLER, fakes.services)
    assert len(rows_with_names(fakes)) == len(NAMES), "the search finds them, in the manifest alone"
    await erase_export(export.id, OTHER_CALLER, fakes.services)
    assert rows_with_names(fakes) == []


async def test_an_erasure_leaves_no_index_of_names(fakes: HookedServices) -> None:
    fakes.containers.page_size = 90
    export = await run_to_end(fakes, (await create(fakes)).id, files=LINES_WITHOUT_INDEX + 1)
    names = [file.name async for file in fakes.services.records.files(export)]
    await create_download_links(export, names[:50], OTHER_CALLER, fakes.services)
    assert len(rows_with_names(fakes, names[:1])) > len(names)
    await erase_export(export.id, OTHER_CALLER, fakes.services)
    assert rows_with_names(fakes, names) == []


async def test_an_export_that_was_canceled_while_its_files_were_checked_keeps_no_place_in_the_listing(
    fakes: HookedServices,
) -> None:
    """The place is made of the name of the next file."""
    export = await arrived(fakes)
    await advance_export(export.id, fakes.services, max_steps=1)
    assert "export" in rows_with_names(fakes)
    await cancel_export(export.id, OTHER_CALLER, fakes.services, fakes.monitors)
    erased = await erase_export(export.id, OTHER_CALLER, fakes.services)
    assert (erased.status, erased.erased_at) == (Status.CANCELED, fakes.clock())
    assert rows_with_names(fakes) == []


@pytest.mark.parametrize(
    ("call", "number"),
    [("Exports.range", 1), ("Exports.get", 2), ("Exports.transact", 1)],
    ids=["the manifest is read", "its first line is read", "the index is stored"],
)
async def test_a_step_that_is_late_leaves_no_index_behind_an_erasure(
    fakes: HookedServices, call: str, number: int
) -> None:
    """Somebody cancels and erases right after a call of the step that completes a long manifest."""
    fakes.containers.page_size = 90
    names = [f"OneDrive/{number}.pdf" for number in range(LINES_WITHOUT_INDEX + 1)]
    export = await arrived(fakes, names)
    last_page = len(names) - len(names) % fakes.containers.page_size
    while (progress := (await read(fakes, export.id)).files) is None or progress.count < last_page - 1:
        await advance_export(export.id, fakes.services, max_steps=1)
    calls = 0

    async def interfere() -> None:
        nonlocal calls
        calls += 1
        if calls == number:
            await cancel_export(export.id, OTHER_CALLER, fakes.services, fakes.monitors)
            await erase_export(export.id, OTHER_CALLER, fakes.services)

    fakes.hooks.after[call] = interfere
    await advance_export(export.id, fakes.services, max_steps=1)
    erased = await read(fakes, export.id)
    assert (erased.status, erased.files and erased.files.count) == (Status.CANCELED, progress.count)
    assert erased.erased_at is not None
    assert rows_with_names(fakes, names) == []


def link_of_1_0_0(export: Export, number: int, name: str) -> Upsert:
    detail = json.dumps({"file": name, "until": to_iso(export.updated_at)}, ensure_ascii=False)
    row = {"eventType": "LinkCreated", "eventDateTime": export.updated_at, "actor": OTHER_CALLER, "detail": detail}
    return Upsert({"PartitionKey": export.id, "RowKey": f"event-{number:06d}", **row})


async def test_an_erasure_removes_the_names_that_version_1_0_0_put_into_the_trail(fakes: HookedServices) -> None:
    export = await finish(fakes, (await arrived(fakes)).id)
    number = export.event_count
    fakes.tables[TableName.EXPORTS].apply([link_of_1_0_0(export, number, NAMES[4])])
    assert rows_with_names(fakes).count(f"event-{number:06d}") == 1
    sha256 = [file.sha256 async for file in fakes.services.records.files(export)][4]
    await erase_export(export.id, OTHER_CALLER, fakes.services)
    assert rows_with_names(fakes) == []
    (event,) = [each for each in await fakes.services.records.events(export.id) if each.type == "LinkCreated"]
    assert (event.actor, event.detail["number"], event.detail["sha256"]) == (OTHER_CALLER, 5, sha256)


async def test_a_repeated_erasure_removes_what_version_1_0_0_left_behind_its_own(fakes: HookedServices) -> None:
    export = await arrived(fakes)
    await advance_export(export.id, fakes.services, max_steps=1)
    await cancel_export(export.id, OTHER_CALLER, fakes.services, fakes.monitors)
    erased = await erase_export(export.id, OTHER_CALLER, fakes.services)
    left = Upsert({"PartitionKey": export.id, "RowKey": "export", "listingMarker": NAMES[4]})
    fakes.tables[TableName.EXPORTS].apply([left, link_of_1_0_0(export, erased.event_count, NAMES[4])])
    assert sorted(rows_with_names(fakes)) == [f"event-{erased.event_count:06d}", "export"]
    again = await erase_export(export.id, OTHER_CALLER, fakes.services)
    assert again == erased
    assert rows_with_names(fakes) == []
