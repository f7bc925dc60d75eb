"""The HTTP API: headers, errors, repeated and forged requests, and the asynchronous pattern."""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import pytest

from local.stack.local_stack import Stack
from tests.e2e.caller import Caller
from tests.loopback import NO_TLS

USER = "11f2c6a8-3b7d-4e52-9c04-8d1a6f0e5b23"
BODY = {"subject": {"type": "user", "id": USER}}
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


def error(answer: httpx.Response) -> dict[str, Any]:
    found: dict[str, Any] = answer.json()["error"]
    assert found["code"] == answer.headers["x-ms-error-code"]
    assert set(found) == {"code", "message", "target", "details"}
    return found


def test_an_accepted_request_says_where_to_look_and_when(caller: Caller, stack: Stack) -> None:
    answer = caller.call("POST", "exports", json={"subject": {"type": "user", "id": caller.quick(caller.new_user())}})
    assert answer.status_code == 202
    export = answer.json()
    assert answer.headers["Operation-Location"] == f"{stack.api}/exports/{export['id']}"
    assert answer.headers["Location"] == f"{stack.api}/exports/{export['id']}/result"
    assert int(answer.headers["Retry-After"]) >= 1
    assert answer.headers["x-ms-request-id"]
    assert (export["status"], export["stage"]) == ("NotStarted", "Accepted")
    caller.ended(export["id"])


def test_ids_of_the_caller_are_taken_up(caller: Caller) -> None:
    headers = {"x-ms-client-request-id": "my-id-1", "traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}
    answer = caller.call("GET", "health", headers=headers)
    assert answer.headers["x-ms-client-request-id"] == "my-id-1"
    assert (
        "x-ms-client-request-id" not in caller.call("GET", "health", headers={"x-ms-client-request-id": "a b"}).headers
    )


def test_the_pattern_of_logic_apps_gets_to_the_end(caller: Caller) -> None:
    """The client follows 202, Location and Retry-After, and knows nothing else of the API."""
    subject = caller.quick(caller.new_user())
    answer = caller.call("POST", "exports", json={"subject": {"type": "user", "id": subject}})
    asked = 0
    while answer.status_code == 202:
        location, wait = answer.headers["Location"], int(answer.headers["Retry-After"])
        time.sleep(wait)
        answer = caller.call("GET", location)
        asked += 1
        assert asked < 60
    assert (answer.status_code, answer.json()["status"]) == (200, "Succeeded")
    assert "Retry-After" not in answer.headers


def test_the_result_of_a_failed_export_is_no_server_error(caller: Caller) -> None:
    export = caller.ended(caller.post(str(uuid4()))["id"])
    answer = caller.call("GET", f"exports/{export['id']}/result")
    assert (answer.status_code, answer.json()["status"], answer.json()["error"]) == (424, "Failed", export["error"])


@pytest.mark.parametrize(
    ("request_", "status", "code", "target"),
    [
        ({}, 400, "MissingBody", "body"),
        ({"content": b"", "headers": {"content-type": "application/json"}}, 400, "MissingBody", "body"),
        ({"content": b"{", "headers": {"content-type": "application/json"}}, 400, "InvalidJson", "body"),
        ({"json": BODY | {"extra": 1}}, 400, "UnknownField", "extra"),
        ({"json": {"subject": {"type": "user", "id": ".."}}}, 400, "InvalidValue", "subject.id"),
        ({"json": BODY, "headers": {"Idempotency-Key": "a b"}}, 400, "InvalidValue", "Idempotency-Key"),
        ({"json": BODY, "headers": {"Idempotency-Key": ""}}, 400, "InvalidValue", "Idempotency-Key"),
        (
            {"json": BODY, "headers": {"Idempotency-Key": "a", "Repeatability-Request-ID": "a b"}},
            400,
            "InvalidValue",
            "Idempotency-Key",
        ),
        ({"json": BODY | {"reference": "x" * 65_536}}, 413, "BodyTooLarge", "body"),
        ({"content": b"<a/>", "headers": {"content-type": "text/xml"}}, 415, "UnsupportedMediaType", "Content-Type"),
        ({"content": b"a=b"}, 415, "UnsupportedMediaType", "Content-Type"),
    ],
)
def test_bad_requests(caller: Caller, request_: dict[str, Any], status: int, code: str, target: str) -> None:
    before = len(caller.operations(USER))
    answer = caller.call("POST", "exports", **request_)
    found = error(answer)
    assert (answer.status_code, found["code"], found["target"]) == (status, code, target)
    assert len(caller.operations(USER)) == before


@pytest.mark.parametrize(
    "path", ["3c1f4a52-8f0e-4f0b-9d0c-7a4b8f1e2d63", "x", "..%2f..", "%25", "%FF", "' or 1 eq 1", "0" * 2000]
)
@pytest.mark.parametrize("suffix", ["", "/result"])
def test_what_is_not_there_is_not_found(caller: Caller, path: str, suffix: str) -> None:
    assert caller.call("GET", f"exports/{path}{suffix}").status_code == 404


def test_a_nul_in_the_path_does_not_reach_the_app(stack: Stack) -> None:
    url = f"{stack.api}/exports/%00/result"
    answer = httpx.get(url, headers=dict(stack.credentials), timeout=30, verify=NO_TLS)
    assert (answer.status_code, answer.content) == (400, b"")


def test_a_missing_export_has_the_error_body(caller: Caller) -> None:
    assert error(caller.call("GET", f"exports/{uuid4()}"))["code"] == "ExportNotFound"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer x.y.z"},
        {"x-ms-client-principal": "eyJjbGFpbXMiOltdfQ=="},
        {"x-ms-client-principal-id": str(uuid4())},
    ],
)
def test_nobody_gets_in_without_a_token(stack: Stack, headers: dict[str, str]) -> None:
    anybody = Caller(stack, headers)
    assert anybody.call("POST", "exports", json=BODY).status_code == 401
    assert anybody.call("GET", f"exports/{uuid4()}").status_code == 401
    assert anybody.call("GET", "health").json() == {"status": "Healthy"}


