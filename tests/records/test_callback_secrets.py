"""The URLs of callbacks: where they are kept, and when they go."""

import logging
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.exports.exceptions import AlreadyRecordedError, ConflictError, StorageFailedError, SubjectBusyError
from shared.exports.export import Export
from shared.exports.ids import new_export_id
from shared.protocols import CallbackReceiver, Create, Table, Upsert
from shared.records.callback_secrets import CallbackSecrets
from shared.records.export_records import SavedExport
from tests.exports.samples import DAY, NOW, accepted
from tests.fakes.in_memory_table import InMemoryTable
from tests.records.record_set import RecordSet, fresh

CALLBACK_URL = "https://hooks.contoso.com/run?sig=secret"
LATER = NOW + DAY
AN_ID = "3938ca43-3d89-49a3-8801-44a063cb5e65"


def wanted(digest: str = "d") -> Export:
    """An export whose caller wants a callback."""
    return replace(fresh(), has_callback=True, request_digest=digest)


async def with_callback(record_set: RecordSet) -> SavedExport:
    return await record_set.records.insert(wanted(), CALLBACK_URL)


async def rows_of(table: Table, partition: str) -> dict[str, str]:
    return {row["RowKey"]: str(row) async for row in table.range(partition, "", "~")}


async def left(record_set: RecordSet) -> int:
    """How many URLs are kept."""
    return len(await rows_of(record_set.secrets_table, "callback"))


async def put_beside(record_set: RecordSet, export: Export) -> None:
    """Stores the URL of an export as version 1.0.0 did."""
    row = {"PartitionKey": export.id, "RowKey": "secret-callback", "url": f"{CALLBACK_URL}&old"}
    await record_set.exports.transact([Create(row)])


async def test_the_callers_own_url_is_in_the_table_of_secrets_and_in_no_other(record_set: RecordSet) -> None:
    export = (await with_callback(record_set)).export
    for table, partition in ((record_set.exports, export.id), (record_set.index_table, "index")):
        rows = await rows_of(table, partition)
        assert rows
        assert not [row for row in rows.values() if "secret" in row or "sig=" in row]
    (row,) = (await rows_of(record_set.secrets_table, "callback")).values()
    assert CALLBACK_URL in row
    assert await record_set.secrets.callback(export) == CallbackReceiver(CALLBACK_URL)
    assert await record_set.secrets.callback(wanted()) is None
    assert [event.type for event in await record_set.records.events(export.id)] == ["Accepted"]


async def test_of_two_requests_with_one_idempotency_key_the_one_that_is_recorded_finds_its_own_url(
    record_set: RecordSet,
) -> None:
    first, second = wanted("first"), wanted("second")
    second = replace(second, id=first.id)
    await record_set.secrets.store_callback(second, f"{CALLBACK_URL}&second")  # and is not recorded yet
    saved = await record_set.records.insert(first, f"{CALLBACK_URL}&first")
    with pytest.raises(AlreadyRecordedError):
        await record_set.records.insert(second, f"{CALLBACK_URL}&second")
    assert await record_set.secrets.callback(saved.export) == CallbackReceiver(f"{CALLBACK_URL}&first")
    assert await record_set.secrets.remove_left_callbacks(LATER, None) == (1, None)
    assert await record_set.secrets.callback(saved.export) == CallbackReceiver(f"{CALLBACK_URL}&first")


async def test_an_export_that_was_refused_left_no_url(record_set: RecordSet) -> None:
    first = await record_set.records.insert(fresh())
    second = replace(first.export, id=new_export_id(), has_callback=True, unsaved=accepted().unsaved)
    with pytest.raises(SubjectBusyError):
        await record_set.records.insert(second, CALLBACK_URL)
    assert await left(record_set) == 0


async def test_the_url_goes_after_the_state_that_needs_it_no_more(record_set: RecordSet) -> None:
    saved = await with_callback(record_set)
    told = replace(saved.export, has_callback=False)
    with pytest.raises(ConflictError):
        await record_set.records.save(replace(saved, etag="W/\"datetime'2020'\""), told)
    assert await record_set.secrets.callback(told) == CallbackReceiver(CALLBACK_URL)
    await record_set.records.save(saved, told)
    assert await left(record_set) == 0


async def test_a_url_that_somebody_took_away_by_hand_stops_nothing(record_set: RecordSet) -> None:
    saved = await with_callback(record_set)
    await record_set.secrets.delete_callback(saved.export)
    told = replace(saved.export, has_callback=False)
    assert (await record_set.records.save(saved, told)).export == told


