"""The rows of a batch in CSV, as the items that JSON would have."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.http.api_errors import ApiError
from shared.http.csv_bodies import MAX_CSV_ROWS, read_csv_batch
from tests.http.reading_costs import cost, memory

GUID = "0b0f2a34-9f3f-4d0f-8a6b-54a4c1b6f001"
ITEM = {"subject": {"type": "user", "id": "x"}}
MANY = 1001


def read(text: str, most: int = MANY) -> list[object]:
    return read_csv_batch(text.encode(), most)


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
    assert read("type,id,reference\nuser,,\nuser\n,,r\n") == [
        {"subject": {"type": "user"}},
        {"subject": {"type": "user"}},
        {"subject": {}, "reference": "r"},
    ]


@pytest.mark.parametrize("empty", ["", ",,", " , ,\u00a0", '""', '"","",""', "\t", ",,,,,"])
def test_a_row_without_a_value_is_none(empty: str) -> None:
    assert read(f"{empty}\ntype,id,reference\n{empty}\nuser,x,\n{empty}\nuser,x\n{empty}") == [ITEM, ITEM]


def test_the_empty_rows_that_a_spreadsheet_adds_are_none() -> None:
    assert read("type,id,reference\n" + "user,x,\n" * 10 + ",,\n" * 1247) == [ITEM] * 10


def test_columns_without_a_name_and_values_are_none() -> None:
    assert read("type,id,reference,,\nuser,x,,,\nuser,x,r,, \n") == [ITEM, ITEM | {"reference": "r"}]
    assert read(",type,,id\n,user,,x\n") == [ITEM]


@pytest.mark.parametrize(
    ("row", "column"), [("user,x,,y,z", "column 4"), ("user,x,y", "column 3"), ("user,x,,,,,y", "column 7")]
)
def test_a_value_in_a_column_without_a_name_is_an_unknown_field(row: str, column: str) -> None:
    assert read(f"type,id,,\n{row}\n") == [ITEM | {column: "y"}]


@pytest.mark.parametrize("first", ["", "sep={}\n", '"sep={}"\r\n', "SEP={}\n", "sep={}{}{}\n", "\ufeffsep={}\n"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_the_separator_is_what_the_header_shows(first: str, separator: str) -> None:
    rows = ["type,id,reference", "user,x,", 'user,x,"a, b; c\td"']
    text = "\n".join(separator.join(row.split(",", 2)) for row in rows)
    assert read(f"{first.replace('{}', separator)}{text}\n") == [ITEM, ITEM | {"reference": "a, b; c\td"}]


def test_only_the_first_row_tells_the_separator() -> None:
    assert read("type,id\nsep=,\nuser,x\n") == [{"subject": {"type": "sep="}}, ITEM]


def test_a_quoted_header_shows_the_separator_too() -> None:
    assert read('"type";"id"\n"user";"x"\n') == [ITEM]


def test_a_cell_may_have_what_separates_elsewhere() -> None:
    assert read("type;id;reference\nuser;x;a, b\n") == [ITEM | {"reference": "a, b"}]


@pytest.mark.parametrize("header", ["Type,ID,REFERENCE", " type , id , reference "])
def test_columns_are_named_in_any_case_with_blanks_around(header: str) -> None:
    assert read(f"{header}\nuser,x,r\n") == [ITEM | {"reference": "r"}]
    assert read("TYPE,ID,RECEIVEDDATETIME,duedatetime,AllowDuplicate\nuser,x,a,b,true") == [
        ITEM | {"receivedDateTime": "a", "dueDateTime": "b", "allowDuplicate": True}
    ]


def test_a_cell_has_no_blanks_around() -> None:
    assert read("type,id,reference\n user ,\u00a0x\t, a b \n") == [ITEM | {"reference": "a b"}]
    assert read('type, id, reference\nuser, "x", "a, b "\n') == [ITEM | {"reference": "a, b"}]


@pytest.mark.parametrize(
    ("cell", "kind"),
    [
        ("User", "user"),
        ("USER", "user"),
        ("inboundshareduserprofile", "inboundSharedUserProfile"),
        ("Group", "Group"),
    ],
)
def test_a_type_may_be_in_any_case(cell: str, kind: str) -> None:
    assert read(f"type,id\n{cell},x\n") == [{"subject": {"type": kind, "id": "x"}}]


@pytest.mark.parametrize(("cell", "value"), [("TRUE", True), ("False", False), ("yes", "yes"), ("1", "1")])
def test_a_boolean_is_true_or_false_in_any_case(cell: str, value: object) -> None:
    assert read(f"type,id,allowDuplicate\nuser,x,{cell}\n") == [
        {"subject": {"type": "user", "id": "x"}, "allowDuplicate": value}
    ]


def test_a_byte_order_mark_quotes_and_line_ends_are_those_of_spreadsheets() -> None:
    assert read('\ufefftype,id,reference\r\nuser,x,"a, ""b""\r\nc"\r\n\r\n') == [
        {"subject": {"type": "user", "id": "x"}, "reference": 'a, "b"\r\nc'}
    ]


def test_rows_may_end_in_any_way() -> None:
    for end in ("\n", "\r\n", "\r"):
        assert read(f"type,id{end}user,x{end}user,x") == [ITEM, ITEM]


@pytest.mark.parametrize(
    ("body", "target", "says"),
    [
        (b"", "header", "commas, semicolons or tabs"),
        (b"\n,,\n", "header", "type and id"),
        (b"type\nuser\n", "header", "type and id"),
        (b"type|id\nuser|x\n", "header", "commas, semicolons or tabs"),
        (b"user,x\n", "header", "The first row has to name the columns"),
        (b'type,"id\nuser,x\n', "header", "The first row has to name the columns"),
        (b"type,id,callbackUrl\n", "header", "Column 3 is none of them."),
        (b",type,id,,name\n", "header", "Column 5 is none of them."),
        (b"type,id,ID\n", "header", "There are two columns id."),
        (b"type;id;reference;;Reference\n", "header", "There are two columns reference."),
        (b'type,id\nuser,"x"y\n', "body", "Row 2 "),
        (b'type,id\n,,\n\nuser,"x\n', "body", "Row 4 "),
        (b'sep=,\ntype,id\nuser,"x\n', "body", "Row 3 "),
        (b"type,id\nuser,\xff\n", "body", "CSV UTF-8"),
        ("type,id\nuser,x\n".encode("utf-16"), "body", "CSV UTF-8"),
        ("type,id\nuser,x\n".encode("utf-16-le"), "body", "CSV UTF-8"),
        ("type,id,reference\nuser,x,Müller\n".encode("cp1252"), "body", "CSV UTF-8"),
        (b"PK\x03\x04\x14\x00", "body", "workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "body", "workbook"),
    ],
)
def test_what_is_no_batch_is_refused(body: bytes, target: str, says: str) -> None:
    with pytest.raises(ApiError) as error:
        read_csv_batch(body, MANY)
    assert (error.value.status, error.value.code, error.value.target) == (400, "InvalidCsv", target)
    assert says in error.value.message


def test_a_refusal_repeats_nothing_of_the_body() -> None:
    with pytest.raises(ApiError) as error:
        read("type,id,ana@contoso.example\nuser,x,\n")
    assert "contoso" not in error.value.message


def test_reading_ends_where_enough_rows_are_read() -> None:
    assert read("type,id\n" + "user,x\n" * 5 + 'user,"x', most=5) == [ITEM] * 5


@pytest.mark.parametrize("empty", [",", "", ",,,,"])
@pytest.mark.parametrize("header", ["type,id\n", ""])
def test_empty_rows_have_a_limit(header: str, empty: str) -> None:
    fits = f"{empty}\n" * (MAX_CSV_ROWS - 2)
    assert read(f"type,id\n{fits}user,x\n") == [ITEM]
    with pytest.raises(ApiError) as error:
        read(f"{header}{empty}\n{empty}\n{empty}\n{fits}user,x\n")
    assert (error.value.code, error.value.target) == ("BatchTooLarge", "body")


@pytest.mark.parametrize(
    "body",
    [
        b",\n" * 2**19,
        b"\n" * 2**20,
        b"," * 2**20,
        b"type,id" + b"," * 2**20,
        b"type,id\nuser,x" + b"," * 2**20,
        b"type,id\nuser,x," + b"y," * 2**19,
        b"type,id\n" + b"user,x,y\n" * 2**17,
        b"type," * 2**18,
        b'type,id\nuser,"' + b"x" * 2**20,
        b'type,id\nuser,"' + b"\n" * 2**20,
        b'"' * 2**20,
    ],
    ids=range(11),
)
def test_a_body_of_a_megabyte_costs_little(body: bytes) -> None:
    assert cost(lambda: read_csv_batch(body, MANY)) < 1


def test_empty_rows_of_a_megabyte_take_little_memory() -> None:
    assert memory(lambda: read_csv_batch(b",\n" * 2**19, MANY)) < 20 * 2**20


@given(st.text(max_size=100))
def test_no_text_breaks_it(text: str) -> None:
    try:
        items = read_csv_batch(f"type,id\n{text}".encode(errors="replace"), MANY)
    except ApiError:
        return
    assert all(isinstance(item, dict) and "subject" in item for item in items)


@given(st.binary(max_size=100))
def test_no_bytes_break_it(body: bytes) -> None:
    try:
        items = read_csv_batch(body, MANY)
    except ApiError:
        return
    assert all(isinstance(item, dict) and "subject" in item for item in items)