def test_roles_decide_who_may_ask_and_who_may_see(caller: Caller) -> None:
    asker, other = caller.with_roles("Exports.Submit"), caller.with_roles("Exports.Submit")
    reader, nobody = caller.with_roles("Exports.Read"), caller.with_roles()
    export = asker.post(caller.quick(caller.new_user()))
    path = f"exports/{export['id']}"
    assert [who.call("GET", path).status_code for who in (asker, reader, other, nobody)] == [200, 200, 404, 403]
    forbidden = reader.call("POST", "exports", json=BODY)
    assert forbidden.status_code == 403
    assert "Exports.Submit" in error(forbidden)["message"]
    caller.ended(export["id"])


@pytest.mark.parametrize("header", ["Idempotency-Key", "Repeatability-Request-ID"])
def test_a_race_of_the_same_request_makes_one_export(caller: Caller, header: str) -> None:
    subject, headers = caller.quick(caller.new_user()), {header: str(uuid4())}
    body = {"subject": {"type": "user", "id": subject}}

    def post(_: int) -> httpx.Response:
        return caller.call("POST", "exports", json=body, headers=headers)

    with ThreadPoolExecutor(25) as pool:
        answers = list(pool.map(post, range(50)))
    assert {answer.status_code for answer in answers} == {202}
    (export_id,) = {answer.json()["id"] for answer in answers}
    other = caller.call("POST", "exports", json=body | {"reference": "other"}, headers=headers)
    assert (other.status_code, error(other)["code"]) == (422, "IdempotencyKeyReused")
    another = caller.with_roles("Exports.Submit").call(
        "POST", "exports", json=body | {"allowDuplicate": True}, headers=headers
    )
    assert another.json()["id"] != export_id, "a key is its caller's own"
    assert caller.ended(export_id)["status"] == "Succeeded"
    assert post(0).json()["status"] == "Succeeded"


def test_links_are_absolute_and_on_the_callers_own_host(caller: Caller) -> None:
    answer = caller.call("POST", "exports", json={"subject": {"type": "user", "id": str(uuid4())}})
    for name in ("Location", "Operation-Location"):
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+", f"{urlsplit(answer.headers[name])._replace(path='').geturl()}")


def test_a_second_export_of_a_person_waits_for_the_first_to_end(caller: Caller) -> None:
    subject = caller.new_user("asked.twice")
    caller.fault("submit", "never", subject)
    first = caller.post(subject)
    second = caller.call("POST", "exports", json={"subject": {"type": "user", "id": subject}})
    assert (second.status_code, error(second)["code"], error(second)["target"]) == (
        409,
        "ExportInProgress",
        first["id"],
    )
    named = caller.ended(caller.post("asked.twice@contoso.example")["id"])
    assert (named["status"], named["error"]["code"]) == ("Failed", "ExportInProgress")
    assert first["id"] in named["error"]["message"]
    caller.quick(subject)
    allowed = caller.post(subject, allowDuplicate=True)
    assert caller.ended(allowed["id"])["status"] == "Succeeded"
    caller.call("POST", f"exports/{first['id']}/cancel")
    third = caller.post(subject)
    again = caller.call("POST", f"exports/{first['id']}/retry")
    assert (again.status_code, error(again)["target"]) == (409, third["id"])
    assert caller.ended(third["id"])["status"] == "Succeeded"


