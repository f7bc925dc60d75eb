"""The rows of a batch in CSV, as the items that JSON would have."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.http.api_errors import ApiError
from shared.http.csv_bodies import read_csv_batch

GUID = "0b0f2a34-9f3f-4d0f-8a6b-54a4c1b6f001"


def read(text: str) -> list[object]:
    return read_csv_batch(text.encode())


def test_a_row_has_the_fields_of_its_columns() -> None:
    assert read(
        "id,type,reference,dueDateTime,receivedDateTime,allowDuplicate\n"
        f"{GUID},user,r,2026-12-01T09:00:00Z,2026-11-01T09:00:00Z,true\n"
    ) == [
        {
            "subject": {"type": "user", "id": GUID},
            "reference": "r",
            "dueDateTime": "2026-12-01T09:00:00Z",
            "receivedDateTime": "2026-11-01T09:00:00Z",
            "allowDuplicate": True,
        }
    ]


def test_an_empty_cell_is_a_field_left_out() -> None:
    assert read("type,id,reference\nuser,,\n,,\nuser\n") == [
        {"subject": {"type": "user"}},
        {"subject": {}},
        {"subject": {"type": "user"}},
    ]


@pytest.mark.parametrize(("cell", "value"), [("TRUE", True), ("False", False), ("yes", "yes"), ("1", "1")])
def test_a_boolean_is_true_or_false_in_any_case(cell: str, value: object) -> None:
    assert read(f"type,id,allowDuplicate\nuser,x,{cell}\n") == [
        {"subject": {"type": "user", "id": "x"}, "allowDuplicate": value}
    ]


def test_cells_beyond_the_header_are_an_unknown_field() -> None:
    assert read("type,id\nuser,x,y,z\n") == [{"subject": {"type": "user", "id": "x"}, "beyond the header": ["y", "z"]}]


def test_a_byte_order_mark_quotes_and_line_ends_are_those_of_spreadsheets() -> None:
    assert read('\ufefftype,id,reference\r\nuser,x,"a, ""b""\r\nc"\r\n\r\n') == [
        {"subject": {"type": "user", "id": "x"}, "reference": 'a, "b"\r\nc'}
    ]


@pytest.mark.parametrize(
    ("body", "target"),
    [
        (b"type,id\nuser,\xff\n", "body"),
        (b'type,id\nuser,"x"y\n', "body"),
        (b'type,id\nuser,"x\n', "body"),
        (b"", "header"),
        (b"type\nuser\n", "header"),
        (b"type,id,callbackUrl\n", "header"),
        (b"type,id,id\n", "header"),
        (b"type;id\n", "header"),
        (b"Type,Id\n", "header"),
    ],
)
def test_what_is_no_batch_is_refused(body: bytes, target: str) -> None:
    with pytest.raises(ApiError) as error:
        read_csv_batch(body)
    assert (error.value.status, error.value.code, error.value.target) == (400, "InvalidCsv", target)


@given(st.text(max_size=100))
def test_no_text_breaks_it(text: str) -> None:
    try:
        items = read_csv_batch(f"type,id\n{text}".encode(errors="replace"))
    except ApiError:
        return
    assert all(isinstance(item, dict) and "subject" in item for item in items)
