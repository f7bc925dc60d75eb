"""Files are found by their names in a bounded number of calls, and an erasure leaves no name."""

from collections import Counter
from dataclasses import replace

import pytest

from shared.exports.exceptions import ConflictError, UnreadableRowError
from shared.exports.export import Export, File, ManifestProgress
from shared.protocols import Delete, Row, Upsert
from shared.records.event_and_file_rows import FILE_KEYS
from shared.records.export_records import MANIFEST_LINES_PER_WRITE
from shared.records.file_names import LINES_WITHOUT_INDEX, NAMES_PER_ROW, FileNameIndex, FileNames
from shared.records.wide_columns import COLUMN_UNITS
from tests.exports.samples import NOW, complete
from tests.fakes.in_memory_table import InMemoryTable
from tests.records.record_set import RecordSet, fresh

LONG = 3 * LINES_WITHOUT_INDEX
MOST_NAMES = 50
"""Of one request for links."""


class CountingTable(InMemoryTable):
    """A table that counts the calls to the service."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: Counter[str] = Counter()

    async def before(self, call: str) -> None:
        self.calls[call] += 1


class Manifest:
    """An export whose manifest is stored, with its index or without."""

    def __init__(self) -> None:
        self.table = CountingTable()
        self.records = RecordSet(self.table, InMemoryTable()).records
        self.names = FileNames(self.table)

    async def store(self, count: int, *, indexed: bool = True) -> Export:
        saved, files = await self.records.insert(fresh(complete())), [line(number) for number in range(1, count + 1)]
        for start in range(0, count, MANIFEST_LINES_PER_WRITE):
            page = files[start : start + MANIFEST_LINES_PER_WRITE]
            progress = ManifestProgress(count=start + len(page), manifest_sha256="a" * 64)
            saved = await self.records.save(saved, replace(saved.export, files=progress), page)
        if indexed:
            await self.names.store(saved.export, index_of(saved.export, files).rows("a" * 64))
        self.table.calls.clear()
        return saved.export

    def row(self, export: Export, key: str) -> Row:
        found = self.table.row(export.id, key)
        assert found is not None
        return found.row

    def rows_with_names(self, export: Export) -> int:
        return len(self.table.rows(export.id, *FILE_KEYS))


@pytest.fixture
def manifest() -> Manifest:
    return Manifest()


def line(number: int) -> File:
    return File(name=f"Exchange/{number} é.json", size=2**40, md5="m", sha256=f"{number:064d}", modified_at=NOW)


def index_of(export: Export, files: list[File]) -> FileNameIndex:
    index = FileNameIndex(export.id, len(files))
    for file in files:
        index.add(file)
    return index


@pytest.mark.parametrize("count", [1, LINES_WITHOUT_INDEX, LINES_WITHOUT_INDEX + 1, LONG])
@pytest.mark.parametrize("indexed", [True, False])
async def test_lines_are_found_by_their_names_in_the_order_of_the_request(
    manifest: Manifest, count: int, *, indexed: bool
) -> None:
    export = await manifest.store(count, indexed=indexed)
    numbers = sorted({count, 1, count // 2 + 1}, reverse=True)
    names = [line(number).name for number in numbers]
    found = await manifest.names.find(export, ["absent", *names, "Exchange/1"])
    assert list(found.items()) == [(number, line(number)) for number in numbers]
    assert await manifest.names.find(export, ["absent"]) == {}


@pytest.mark.parametrize("count", [LINES_WITHOUT_INDEX + 1, LONG, 4 * LONG])
async def test_a_request_reads_as_many_rows_as_it_names_files_twice_at_most(manifest: Manifest, count: int) -> None:
    export = await manifest.store(count)
    numbers = range(1, count + 1, count // MOST_NAMES)[:MOST_NAMES]
    found = await manifest.names.find(export, [line(number).name for number in numbers])
    assert list(found) == list(numbers)
    assert set(manifest.table.calls) == {"get"}
    assert manifest.table.calls["get"] <= 2 * MOST_NAMES


@pytest.mark.parametrize("count", [1, LINES_WITHOUT_INDEX])
async def test_a_short_manifest_is_read_in_one_call_and_has_no_index(manifest: Manifest, count: int) -> None:
    export = await manifest.store(count)
    assert manifest.rows_with_names(export) == count
    await manifest.names.find(export, [line(1).name, "absent"])
    assert manifest.table.calls == Counter(range=1)


async def test_the_names_of_an_index_are_spread_and_fit_into_columns(manifest: Manifest) -> None:
    export = await manifest.store(LONG)
    rows = [found.row for found in manifest.table.rows(export.id, *FILE_KEYS) if "numbers" in found.row]
    assert len(rows) == LONG // NAMES_PER_ROW
    assert max(len(row["numbers"]) for row in rows) < COLUMN_UNITS
    assert not any("Exchange" in row["numbers"] for row in rows)


def test_where_a_name_is_depends_on_the_export() -> None:
    """So nobody can name files so that they all fall into one row, which would then be too large to be stored."""
    files = [line(number) for number in range(1, LONG + 1)]
    one, other = (index_of(fresh(), files).rows("a" * 64) for _ in range(2))
    assert one[0]["RowKey"] == other[0]["RowKey"]
    assert one[0]["numbers"] != other[0]["numbers"]


async def test_an_index_of_another_manifest_does_not_count(manifest: Manifest) -> None:
    """A step that was late may have stored one, from what the container had then."""
    export = await manifest.store(LONG)
    stale = index_of(export, [line(number) for number in range(LONG, 0, -1)])
    await manifest.names.store(export, stale.rows("b" * 64))
    assert list(await manifest.names.find(export, [line(7).name])) == [7]


async def test_a_name_that_the_index_has_and_the_line_has_not_is_not_found(manifest: Manifest) -> None:
    export = await manifest.store(LONG)
    manifest.row(export, "file-001-00000007")["fileName"] = "other"
    assert await manifest.names.find(export, [line(7).name]) == {}


async def test_a_line_that_was_deleted_by_hand_is_not_found(manifest: Manifest) -> None:
    export = await manifest.store(LONG)
    manifest.table.apply([Delete(export.id, "file-001-00000007")])
    assert list(await manifest.names.find(export, [line(7).name, line(8).name])) == [8]


async def test_an_export_without_a_manifest_has_no_files(manifest: Manifest) -> None:
    assert await manifest.names.find(await manifest.store(0), ["a"]) == {}


@pytest.mark.parametrize("numbers", ["[]", "{", '{"a":"b"}', None])
async def test_an_index_that_can_not_be_read_says_which_row(manifest: Manifest, numbers: str | None) -> None:
    export = await manifest.store(LONG)
    for found in manifest.table.rows(export.id, "filename-", "filename."):
        found.row["numbers"] = numbers
    with pytest.raises(UnreadableRowError) as error:
        await manifest.names.find(export, [line(7).name])
    assert error.value.key.startswith("filename-")


async def test_an_erased_manifest_gets_no_index(manifest: Manifest) -> None:
    export = await manifest.store(LONG, indexed=False)
    await manifest.records.erase_files(export.id)
    with pytest.raises(ConflictError):
        await manifest.names.store(export, index_of(export, [line(n) for n in range(1, LONG + 1)]).rows("a" * 64))
    assert manifest.rows_with_names(export) == 0


@pytest.mark.parametrize("do", ["erase", "index"])
async def test_an_index_stops_where_somebody_else_erases_or_stores_it(manifest: Manifest, do: str) -> None:
    """No row may come after an erasure, however late a process is."""
    count = 20_000
    export = await manifest.store(LONG, indexed=False)
    rows = index_of(export, [line(number) for number in range(1, count + 1)]).rows("a" * 64)
    assert len(rows) > MANIFEST_LINES_PER_WRITE

    async def interfere(call: str) -> None:
        if call == "transact" and "late" not in interfered:
            interfered.append("late")
            if do == "erase":
                await manifest.records.erase_files(export.id)
            else:
                await manifest.names.store(export, rows)

    interfered: list[str] = []
    manifest.table.after = interfere  # type: ignore[method-assign]
    with pytest.raises(ConflictError):
        await manifest.names.store(export, rows)
    assert manifest.rows_with_names(export) == (0 if do == "erase" else LONG + len(rows))


async def test_an_index_that_is_stored_again_is_the_same(manifest: Manifest) -> None:
    export = await manifest.store(LONG)
    before = [found.row for found in manifest.table.rows(export.id, *FILE_KEYS)]
    rows = index_of(export, [line(number) for number in range(1, LONG + 1)]).rows("a" * 64)
    await manifest.names.store(export, rows)
    assert [found.row for found in manifest.table.rows(export.id, *FILE_KEYS)] == before


async def test_an_erasure_deletes_the_index_with_the_manifest(manifest: Manifest) -> None:
    export = await manifest.store(LONG)
    assert manifest.rows_with_names(export) == LONG + LONG // NAMES_PER_ROW
    await manifest.records.erase_files(export.id)
    assert [found.row["RowKey"] for found in manifest.table.rows(export.id, "f", "g")] == []


def link_of_1_0_0(export: Export, number: int, detail: str, kind: str = "LinkCreated") -> Upsert:
    row = {"eventType": kind, "eventDateTime": NOW, "actor": "somebody", "detail": detail}
    return Upsert({"PartitionKey": export.id, "RowKey": f"event-{number:06d}", **row})


def details(manifest: Manifest, export: Export) -> list[str]:
    return [found.row["detail"] for found in manifest.table.rows(export.id, "event-000100", "event.")]


async def test_names_in_a_trail_of_1_0_0_become_numbers_and_hashes(manifest: Manifest) -> None:
    export = await manifest.store(3)
    manifest.row(export, "file-001-00000003")["sha256"] = 3
    until = '"until":"2026-11-02T10:00:00Z"'
    given = {
        '{"file":"Exchange/2 é.json",' + until + "}": f'{{"number":2,"sha256":"{2:064d}",{until}}}',
        '{"file":"not in the manifest",' + until + "}": f"{{{until}}}",
        '{"file":"Exchange/3 é.json",' + until + "}": f"{{{until}}}",
        f'{{"number":1,"sha256":"x",{until}}}': f'{{"number":1,"sha256":"x",{until}}}',
        "{": "{",
        "[]": "[]",
    }
    manifest.table.apply([link_of_1_0_0(export, number, detail) for number, detail in enumerate(given, 100)])
    manifest.table.apply([link_of_1_0_0(export, 200, '{"file":"kept"}', "Warned")])
    for _ in range(2):
        await manifest.names.remove_from_trail(export)
        assert details(manifest, export) == [*given.values(), '{"file":"kept"}']
    events = await manifest.records.events(export.id, after=99)
    assert [(event.actor, event.at) for event in events] == [("somebody", NOW)] * 5


async def test_names_in_a_trail_whose_manifest_is_gone_are_removed(manifest: Manifest) -> None:
    export = await manifest.store(2)
    await manifest.records.erase_files(export.id)
    events = [link_of_1_0_0(export, number, '{"file":"a","until":"u"}') for number in range(100, 295)]
    for start in (0, 90, 180):
        manifest.table.apply(events[start : start + 90])
    await manifest.names.remove_from_trail(export)
    assert details(manifest, export) == ['{"until":"u"}'] * 195


async def test_a_trail_without_names_is_read_and_no_more(manifest: Manifest) -> None:
    await manifest.names.remove_from_trail(await manifest.store(2))
    assert manifest.table.calls == Counter(range=1)
