"""What callers really send: spreadsheets, PowerShell, Logic Apps, slips in a date or a query. Each over HTTP."""

import gzip
import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from local.stack.local_stack import Stack
from tests.e2e.caller import Caller
from tests.loopback import NO_TLS

BOM = b"\xef\xbb\xbf"
JSON, CSV = {"content-type": "application/json"}, {"content-type": "text/csv"}
RECEIVED = "2026-11-01T09:00:00Z"


def encoded(value: Any) -> bytes:
    return json.dumps(value).encode()


def of(subject: str, **more: Any) -> dict[str, Any]:
    return {"subject": {"type": "user", "id": subject}, **more}


def refusal(answer: httpx.Response) -> tuple[int, str, str]:
    error = answer.json()["error"]
    return answer.status_code, error["code"], error["target"]


def message(answer: httpx.Response) -> str:
    return str(answer.json()["error"]["message"])


def send_csv(caller: Caller, text: str | bytes) -> httpx.Response:
    content = text if isinstance(text, bytes) else text.encode()
    return caller.call("POST", "batches", content=content, headers=CSV)


def started(caller: Caller, answer: httpx.Response, *subjects: str) -> None:
    """Checks that a batch has started an export of each person and nothing else."""
    items = answer.json()["items"]
    assert [item["error"] for item in items] == [None for _ in subjects]
    exports = [caller.get(item["exportId"]) for item in items]
    assert [export["subject"]["id"] for export in exports] == list(subjects)


@pytest.fixture
def subject(caller: Caller) -> str:
    return caller.quick(caller.new_user())


@pytest.fixture(scope="module")
def downloadable(caller: Caller) -> tuple[str, str]:
    """An export that succeeded, and one of its files."""
    export = caller.ended(caller.post(caller.quick(caller.new_user()))["id"])
    files = caller.call("GET", f"exports/{export['id']}/files").json()["value"]
    return export["id"], files[0]["name"]


# Times


@pytest.mark.parametrize("field", ["receivedDateTime", "dueDateTime"])
@pytest.mark.parametrize(
    "value", ["2026110109", "1796000000", "2026-11-01", "2026-11-01T09:00:00", "01/11/2026 09:00", "46327.375", ""]
)
def test_digits_and_dates_without_time_or_zone_are_no_time(caller: Caller, field: str, value: str) -> None:
    answer = caller.call("POST", "exports", json=of(str(uuid4()), **{field: value}))
    assert refusal(answer) == (400, "InvalidValue", field)
    assert "2026-12-01T09:00:00Z" in message(answer)
    (item,) = caller.call("POST", "batches", json={"exports": [of(str(uuid4()), **{field: value})]}).json()["items"]
    assert (item["status"], item["error"]["target"]) == ("Refused", field)


@pytest.mark.parametrize("value", ["2026110109", "1796000000", "01/11/2026 09:00", "2026-11-01"])
def test_a_date_of_a_spreadsheet_is_told_what_to_write(caller: Caller, value: str) -> None:
    (item,) = send_csv(caller, f"type,id,dueDateTime\nuser,{uuid4()},{value}\n").json()["items"]
    assert (item["status"], item["error"]["code"], item["error"]["target"]) == (
        "Refused",
        "InvalidValue",
        "dueDateTime",
    )
    assert "2026-12-01T09:00:00Z" in item["error"]["message"]


@pytest.mark.parametrize("value", ["2026120109", "1796000000", "2026-12-01", "2026-12-01T09:00:00"])
def test_digits_and_dates_without_time_or_zone_are_no_time_in_a_query_either(caller: Caller, value: str) -> None:
    answer = caller.call("GET", "exports", params={"dueBefore": value})
    assert refusal(answer) == (400, "InvalidValue", "dueBefore")


@pytest.mark.parametrize(
    "value", ["2026-11-01T09:00:00.0000000Z", "2026-11-01T10:00:00+01:00", "2026-11-01T10:00+0100", "2026-11-01t09:00z"]
)
def test_a_time_of_net_logic_apps_or_another_zone_is_taken(caller: Caller, subject: str, value: str) -> None:
    assert caller.post(subject, receivedDateTime=value)["receivedDateTime"] == RECEIVED


@pytest.mark.parametrize("offset", ["+01:00", "%2B01:00", "%2B0100", "Z"])
def test_a_plus_in_a_query_may_be_encoded_or_not(caller: Caller, offset: str) -> None:
    answer = caller.call("GET", f"exports?dueBefore=2001-12-01T10:00:00{offset}")
    assert (answer.status_code, answer.json()) == (200, {"value": []})