def test_a_used_idempotency_key_does_not_claim_another_person(caller: Caller) -> None:
    headers, first, second = {"Idempotency-Key": str(uuid4())}, caller.new_user(), caller.quick(caller.new_user())
    caller.fault("submit", "never", first)
    body = {"subject": {"type": "user", "id": first}}
    export = caller.call("POST", "exports", json=body, headers=headers).json()
    other = {"subject": {"type": "user", "id": second}}
    assert caller.call("POST", "exports", json=other, headers=headers).status_code == 422
    assert caller.ended(caller.post(second)["id"])["status"] == "Succeeded"
    caller.call("POST", f"exports/{export['id']}/cancel")


def test_exports_are_listed_with_links_to_the_next_page(caller: Caller) -> None:
    reference = f"LIST/{uuid4()}?#%"
    made = [caller.post(caller.quick(caller.new_user()), reference=reference)["id"] for _ in range(5)]
    answer = caller.call("GET", "exports", params={"reference": reference, "top": "2"}).json()
    listed = [export["id"] for export in answer["value"]]
    while "nextLink" in answer:
        answer = caller.call("GET", answer["nextLink"]).json()
        listed += [export["id"] for export in answer["value"]]
    assert listed == list(reversed(made))
    for export in made:
        caller.ended(export)
    succeeded = caller.call("GET", "exports", params={"reference": reference, "status": "Succeeded"}).json()["value"]
    assert len(succeeded) == len(made)


@pytest.mark.parametrize(
    ("parameters", "target"),
    [
        ({"status": "Done"}, "status"),
        ({"status": "Running,Done"}, "status"),
        ({"status": "Running,"}, "status"),
        ({"requestedBy": "me"}, "requestedBy"),
        ({"subjectId": "me"}, "subjectId"),
        ({"dueBefore": "2026-11-01"}, "dueBefore"),
        ({"dueBefore": "0001-01-01T00:00:00Z"}, "dueBefore"),
        ({"top": "0"}, "top"),
        ({"top": "1000"}, "top"),
        ({"continuationToken": "%"}, "continuationToken"),
        ({"continuationToken": "AAAA"}, "continuationToken"),
        ({"$filter": "1 eq 1"}, "$filter"),
    ],
)
def test_an_invalid_list_query_is_refused(caller: Caller, parameters: dict[str, str], target: str) -> None:
    answer = caller.call("GET", "exports", params=parameters)
    assert (answer.status_code, error(answer)["target"]) == (400, target)


@pytest.mark.parametrize("query", ["status=NotStarted,Running", "status=Running&status=NotStarted"])
def test_what_is_open_is_one_call(caller: Caller, query: str) -> None:
    subject, reference = caller.new_user(), str(uuid4())
    caller.fault("submit", "never", subject)
    is_open = caller.post(subject, reference=reference)["id"]
    ended = caller.post(caller.quick(caller.new_user()), reference=reference)["id"]
    assert caller.ended(ended)["erasureDueDateTime"]
    page = caller.call("GET", f"exports?reference={reference}&{query}").json()
    assert [export["id"] for export in page["value"]] == [is_open]
    caller.call("POST", f"exports/{is_open}/cancel")


def test_a_submitter_lists_its_own_page_by_page_and_a_reader_lists_all(caller: Caller) -> None:
    own_id = str(uuid4())
    asker, reader = caller.with_roles("Exports.Submit", object_id=own_id), caller.with_roles("Exports.Read")
    made = [asker.post(caller.quick(caller.new_user()))["id"] for _ in range(3)]
    other = caller.post(caller.quick(caller.new_user()))
    listed: list[dict[str, Any]] = []
    link = "exports?top=2"
    while link:
        page = asker.call("GET", link).json()
        listed += page["value"]
        link = page.get("nextLink", "")
    assert [export["id"] for export in listed] == made[::-1]
    assert {export["requestedBy"] for export in listed} == {own_id}
    assert asker.call("GET", f"exports?subjectId={other['subject']['id']}&top=1").json() == {"value": []}
    assert error(asker.call("GET", f"exports?requestedBy={other['requestedBy']}"))["code"] == "Forbidden"
    of_asker = reader.call("GET", f"exports?requestedBy={own_id}").json()["value"]
    assert [export["id"] for export in of_asker] == made[::-1]
    assert other["id"] in {export["id"] for export in reader.call("GET", "exports").json()["value"]}
    for export_id in (*made, other["id"]):
        caller.ended(export_id)


def test_only_who_may_see_exports_lists_them(caller: Caller) -> None:
    assert caller.with_roles("Exports.Download").call("GET", "exports").status_code == 403
    assert caller.with_roles("Exports.Submit").call("GET", "exports").json() == {"value": []}
    assert caller.with_roles("Exports.Read").call("GET", "exports").status_code == 200
