"""A table: what it stores, what it refuses, and in which order it gives back. On the fake and on Azurite."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from shared.exports.exceptions import StorageFailedError
from shared.exports.states_and_codes import EventType
from shared.protocols import (
    Create,
    Delete,
    Int64,
    Operation,
    Replace,
    Row,
    RowChangedError,
    RowExistsError,
    RowMissingError,
    RowTooLargeError,
    Table,
    Upsert,
)
from tests.fakes.in_memory_table import InMemoryTable

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


def row(key: str = "key", partition: str = "partition", /, **columns: Any) -> Row:
    return {"PartitionKey": partition, "RowKey": key, **columns}


async def store(table: Table, *keys: str, **columns: Any) -> None:
    for start in range(0, len(keys), 100):
        await table.transact([Upsert(row(key, **columns)) for key in keys[start : start + 100]])


async def keys(rows: AsyncIterator[Row]) -> list[str]:
    return [found["RowKey"] async for found in rows]


async def stored(table: Table, key: str = "key") -> Row:
    found = await table.get("partition", key)
    assert found is not None
    return found.row


async def test_a_table_that_does_not_exist_reads_empty(table: Table) -> None:
    assert await table.get("partition", "key") is None
    assert await keys(table.range("partition", "", "~")) == []
    assert await keys(table.scan("key", "at", NOON, ["RowKey"])) == []
    with pytest.raises(RowMissingError):
        await table.transact([Delete("partition", "key")])


async def test_each_type_reads_back_as_it_was_stored(table: Table) -> None:
    columns = {
        "text": "a'b \U0001f600 \n",
        "empty": "",
        "enum": EventType.FAILED,
        "yes": True,
        "number": -(2**31),
        "large": Int64(2**40),
        "small": Int64(7),
        "share": 0.5,
        "whole": 1.0,
        "at": NOON + timedelta(microseconds=123457),
    }
    await table.transact([Create(row(**columns))])
    found = await stored(table)
    assert found == row(**columns)
    assert {name: type(found[name]) for name in columns if name != "at"} == {
        "text": str,
        "empty": str,
        "enum": str,
        "yes": bool,
        "number": int,
        "large": int,
        "small": int,
        "share": float,
        "whole": float,
    }
    assert isinstance(found["at"], datetime)


async def test_a_time_reads_back_in_utc(table: Table) -> None:
    await table.transact([Create(row(at=datetime(2026, 11, 1, 14, tzinfo=timezone(timedelta(hours=2)))))])
    at = (await stored(table))["at"]
    assert (at, at.utcoffset()) == (NOON, timedelta())


@pytest.mark.parametrize("value", [None, b"bytes", ["list"], {"a": 1}])
async def test_a_row_can_not_have_every_type(table: Table, value: object) -> None:
    with pytest.raises(TypeError):
        await table.transact([Create(row(value=value))])


async def test_some_columns_of_a_row(table: Table) -> None:
    [etag] = await table.transact([Create(row(one=1, two=2))])
    found = await table.get("partition", "key", ["two", "RowKey", "three"])
    assert found is not None
    assert (found.row, found.etag) == ({"two": 2, "RowKey": "key"}, etag)
    assert [each async for each in table.range("partition", "", "~", columns=["one", "three"])] == [{"one": 1}]


@pytest.mark.parametrize("key", ["", "a b", "a'b", "a%2Fb", "a+b", "a&b=c", "a|b", "é", "\U0001f600", "k" * 512])
async def test_a_key_can_have_almost_any_character(table: Table, key: str) -> None:
    [etag] = await table.transact([Create(row(key, f"p{key[:500]}"))])
    found = await table.get(f"p{key[:500]}", key)
    assert found is not None
    assert found.row["RowKey"] == key
    assert await keys(table.range(f"p{key[:500]}", key, "\uffff")) == [key]
    await table.transact([Replace(row(key, f"p{key[:500]}", a=1), etag)])
    await table.transact([Delete(f"p{key[:500]}", key)])


async def test_the_etag_changes_with_each_write(table: Table) -> None:
    etags = [*await table.transact([Create(row(one=1))]), *await table.transact([Upsert(row(one=1))])]
    etags += await table.transact([Replace(row(one=1), etags[-1])])
    found = await table.get("partition", "key")
    assert found is not None
    assert found.etag == etags[-1]
    assert len(set(etags)) == 3
    await table.transact([Delete("partition", "key")])
    assert (await table.transact([Create(row(one=1))]))[0] not in etags


async def test_a_row_is_created_once(table: Table) -> None:
    await table.transact([Create(row(one=1))])
    with pytest.raises(RowExistsError):
        await table.transact([Create(row(one=2))])
    assert await stored(table) == row(one=1)


async def test_an_upsert_merges_and_a_replace_does_not(table: Table) -> None:
    await table.transact([Upsert(row(one=1, two=1))])
    [etag] = await table.transact([Upsert(row(two=2))])
    assert await stored(table) == row(one=1, two=2)
    await table.transact([Replace(row(three=3), etag)])
    assert await stored(table) == row(three=3)


async def test_a_replace_is_of_the_state_that_was_read(table: Table) -> None:
    [first] = await table.transact([Create(row(one=1))])
    [second] = await table.transact([Replace(row(one=2), first)])
    with pytest.raises(RowChangedError):
        await table.transact([Replace(row(one=3), first)])
    assert await stored(table) == row(one=2)
    await table.transact([Delete("partition", "key")])
    with pytest.raises(RowMissingError):
        await table.transact([Replace(row(one=3), second)])
    assert await table.get("partition", "key") is None


async def test_a_row_is_deleted_once(table: Table) -> None:
    [etag] = await table.transact([Create(row())])
    assert etag
    assert await table.transact([Delete("partition", "key")]) == [""]
    with pytest.raises(RowMissingError):
        await table.transact([Delete("partition", "key")])


async def test_a_transaction_gives_the_etag_of_each_row(table: Table) -> None:
    await table.transact([Create(row("gone")), Create(row("there", one=1))])
    etags = await table.transact([Create(row("new")), Delete("partition", "gone"), Upsert(row("there", two=2))])
    assert etags[1] == ""
    for key, etag in zip(("new", "there"), (etags[0], etags[2]), strict=True):
        found = await table.get("partition", key)
        assert found is not None
        assert found.etag == etag


@pytest.mark.parametrize(
    ("refused", "error"),
    [
        (Create(row("there")), RowExistsError),
        (Replace(row("there"), "W/\"datetime'2026-01-01T00%3A00%3A00.0000000Z'\""), RowChangedError),
        (Replace(row("gone"), "W/\"datetime'2026-01-01T00%3A00%3A00.0000000Z'\""), RowMissingError),
        (Delete("partition", "gone"), RowMissingError),
        (Upsert(row("large", text="x" * 32769)), RowTooLargeError),
    ],
    ids=["create", "replace changed", "replace missing", "delete", "too large"],
)
async def test_all_of_a_transaction_is_done_or_nothing(
    table: Table, refused: Operation, error: type[Exception]
) -> None:
    await store(table, "there", "other", one=1)
    with pytest.raises(error):
        await table.transact([Create(row("new")), Upsert(row("other", one=2)), refused, Create(row("newer"))])
    assert [each async for each in table.range("partition", "", "~")] == [row("other", one=1), row("there", one=1)]


async def test_rows_are_no_aliases(table: Table) -> None:
    given = row(one=1)
    await table.transact([Create(given)])
    given["one"] = 2
    (await stored(table))["one"] = 3
    async for each in table.range("partition", "", "~"):
        each["one"] = 4
    assert await stored(table) == row(one=1)


async def test_a_range_is_in_the_order_of_utf_16(table: Table) -> None:
    ordered = ["", "-", "0", "A", "_", "a", "a b", "a|", "b", "~", "é", "\U0001f600", "\ue000", "\uffee"]
    await store(table, *reversed(ordered))
    assert await keys(table.range("partition", "", "\uffff")) == ordered
    assert await keys(table.range("partition", "é", "\uffee")) == ["é", "\U0001f600", "\ue000"]


async def test_a_range_has_its_first_key_and_not_its_end(table: Table) -> None:
    await store(table, "a", "b", "c", "d")
    await table.transact([Create(row("b", "another"))])
    assert await keys(table.range("partition", "b", "d")) == ["b", "c"]
    assert await keys(table.range("partition", "b", "d", after="b")) == ["c"]
    assert await keys(table.range("partition", "b", "d", after="a")) == ["b", "c"]
    assert await keys(table.range("partition", "b", "d", after="c")) == []
    assert await keys(table.range("partition", "a'", "d")) == ["b", "c"]
    assert await keys(table.range("nowhere", "", "~")) == []
    assert await keys(table.range("partition", "c", "b")) == []


async def test_a_limited_range_goes_on_where_it_ended(table: Table) -> None:
    await store(table, *"abcde")
    assert await keys(table.range("partition", "", "~", limit=2)) == ["a", "b"]
    assert await keys(table.range("partition", "", "~", after="b", limit=2)) == ["c", "d"]
    assert await keys(table.range("partition", "", "~", after="d", limit=2)) == ["e"]


async def test_a_long_range_comes_whole(table: Table) -> None:
    many = [f"{number:05}" for number in range(2100)]
    await store(table, *many)
    assert await keys(table.range("partition", "", "~")) == many
    assert await keys(table.range("partition", "", "~", after="00000", limit=1500)) == many[1:1501]


async def test_a_scan_finds_a_key_in_all_partitions(table: Table) -> None:
    """Azurite differs: it compares times by the millisecond, the service by its tenth of a microsecond."""
    times: dict[str, Any] = {"early": NOON - timedelta(milliseconds=1), "late": NOON, "never": None}
    for partition, at in times.items():
        columns = {"one": 1} if at is None else {"one": 1, "at": at}
        await table.transact([Create(row("export", partition, **columns)), Create(row("event", partition, **columns))])
    found = [each async for each in table.scan("export", "at", NOON, ["PartitionKey", "one", "two"])]
    assert found == [{"PartitionKey": "early", "one": 1}]
    found = [each async for each in table.scan("export", "at", NOON + timedelta(milliseconds=1), ["PartitionKey"])]
    assert found == [{"PartitionKey": "early"}, {"PartitionKey": "late"}]


async def test_a_scan_goes_on_after_a_partition(table: Table) -> None:
    ordered = ["", "-", "0", "A", "a", "a'b", "é", "\U0001f600", "\ue000"]
    for partition in reversed(ordered):
        await table.transact([Create(row("export", partition, at=NOON))])

    async def partitions(after: str | None) -> list[str]:
        rows = table.scan("export", "at", NOON + timedelta(days=1), ["PartitionKey"], after=after)
        return [found["PartitionKey"] async for found in rows]

    assert await partitions(None) == ordered
    assert [await partitions(each) for each in ordered] == [ordered[place:] for place in range(1, len(ordered) + 1)]
    assert await partitions("B") == ordered[4:], "where no row is any more"


ACCEPTED = ""


@dataclass(frozen=True)
class Refusal:
    """What the service refuses, with which code, and what Azurite does instead where it differs."""

    name: str
    operations: Sequence[Operation]
    code: str
    azurite: str | None = None


TOO_LARGE = {"EntityTooLarge", "PropertyValueTooLarge", "RequestBodyTooLarge", "TooManyProperties"}
LARGE = {f"text{number}": "x" * 32_000 for number in range(17)}
REFUSALS = [
    *(
        Refusal(f"{name} key with {character!a}", [kind(row(f"a{character}b"))], "InvalidInput")
        for character in "/\\#?\n\x7f\x9f"
        for name, kind in (("created", Create), ("upserted", Upsert))
    ),
    Refusal("partition", [Create(row("key", "a/b"))], "InvalidInput"),
    Refusal("long key", [Upsert(row("k" * 513))], "KeyValueTooLarge", "InvalidInput"),
    Refusal("long partition", [Create(row("key", "p" * 513))], "KeyValueTooLarge", "InvalidInput"),
    Refusal("long text", [Create(row(text="x" * 32769))], "PropertyValueTooLarge"),
    Refusal("long text of pairs", [Create(row(text="\U0001f600" * 16385))], "PropertyValueTooLarge"),
    Refusal("large row", [Create(row(**LARGE))], "EntityTooLarge", ACCEPTED),
    Refusal("many columns", [Create(row(**{f"c{number}": 1 for number in range(253)}))], "TooManyProperties", ACCEPTED),
    Refusal("large number", [Create(row(number=2**31))], "InvalidInput", ACCEPTED),
    Refusal("low number", [Create(row(number=-(2**31) - 1))], "InvalidInput", ACCEPTED),
    Refusal("larger number", [Create(row(number=Int64(2**63)))], "InvalidInput", ACCEPTED),
    Refusal("early time", [Create(row(at=datetime(1600, 12, 31, tzinfo=UTC)))], "OutOfRangeInput", ACCEPTED),
    Refusal("column with a hyphen", [Create(row(**{"a-b": 1}))], "PropertyNameInvalid", ACCEPTED),
    Refusal("long column", [Create(row(**{"c" * 256: 1}))], "PropertyNameTooLong", ACCEPTED),
    Refusal("101 operations", [Upsert(row(f"{number}")) for number in range(101)], "InvalidInput"),
    Refusal("one row twice", [Upsert(row()), Delete("partition", "key")], "InvalidDuplicateRow"),
    Refusal(
        "two partitions",
        [Upsert(row()), Upsert(row("key", "another"))],
        "CommandsInBatchActOnDifferentPartitions",
        ACCEPTED,
    ),
    Refusal(
        "5 MiB",
        [Upsert(row(f"{number}", a="x" * 32768, b="x" * 32768)) for number in range(80)],
        "RequestBodyTooLarge",
    ),
]


LARGE_BODY = pytest.mark.filterwarnings("ignore:Sending a large body:ResourceWarning")
"""The HTTP client's warning: the product sends none of a megabyte."""