# CSV


def test_a_csv_of_excel_with_1247_empty_rows_has_its_ten_exports(caller: Caller) -> None:
    subjects = [caller.quick(caller.new_user()) for _ in range(10)]
    rows = ["type,id,reference", *(f"user,{subject}," for subject in subjects), *[",,"] * 1247]
    started(caller, send_csv(caller, "\r\n".join(rows).encode("utf-8-sig")), *subjects)


def test_a_csv_with_columns_without_a_name_and_a_value_is_taken(caller: Caller, subject: str) -> None:
    started(caller, send_csv(caller, f"type,id,reference,,\nuser,{subject},r,,\n"), subject)


def test_a_value_in_a_column_without_a_name_is_refused_with_its_row(caller: Caller, subject: str) -> None:
    items = send_csv(caller, f"type,id,,\nuser,{subject},,\nuser,{uuid4()},,note\n").json()["items"]
    assert [item["error"] and item["error"]["target"] for item in items] == [None, "column 4"]


@pytest.mark.parametrize("first", ["", "sep=;\r\n", '"sep=;"\r\n'])
def test_a_csv_of_excel_in_europe_is_taken(caller: Caller, subject: str, first: str) -> None:
    text = f'{first}Type;Id;Reference\r\nuser;{subject};"DSR; 1"\r\n;;\r\n'
    answer = send_csv(caller, text.encode("utf-8-sig"))
    started(caller, answer, subject)
    assert caller.get(answer.json()["items"][0]["exportId"])["reference"] == "DSR; 1"


def test_a_csv_separated_by_tabs_is_taken(caller: Caller, subject: str) -> None:
    started(caller, send_csv(caller, f" type \t ID \tallowduplicate\nUser\t {subject} \tFALSE\n"), subject)


@pytest.mark.parametrize(
    ("content", "target", "says"),
    [
        (b"type|id\nuser|x\n", "header", "commas, semicolons or tabs"),
        (b"name;mail\nAna;ana@contoso.example\n", "header", "type and id"),
        (b"type;id;callbackUrl\nuser;x;y\n", "header", "Column 3 is none of them."),
        ("type,id,reference\nuser,x,Müller\n".encode("cp1252"), "body", "UTF-8"),
        ("type,id\nuser,x\n".encode("utf-16"), "body", "UTF-8"),
        (b"PK\x03\x04 a workbook", "body", "Save it as CSV UTF-8"),
        (b'type,id\nuser,"x\n', "body", "Row 2 "),
    ],
    ids=["pipes", "other columns", "one column more", "Windows-1252", "UTF-16", "workbook", "open quotation"],
)
def test_a_csv_that_is_none_is_told_what_is_wrong(caller: Caller, content: bytes, target: str, says: str) -> None:
    answer = send_csv(caller, content)
    assert refusal(answer) == (400, "InvalidCsv", target)
    assert says in message(answer)


@pytest.mark.parametrize("cell", ["WAHR", "1", "yes"])
def test_a_boolean_of_a_spreadsheet_is_told_what_to_write(caller: Caller, cell: str) -> None:
    (item,) = send_csv(caller, f"type,id,allowDuplicate\nuser,{uuid4()},{cell}\n").json()["items"]
    assert item["error"]["message"] == "allowDuplicate: Takes true or false."


@pytest.mark.parametrize("media_type", ["application/vnd.ms-excel", "application/csv", "text/plain"])
def test_a_csv_sent_as_a_workbook_is_told_its_media_type(caller: Caller, media_type: str) -> None:
    content = f"type,id\nuser,{uuid4()}\n".encode()
    answer = caller.call("POST", "batches", content=content, headers={"content-type": media_type})
    assert refusal(answer) == (415, "UnsupportedMediaType", "Content-Type")
    assert "text/csv" in message(answer)


def test_a_csv_sent_to_the_exports_is_pointed_to_the_batches(caller: Caller) -> None:
    answer = caller.call("POST", "exports", content=f"type,id\nuser,{uuid4()}\n".encode(), headers=CSV)
    assert refusal(answer) == (415, "UnsupportedMediaType", "Content-Type")
    assert "POST /batches" in message(answer)


# JSON


def test_json_of_powershell_with_a_byte_order_mark_starts_an_export(caller: Caller, subject: str) -> None:
    answer = caller.call("POST", "exports", content=BOM + encoded(of(subject)), headers=JSON)
    assert (answer.status_code, answer.json()["subject"]["id"]) == (202, subject)


