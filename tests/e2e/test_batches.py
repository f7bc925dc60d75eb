"""Batches on the local stack."""

import time
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.e2e.caller import PATIENCE, Caller
from tests.local import waiting


def followed(caller: Caller, answer: httpx.Response) -> dict[str, Any]:
    """Polls the batch until all its exports have ended."""
    assert answer.status_code == 202, answer.text
    location, deadline = answer.headers["Location"], time.monotonic() + PATIENCE * waiting.factor
    while True:
        polled = caller.call("GET", location)
        batch: dict[str, Any] = polled.json()
        if "Retry-After" not in polled.headers:
            return batch
        assert time.monotonic() < deadline, batch
        time.sleep(int(polled.headers["Retry-After"]))


def test_each_export_of_a_batch_is_accepted_or_refused_on_its_own(caller: Caller) -> None:
    good = [caller.quick(caller.new_user()) for _ in range(3)]
    exports = [{"subject": {"type": "user", "id": subject}} for subject in good]
    bad: list[Any] = [{"subject": {"type": "user", "id": ".."}}, "text", {"extra": 1}]
    answer = caller.call("POST", "batches", json={"exports": [*exports, *bad]})
    assert [item["status"] for item in answer.json()["items"]] == ["NotStarted"] * 3 + ["Refused"] * 3
    batch = followed(caller, answer)
    assert (batch["status"], batch["counts"]) == ("Completed", {"Refused": 3, "Succeeded": 3})
    assert [item["error"]["target"] for item in batch["items"][3:]] == ["subject.id", "body", "subject"]
    assert [caller.get(item["exportId"])["subject"]["id"] for item in batch["items"][:3]] == good


def test_a_batch_can_be_csv_with_a_byte_order_mark(caller: Caller) -> None:
    users, profile = [caller.quick(caller.new_user()) for _ in range(2)], caller.quick(caller.new_profile())
    rows = [
        "type,id,reference,receivedDateTime,dueDateTime,allowDuplicate",
        f'user,{users[0]},"DSR, 1",2026-11-01T09:00:00Z,,TRUE',
        f"user,{users[1]},,,,",
        f"inboundSharedUserProfile,{profile},,,,false",
        "user,not an id,,,,",
        f"user,{users[1]},,,,maybe",
        "user",
        f"user,{users[1]},,,,,too much",
    ]
    content = "\r\n".join(rows).encode("utf-8-sig")
    answer = caller.call("POST", "batches", content=content, headers={"content-type": "text/csv; charset=utf-8"})
    batch = followed(caller, answer)
    assert batch["counts"] == {"Refused": 4, "Succeeded": 3}
    assert caller.get(batch["items"][0]["exportId"])["reference"] == "DSR, 1"
    targets = [item["error"]["target"] for item in batch["items"] if item["status"] == "Refused"]
    assert targets == ["subject.id", "allowDuplicate", "subject.id", "column 7"]


def test_a_person_who_is_in_a_batch_twice_is_exported_once(caller: Caller) -> None:
    subject = caller.quick(caller.new_user())
    batch = followed(
        caller, caller.call("POST", "batches", json={"exports": [{"subject": {"type": "user", "id": subject}}] * 10})
    )
    assert batch["counts"] == {"Refused": 9, "Succeeded": 1}
    assert {item["error"]["code"] for item in batch["items"] if item["error"]} <= {"ExportInProgress", "Busy"}
    assert len(caller.operations(subject)) == 1


def test_a_repeated_batch_creates_its_exports_once(caller: Caller) -> None:
    subject, headers = caller.quick(caller.new_user()), {"Idempotency-Key": str(uuid4())}
    body = {"exports": [{"subject": {"type": "user", "id": subject}}]}
    answers = [caller.call("POST", "batches", json=body, headers=headers) for _ in range(3)]
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len({answer.json()["items"][0]["exportId"] for answer in answers}) == 1
    followed(caller, answers[0])
    assert len(caller.operations(subject)) == 1


@pytest.mark.parametrize(
    ("request_", "status", "code"),
    [
        ({"json": {"exports": []}}, 400, "MissingField"),
        ({"json": {"exports": [{}] * 1001}}, 400, "BatchTooLarge"),
        ({"json": [1]}, 400, "InvalidValue"),
        ({"json": {"exports": {}, "x": 1}}, 400, "InvalidValue"),
        ({"content": b"{", "headers": {"content-type": "application/json"}}, 400, "InvalidJson"),
        ({"content": b"id\nx", "headers": {"content-type": "text/csv"}}, 400, "InvalidCsv"),
        ({"content": b"type,id,type\nx", "headers": {"content-type": "text/csv"}}, 400, "InvalidCsv"),
        ({"content": b"type,id,more\nx", "headers": {"content-type": "text/csv"}}, 400, "InvalidCsv"),
        ({"content": b"\xff\xfe", "headers": {"content-type": "text/csv"}}, 400, "InvalidCsv"),
        ({"content": b'type,id\nuser,"x', "headers": {"content-type": "text/csv"}}, 400, "InvalidCsv"),
        ({"content": b"type,id\n", "headers": {"content-type": "text/csv"}}, 400, "MissingField"),
        ({"content": b"x" * (2**20 + 1), "headers": {"content-type": "text/csv"}}, 413, "BodyTooLarge"),
        ({"content": b"x", "headers": {"content-type": "text/plain"}}, 415, "UnsupportedMediaType"),
        ({}, 400, "MissingBody"),
    ],
)
def test_a_batch_that_can_not_be_read_is_refused_whole(
    caller: Caller, request_: dict[str, Any], status: int, code: str
) -> None:
    answer = caller.call("POST", "batches", **request_)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


def test_only_who_asked_and_readers_see_a_batch(caller: Caller) -> None:
    asker = caller.with_roles("Exports.Submit")
    batch = asker.call("POST", "batches", json={"exports": [{}]}).json()
    path = f"batches/{batch['id']}"
    others = [asker, caller.with_roles("Exports.Read"), caller.with_roles("Exports.Submit"), caller.with_roles()]
    assert [who.call("GET", path).status_code for who in others] == [200, 200, 404, 403]
    assert caller.call("GET", "batches/x").status_code == 404


def test_a_key_with_another_body_changes_nothing(caller: Caller) -> None:
    first, second = (caller.quick(caller.new_user()) for _ in range(2))
    headers = {"Idempotency-Key": str(uuid4())}

    def post(*subjects: str) -> httpx.Response:
        exports = [{"subject": {"type": "user", "id": subject}} for subject in subjects]
        return caller.call("POST", "batches", json={"exports": exports}, headers=headers)

    batch = followed(caller, post(first))
    for other in ((second,), (first, second)):
        refused = post(*other)
        assert (refused.status_code, refused.json()["error"]["code"]) == (422, "IdempotencyKeyReused")
    assert caller.call("GET", f"batches/{batch['id']}").json() == batch
    assert post(first).json() == batch
    assert caller.operations(second) == []
