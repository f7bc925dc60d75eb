"""The URLs of callbacks: where they are kept, and when they go."""

from dataclasses import replace

import pytest

from shared.exports.exceptions import ConflictError, SubjectBusyError
from shared.exports.ids import new_export_id
from shared.protocols import Delete, Table
from shared.records.export_records import SavedExport
from tests.exports.samples import accepted
from tests.records.record_set import RecordSet, fresh

CALLBACK_URL = "https://hooks.contoso.com/run?sig=secret"


async def with_callback(record_set: RecordSet) -> SavedExport:
    return await record_set.records.insert(replace(fresh(), has_callback=True), CALLBACK_URL)


async def rows_of(table: Table, export_id: str) -> dict[str, str]:
    return {row["RowKey"]: str(row) async for row in table.range(export_id, "", "~")}


async def test_the_callers_own_url_is_in_a_row_of_its_own_and_in_no_other(record_set: RecordSet) -> None:
    export = (await with_callback(record_set)).export
    rows = await rows_of(record_set.exports, export.id)
    assert [key for key, row in rows.items() if "secret" in row] == ["secret-callback"]
    assert [key for key, row in rows.items() if "sig=" in row] == ["secret-callback"]
    assert await record_set.secrets.callback_url(export.id) == CALLBACK_URL
    assert await record_set.secrets.callback_url(new_export_id()) is None
    assert [event.type for event in await record_set.records.events(export.id)] == ["Accepted"]


async def test_an_export_that_was_not_stored_left_no_url(record_set: RecordSet) -> None:
    first = await record_set.records.insert(fresh())
    second = replace(first.export, id=new_export_id(), has_callback=True, unsaved=accepted().unsaved)
    with pytest.raises(SubjectBusyError):
        await record_set.records.insert(second, CALLBACK_URL)
    assert await record_set.secrets.callback_url(second.id) is None


async def test_the_url_goes_with_the_state_that_needs_it_no_more(record_set: RecordSet) -> None:
    saved = await with_callback(record_set)
    told = replace(saved.export, has_callback=False)
    with pytest.raises(ConflictError):
        await record_set.records.save(replace(saved, etag="W/\"datetime'2020'\""), told)
    assert await record_set.secrets.callback_url(told.id) == CALLBACK_URL
    await record_set.records.save(saved, told)
    assert "secret-callback" not in await rows_of(record_set.exports, told.id)


async def test_a_url_that_somebody_took_away_by_hand_stops_nothing(record_set: RecordSet) -> None:
    saved = await with_callback(record_set)
    await record_set.exports.transact([Delete(saved.export.id, "secret-callback")])
    told = replace(saved.export, has_callback=False)
    assert (await record_set.records.save(saved, told)).export == told
