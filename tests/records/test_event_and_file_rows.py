"""Events and manifest lines as rows, and back."""

from dataclasses import replace

import pytest

from shared.exports.audit_trail import add_event
from shared.exports.exceptions import UnreadableRowError
from shared.exports.export import File, ManifestProgress
from shared.exports.states_and_codes import EventType
from shared.protocols import Int64
from shared.records.event_and_file_rows import (
    EVENT_KEYS,
    FILE_KEYS,
    event_from_row,
    event_key_range,
    file_from_row,
    file_key_range,
    to_event_rows,
    to_file_rows,
)
from shared.records.wide_columns import COLUMN_UNITS
from tests.exports.samples import NOW, complete, running, succeeded, without_events
from tests.fakes.table_limits import utf16_length

FILE = File(name="Exchange/a é.json", size=2**40, md5="m", sha256=None, modified_at=NOW, crc32=2**32 - 1)


def test_an_event_reads_back() -> None:
    export = succeeded()
    rows = to_event_rows(export)
    assert tuple(event_from_row(row) for row in rows) == export.unsaved
    assert all(EVENT_KEYS[0] < row["RowKey"] < EVENT_KEYS[1] for row in rows)


@pytest.mark.parametrize(
    "change",
    [
        {"eventType": "Dreamt"},
        {"eventDateTime": "now"},
        {"actor": None},
        {"detail": "[]"},
        {"detail": "{"},
        {"detail": '{"attempt":1.5}'},
        {"sha256": 1},
        {"previousSha256": 1},
    ],
    ids=str,
)
def test_an_event_that_this_version_can_not_read_says_which_one(change: dict[str, object]) -> None:
    row = to_event_rows(running())[0] | change
    with pytest.raises(UnreadableRowError) as error:
        event_from_row(row)
    assert (error.value.partition, error.value.key) == (running().id, "event-000001")


@pytest.mark.parametrize("letter", ["x", '"', "\U0001f600"])
def test_the_details_of_an_event_fit_into_a_column(letter: str) -> None:
    message = letter * 30_000
    export = add_event(without_events(running()), EventType.FAILED, NOW, code="Forbidden", message=message, attempt=3)
    (row,) = to_event_rows(export)
    assert utf16_length(row["detail"]) <= COLUMN_UNITS
    detail = event_from_row(row).detail
    assert (detail["code"], detail["attempt"]) == ("Forbidden", 3)
    assert message.startswith(str(detail["message"])[:-1])


def test_an_event_of_an_earlier_version_has_no_hashes() -> None:
    rows = [
        {name: value for name, value in row.items() if name not in {"sha256", "previousSha256"}}
        for row in to_event_rows(running())
    ]
    events = [event_from_row(row) for row in rows]
    assert {(event.sha256, event.previous_sha256) for event in events} == {(None, None)}
    assert [event.number for event in events] == list(range(1, len(rows) + 1))


def test_an_event_with_a_key_that_is_no_number_is_unreadable() -> None:
    with pytest.raises(UnreadableRowError):
        event_from_row(to_event_rows(running())[0] | {"RowKey": "event-b"})


def test_events_are_in_order_however_many_there_are() -> None:
    numbers = [1, 2, 10, 999_998, 999_999, 1_000_000, 1_000_001, 10_000_000, 99_999_999]
    events = [replace(running().unsaved[0], number=number) for number in numbers]
    rows = to_event_rows(replace(running(), unsaved=tuple(events)))
    assert [event_from_row(row) for row in rows] == events
    keys = [row["RowKey"] for row in rows]
    assert keys == sorted(keys)
    assert all(event_key_range(1, None)[0] <= key < event_key_range(1, None)[1] for key in keys)
    first, end = event_key_range(999_999, 1_000_001)
    assert [number for number, key in zip(numbers, keys, strict=True) if first <= key < end] == [999_999, 1_000_000]


def test_a_line_of_the_manifest_reads_back_with_its_numbers_in_64_bits() -> None:
    export = replace(complete(), files=ManifestProgress(count=3))
    rows = to_file_rows(export, [FILE, FILE])
    assert [file_from_row(row) for row in rows] == [FILE, FILE]
    assert [row["RowKey"] for row in rows] == ["file-001-00000002", "file-001-00000003"]
    assert all(isinstance(rows[0][column], Int64) for column in ("fileSize", "crc32"))
    assert "sha256" not in rows[0]


def test_a_line_that_an_earlier_version_wrote_has_no_crc32() -> None:
    row = to_file_rows(complete(), [FILE])[0]
    del row["crc32"]
    assert file_from_row(row) == replace(FILE, crc32=None)


def test_the_lines_of_an_attempt_are_one_range_of_keys() -> None:
    export = complete()
    first, end = file_key_range(export)
    (row,) = to_file_rows(export, [FILE])
    assert FILE_KEYS[0] < first <= row["RowKey"] < end < FILE_KEYS[1]
    assert file_key_range(export, 5, 7) == ("file-001-00000005", "file-001-00000007")


def test_a_line_that_this_version_can_not_read_says_which_one() -> None:
    export = replace(complete(), files=ManifestProgress(count=1))
    row = to_file_rows(export, [FILE])[0] | {"fileSize": "big"}
    with pytest.raises(UnreadableRowError) as error:
        file_from_row(row)
    assert (error.value.partition, error.value.key) == (export.id, "file-001-00000001")
