"""Deadlines that callers give or leave to the deployment, over HTTP."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.e2e.caller import Caller
from tests.local.waiting import eventually

CSV = {"Content-Type": "text/csv"}


def refusal(answer: httpx.Response) -> tuple[int, str, str]:
    error = answer.json()["error"]
    return answer.status_code, error["code"], error["target"]


@pytest.mark.parametrize(
    ("received", "due"),
    [
        ("2027-01-31T09:00:00Z", "2027-02-28T09:00:00Z"),
        ("2028-01-31T09:00:00Z", "2028-02-29T09:00:00Z"),
        ("2027-02-28T09:00:00Z", "2027-03-28T09:00:00Z"),
        ("2027-12-31T23:59:59Z", "2028-01-31T23:59:59Z"),
    ],
)
def test_a_request_is_due_a_calendar_month_after_its_receipt(caller: Caller, received: str, due: str) -> None:
    export = caller.post(caller.quick(caller.new_user()), receivedDateTime=received)
    assert (export["receivedDateTime"], export["dueDateTime"]) == (received, due)
    caller.ended(export["id"])


@pytest.mark.parametrize(
    "times",
    [
        {"dueDateTime": "2016-12-01T09:00:00Z"},
        {"receivedDateTime": "2027-01-01T09:00:00Z", "dueDateTime": "2027-01-01T09:00:00Z"},
        {"dueDateTime": "2027-01-01T08:59:59Z", "receivedDateTime": "2027-01-01T09:00:00Z"},
    ],
    ids=["received now", "at the same time", "before"],
)
def test_a_deadline_that_is_not_after_the_receipt_is_refused(caller: Caller, times: dict[str, str]) -> None:
    subject = str(uuid4())
    answer = caller.call("POST", "exports", json={"subject": {"type": "user", "id": subject}, **times})
    assert refusal(answer) == (400, "InvalidValue", "dueDateTime")
    row = ",".join(["user", subject, times.get("receivedDateTime", ""), times["dueDateTime"]])
    batches: list[dict[str, Any]] = [
        {"json": {"exports": [{"subject": {"type": "user", "id": subject}, **times}]}},
        {"content": f"type,id,receivedDateTime,dueDateTime\n{row}\n", "headers": CSV},
    ]
    for batch in batches:
        (item,) = caller.call("POST", "batches", **batch).json()["items"]
        assert (item["status"], item["error"]["code"], item["error"]["target"]) == (
            "Refused",
            "InvalidValue",
            "dueDateTime",
        )


def test_a_request_that_is_repeated_after_its_deadline_returns_its_export(caller: Caller) -> None:
    due = datetime.now(UTC) + timedelta(seconds=3)
    body = {"subject": {"type": "user", "id": caller.quick(caller.new_user())}, "dueDateTime": due.isoformat()}
    key = {"Idempotency-Key": str(uuid4())}
    first = caller.call("POST", "exports", json=body, headers=key)
    assert first.status_code == 202
    caller.ended(first.json()["id"])
    assert eventually(lambda: datetime.now(UTC) > due)
    assert refusal(caller.call("POST", "exports", json=body)) == (400, "InvalidValue", "dueDateTime")
    again = caller.call("POST", "exports", json=body, headers=key)
    assert (again.status_code, again.json()["id"]) == (202, first.json()["id"])