@LARGE_BODY
@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.name)
async def test_what_the_service_refuses(table: Table, refusal: Refusal) -> None:
    on_azurite = not isinstance(table, InMemoryTable)
    if on_azurite and refusal.azurite == ACCEPTED:
        await table.transact(refusal.operations)
        return
    with pytest.raises(RowTooLargeError if refusal.code in TOO_LARGE else StorageFailedError) as refused:
        await table.transact(refusal.operations)
    code = refusal.azurite if on_azurite and refusal.azurite else refusal.code
    assert str(refused.value).partition(":")[0] == code
    assert await keys(table.range("partition", "", "\uffff")) == []


AT_THE_LIMIT: dict[str, Sequence[Operation]] = {
    "text": [Create(row(text="x" * 32768))],
    "text of pairs": [Create(row(text="\U0001f600" * 16384))],
    "keys": [Create(row("k" * 512, "p" * 512))],
    "row": [Create(row(**{f"text{number}": "x" * 32_000 for number in range(16)}))],
    "columns": [Create(row(**{f"c{number}": 1 for number in range(252)}))],
    "numbers": [Create(row(low=-(2**31), high=2**31 - 1, lowest=Int64(-(2**63)), highest=Int64(2**63 - 1)))],
    "operations": [Upsert(row(f"{number}")) for number in range(100)],
    "payload": [Upsert(row(f"{number}", a="x" * 32_000, b="x" * 32_000)) for number in range(60)],
}


@LARGE_BODY
@pytest.mark.parametrize("operations", AT_THE_LIMIT.values(), ids=AT_THE_LIMIT.keys())
async def test_what_the_service_stores_just_so(table: Table, operations: Sequence[Operation]) -> None:
    etags = await table.transact(operations)
    assert len(etags) == len(operations)
    for operation in operations:
        assert isinstance(operation, Create | Upsert)
        found = await table.get(operation.row["PartitionKey"], operation.row["RowKey"])
        assert found is not None
        assert found.row == operation.row


async def test_a_key_that_can_not_be_is_not_read_either() -> None:
    """Azurite differs: it finds nothing, or breaks at a slash."""
    with pytest.raises(StorageFailedError) as refused:
        await InMemoryTable().get("partition", "a/b")
    assert refused.value.code == "InvalidInput"