def test_json_of_powershell_with_a_byte_order_mark_starts_a_batch(caller: Caller, subject: str) -> None:
    answer = caller.call("POST", "batches", content=BOM + encoded({"exports": [of(subject)]}), headers=JSON)
    started(caller, answer, subject)


def test_json_of_powershell_with_a_byte_order_mark_makes_links(caller: Caller, downloadable: tuple[str, str]) -> None:
    export_id, name = downloadable
    asker = Caller(caller.stack, caller.headers)  # links are signed, so their response is not searched for signatures
    answer = asker.call("POST", f"exports/{export_id}/links", content=BOM + encoded({"files": [name]}), headers=JSON)
    assert (answer.status_code, [link["name"] for link in answer.json()["value"]]) == (200, [name])


def test_json_of_powershell_with_a_byte_order_mark_subscribes(caller: Caller) -> None:
    body = {"callbackUrl": "https://hooks.contoso.example/x"}
    answer = caller.call("POST", "subscriptions", content=BOM + encoded(body), headers=JSON)
    assert refusal(answer) == (400, "CallbackNotAllowed", "callbackUrl"), "it was read; this stack sends no callbacks"


@pytest.mark.parametrize(
    "content",
    [
        '{"subject": {"type": "user"}}'.encode("utf-16"),
        '{"reference": "Müller"}'.encode("latin-1"),
        b'{"reference": "\\ud800"}',
        b"{'subject': 1}",
    ],
    ids=["UTF-16", "Latin-1", "half a surrogate pair", "Python"],
)
@pytest.mark.parametrize("path", ["exports", "batches", "subscriptions"])
def test_what_is_no_json_in_utf_8_is_told_so(caller: Caller, path: str, content: bytes) -> None:
    answer = caller.call("POST", path, content=content, headers=JSON)
    assert refusal(answer) == (400, "InvalidJson", "body")
    assert "JSON in UTF-8" in message(answer)


def test_blanks_around_an_id_are_dropped(caller: Caller, subject: str) -> None:
    assert caller.post(f" {subject}\u00a0\r\n")["subject"]["id"] == subject
    named = caller.quick(caller.new_user("spaced"))
    export = caller.ended(caller.post("\tspaced@contoso.example ")["id"])
    assert (export["status"], export["subject"]["id"]) == ("Succeeded", named)


# Bodies that don't arrive, or cost much


@pytest.mark.parametrize("path", ["exports", "batches", "subscriptions", "exports/{id}/links"])
def test_a_body_in_chunks_is_told_to_be_sent_with_its_length(
    caller: Caller, downloadable: tuple[str, str], path: str
) -> None:
    def chunks() -> Iterator[bytes]:
        yield encoded(of(str(uuid4())))

    answer = caller.call("POST", path.replace("{id}", downloadable[0]), content=chunks(), headers=JSON)
    assert answer.request.headers["transfer-encoding"] == "chunked"
    assert refusal(answer) == (400, "MissingBody", "body")
    assert "Content-Length" in message(answer)
    assert caller.call("GET", "health").status_code == 200


def test_a_compressed_body_is_told_to_be_sent_plain(caller: Caller) -> None:
    content, headers = gzip.compress(encoded(of(str(uuid4())))), JSON | {"content-encoding": "gzip"}
    answer = caller.call("POST", "exports", content=content, headers=headers)
    assert refusal(answer) == (415, "UnsupportedMediaType", "Content-Encoding")


@pytest.mark.parametrize(
    ("path", "content", "error"),
    [
        ("exports", b"[" * 60_000, (400, "InvalidJson", "body")),
        ("batches", b'{"exports": ' + b"[" * 1_000_000, (400, "InvalidJson", "body")),
        ("batches", b'{"exports": [%s' % (b"9" * 1_000_000), (400, "InvalidJson", "body")),
        ("batches", b'{"exports": [%s{}]}' % (b"{}," * 300_000), (400, "BatchTooLarge", "exports")),
        ("exports", b"{%s}" % b",".join(b'"%d":1' % number for number in range(7_000)), (400, "InvalidValue", "body")),
        ("exports", b" " * 3_000_000, (413, "BodyTooLarge", "body")),
        ("batches", b" " * 3_000_000, (413, "BodyTooLarge", "body")),
    ],
    ids=["deep export", "deep batch", "long number", "many items", "many fields", "long export", "long batch"],
)
def test_a_costly_body_gets_the_error_body(
    caller: Caller, path: str, content: bytes, error: tuple[int, str, str]
) -> None:
    assert refusal(caller.call("POST", path, content=content, headers=JSON)) == error


