"""Columns are read with their types, and a row that can't be read harms itself alone."""

import logging
from collections.abc import AsyncIterator
from datetime import datetime
from enum import StrEnum
from typing import Any

import pytest

from shared.exports.exceptions import UnreadableRowError
from shared.exports.states_and_codes import Status
from shared.protocols import Row
from shared.records.column_reader import ColumnError, ColumnReader, only_readable, readable, reading
from tests.exports.samples import NOW

PRIVATE = "ana@contoso.example"


def row(**columns: object) -> Row:
    return {"PartitionKey": "p", "RowKey": "k", **columns}


def number_of(row: Row) -> int:
    with reading(row) as columns:
        return columns.need("number", int)


def test_a_column_is_read_with_its_type() -> None:
    columns = ColumnReader({"text": "x", "number": 1, "flag": False, "share": 0.5, "at": NOW, "status": "Running"})
    assert (columns.need("text", str), columns.need("number", int), columns.need("at", datetime)) == ("x", 1, NOW)
    assert (columns.find("flag", bool), columns.find("share", float), columns.find("number", float)) == (False, 0.5, 1)
    assert columns.choice("status", Status) is Status.RUNNING
    assert columns.find("other", str) is None
    assert [columns.has(name) for name in ("flag", "other")] == [True, False]


def test_none_counts_as_absent() -> None:
    columns = ColumnReader({"text": None, "at": None})
    assert (columns.find("text", str), columns.time_text("at"), columns.has("text")) == (None, None, False)


def test_a_time_can_be_kept_as_text() -> None:
    assert ColumnReader({"at": NOW.isoformat()}).time_text("at") == NOW
    for wrong in ("soon", "2026-11-01T09:00:00"):
        with pytest.raises(ValueError, match=r"soon|no zone"):
            ColumnReader({"at": wrong}).time_text("at")


@pytest.mark.parametrize(
    ("value", "kind"),
    [(1, str), ("1", int), (True, int), (1.5, int), (True, float), (1, bool), ("x", datetime), (PRIVATE, float)],
)
def test_a_value_of_another_type_is_refused(value: object, kind: type) -> None:
    with pytest.raises(ColumnError) as error:
        ColumnReader({"column": value}).find("column", kind)
    assert "column" in str(error.value)
    assert PRIVATE not in str(error.value)


def test_what_must_be_there_is_missed() -> None:
    with pytest.raises(ColumnError, match="number is missing"):
        ColumnReader({}).need("number", int)


def test_a_word_that_this_version_does_not_know_is_refused() -> None:
    class Colour(StrEnum):
        RED = "red"

    with pytest.raises(ColumnError, match="colour is no Colour that this version knows"):
        ColumnReader({"colour": PRIVATE}).choice("colour", Colour)


def test_an_item_that_is_no_object_is_refused() -> None:
    not_an_object: Any = [1]
    with pytest.raises(ColumnError):
        ColumnReader(not_an_object)


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (ColumnError("number is missing"), "number is missing"),
        (KeyError(PRIVATE), "KeyError"),
        (ValueError(PRIVATE), "ValueError"),
        (TypeError(PRIVATE), "TypeError"),
        (OverflowError(PRIVATE), "OverflowError"),
        (OSError(PRIVATE), "OSError"),
        (RecursionError(PRIVATE), "RecursionError"),
    ],
)
def test_whatever_a_row_raises_names_the_row_and_nothing_in_it(error: Exception, why: str) -> None:
    with pytest.raises(UnreadableRowError) as unreadable, reading(row(name=PRIVATE)):
        raise error
    assert (unreadable.value.partition, unreadable.value.key) == ("p", "k")
    assert str(unreadable.value) == f"The row k of p can't be read: {why}"
    assert unreadable.value.__cause__ is None


async def test_rows_that_can_not_be_read_are_logged_and_left_out(caplog: pytest.LogCaptureFixture) -> None:
    rows = [row(number=PRIVATE), row(number=1), row()]
    assert only_readable(rows, number_of) == [1]
    assert [each.levelno for each in caplog.records] == [logging.WARNING] * 2

    async def listed() -> AsyncIterator[Row]:
        for each in rows:
            yield each

    assert [number async for number in readable(listed(), number_of)] == [1]
    assert PRIVATE not in caplog.text