async def test_a_url_that_version_1_0_0_kept_beside_the_export_is_found_and_goes_with_its_delivery(
    record_set: RecordSet,
) -> None:
    saved = await record_set.records.insert(wanted())
    await put_beside(record_set, saved.export)
    assert await record_set.secrets.callback(saved.export) == CallbackReceiver(f"{CALLBACK_URL}&old")
    told = await record_set.records.save(saved, replace(saved.export, has_callback=False))
    assert "secret-callback" not in await rows_of(record_set.exports, told.export.id)
    assert await record_set.secrets.callback(told.export) is None


async def test_the_sweep_removes_what_no_export_needs(record_set: RecordSet) -> None:
    kept = await with_callback(record_set)
    told = await with_callback(record_set)
    await record_set.records.save(told, replace(told.export, has_callback=False))
    never_recorded = wanted()
    for export in (told.export, never_recorded):
        await record_set.secrets.store_callback(export, CALLBACK_URL)
    assert await left(record_set) == 3
    assert await record_set.secrets.remove_left_callbacks(NOW, None) == (0, None), "they may be about to be recorded"
    assert await record_set.secrets.remove_left_callbacks(NOW + timedelta(seconds=1), None) == (2, None)
    assert await record_set.secrets.callback(kept.export) == CallbackReceiver(CALLBACK_URL)
    assert await left(record_set) == 1


async def test_the_sweep_keeps_the_url_of_an_export_that_can_not_be_read(record_set: RecordSet) -> None:
    saved = await with_callback(record_set)
    key = {"PartitionKey": saved.export.id, "RowKey": "export"}
    await record_set.exports.transact([Upsert({**key, "stage": "Levitating"})])
    assert await record_set.secrets.remove_left_callbacks(LATER, None) == (0, None)
    assert await record_set.secrets.callback(saved.export) == CallbackReceiver(CALLBACK_URL)


@pytest.mark.parametrize("key", ["x", "x|1|d", f"{AN_ID}|then|d", f"{AN_ID}|1"])
async def test_the_sweep_passes_over_a_key_that_can_not_be_read(key: str, caplog: pytest.LogCaptureFixture) -> None:
    record_set = RecordSet(InMemoryTable(), InMemoryTable())
    await record_set.secrets_table.transact([Create({"PartitionKey": "callback", "RowKey": key, "url": CALLBACK_URL})])
    with caplog.at_level(logging.WARNING):
        assert await record_set.secrets.remove_left_callbacks(LATER, None) == (0, None)
    assert "can't be read" in caplog.text
    assert "sig=" not in caplog.text


async def test_the_sweep_takes_a_page_at_a_time(record_set: RecordSet) -> None:
    exports = [wanted() for _ in range(60)]
    for export in exports:
        await record_set.secrets.store_callback(export, CALLBACK_URL)
    count, place = await record_set.secrets.remove_left_callbacks(LATER, None)
    assert (count, await left(record_set)) == (50, 10)
    assert await record_set.secrets.remove_left_callbacks(LATER, place) == (10, None)
    assert await left(record_set) == 0


async def test_a_delivery_counts_as_over_though_its_url_can_not_be_deleted_now(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class FailingTable(InMemoryTable):
        async def before(self, call: str) -> None:
            if call == "transact" and self.rows("callback", "", "~"):
                raise StorageFailedError("ServerBusy")

    record_set = RecordSet(InMemoryTable(), InMemoryTable(), FailingTable())
    saved = await with_callback(record_set)
    told = await record_set.records.save(saved, replace(saved.export, has_callback=False))
    assert not told.export.has_callback
    assert f"secrets of {told.export.id} (ServerBusy)" in caplog.text
    assert "sig=" not in caplog.text


async def test_an_export_whose_url_can_not_be_stored_is_not_recorded() -> None:
    class FailingTable(InMemoryTable):
        async def before(self, call: str) -> None:
            if call == "transact":
                raise StorageFailedError("ServerBusy")

    record_set = RecordSet(InMemoryTable(), InMemoryTable(), FailingTable())
    export = wanted()
    with pytest.raises(StorageFailedError):
        await record_set.records.insert(export, CALLBACK_URL)
    assert await record_set.records.get(export.id) is None


async def test_a_row_without_a_url_is_none() -> None:
    table, export = InMemoryTable(), wanted()
    secrets = CallbackSecrets(table, InMemoryTable(), InMemoryTable())
    await secrets.store_callback(export, CALLBACK_URL)
    (key,) = await rows_of(table, "callback")
    await table.transact([Upsert({"PartitionKey": "callback", "RowKey": key, "url": 1})])
    assert await secrets.callback(export) is None