def test_a_megabyte_of_empty_rows_gets_the_error_body(caller: Caller) -> None:
    assert refusal(send_csv(caller, ",\n" * 500_000)) == (400, "BatchTooLarge", "body")


def test_an_item_with_very_many_fields_is_refused_alone(caller: Caller, subject: str) -> None:
    many = {str(number): 1 for number in range(70_000)}
    items = caller.call("POST", "batches", json={"exports": [many, of(subject)]}).json()["items"]
    assert [item["error"] and item["error"]["target"] for item in items] == ["body", None]


def test_a_body_over_the_limit_of_the_host_never_reaches_the_app(caller: Caller, stack: Stack) -> None:
    url, headers = f"{stack.api}/batches", caller.headers | CSV
    answer = httpx.post(url, content=b"," * (4 * 2**20 + 1), headers=headers, timeout=30, verify=NO_TLS)
    assert (answer.status_code, answer.content) == (500, b"")
    assert refusal(send_csv(caller, b"," * (4 * 2**20))) == (413, "BodyTooLarge", "body")


# Queries and headers


@pytest.mark.parametrize(
    "query", ["status=", "status", "top=", "dueBefore=", "reference=&top=5", "status=Failed&status="]
)
def test_a_parameter_without_a_value_is_not_the_whole_list(caller: Caller, query: str) -> None:
    answer = caller.call("GET", f"exports?{query}")
    assert refusal(answer) == (400, "InvalidValue", query.partition("=")[0])


@pytest.mark.parametrize("query", ["top=1&top=2", "reference=a&reference=b"])
def test_a_parameter_that_is_repeated_by_mistake_is_refused(caller: Caller, query: str) -> None:
    assert refusal(caller.call("GET", f"exports?{query}")) == (400, "InvalidValue", query.partition("=")[0])


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "exports"),
        ("POST", "exports"),
        ("GET", "exports/{id}"),
        ("GET", "exports/{id}/result"),
        ("GET", "exports/{id}/events"),
        ("GET", "exports/{id}/files"),
        ("POST", "exports/{id}/links"),
        ("POST", "exports/{id}/cancel"),
        ("POST", "exports/{id}/retry"),
        ("DELETE", "exports/{id}/data"),
        ("POST", "batches"),
        ("GET", "batches/{id}"),
        ("POST", "subscriptions"),
        ("DELETE", "subscriptions/{id}"),
        ("POST", "preflight"),
        ("GET", "me"),
        ("GET", "health"),
        ("GET", "openapi.json"),
    ],
)
def test_a_parameter_that_is_misspelt_does_nothing_in_any_call(caller: Caller, method: str, path: str) -> None:
    url = path.replace("{id}", str(uuid4()))
    assert refusal(caller.call(method, f"{url}?Status=Failed")) == (400, "UnknownField", "Status")
    assert refusal(caller.call(method, f"{url}?dryRun=")) == (400, "InvalidValue", "dryRun")


def test_a_function_key_in_the_query_passes(caller: Caller) -> None:
    assert caller.call("GET", "exports?top=1&code=a-key").status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Idempotency-Key": ""},
        {"Repeatability-Request-ID": ""},
        {"Idempotency-Key": "a", "Repeatability-Request-ID": ""},
        {"Idempotency-Key": "a", "Repeatability-Request-ID": "b"},
    ],
)
@pytest.mark.parametrize("path", ["exports", "batches"])
def test_a_key_that_is_empty_or_ambiguous_starts_nothing(caller: Caller, path: str, headers: dict[str, str]) -> None:
    subject = str(uuid4())
    body = of(subject) if path == "exports" else {"exports": [of(subject)]}
    answer = caller.call("POST", path, json=body, headers=headers)
    assert refusal(answer) == (400, "InvalidValue", "Idempotency-Key")
    assert caller.operations(subject) == []


def test_both_names_of_a_key_may_have_the_same(caller: Caller, subject: str) -> None:
    key = str(uuid4())
    headers = {"Idempotency-Key": key, "Repeatability-Request-ID": key}
    answers = [
        caller.call("POST", "exports", json=of(subject), headers=given)
        for given in (headers, {"Idempotency-Key": key}, {"Repeatability-Request-ID": key})
    ]
    assert len({answer.json()["id"] for answer in answers}) == 1
