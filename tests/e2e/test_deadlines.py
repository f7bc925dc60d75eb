"""Deadlines that callers give, leave to the deployment, extend and pause, over HTTP, where a hand-over is expected."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from local.stack.local_stack import Stack
from tests.e2e.caller import Caller, NewStack
from tests.local.waiting import eventually

CSV = {"Content-Type": "text/csv"}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, new_stack: NewStack) -> Iterator[Stack]:
    """A stack on which the clock of an export runs on until its hand-over."""
    environment = {"PATH": os.environ["PATH"], "EXPORT_EXPECT_HANDOVER": "true"}
    with new_stack(tmp_path_factory.mktemp("deadlines"), environment) as running:
        yield running


@pytest.fixture(scope="module")
def caller(stack: Stack) -> Caller:
    return Caller.of(stack)


def due_in(time: timedelta) -> str:
    return (datetime.now(UTC) + time).isoformat()


def change(caller: Caller, export_id: str, **body: str) -> dict[str, Any]:
    """Changes the clock of an export, and returns the export."""
    answer = caller.call("POST", f"exports/{export_id}/deadline", json=body)
    assert answer.status_code == 200, answer.text
    export: dict[str, Any] = answer.json()
    return export


def warned(caller: Caller, export_id: str) -> list[str]:
    """What became of the clock, in order: changes and warnings."""
    events = caller.call("GET", f"exports/{export_id}/events").json()["value"]
    of_the_clock = {"DueSoon", "Overdue", "DeadlineExtended", "ClockPaused", "ClockResumed", "HandedOver"}
    return [event["type"] for event in events if event["type"] in of_the_clock]


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


def test_each_deadline_is_warned_of_until_the_hand_over(caller: Caller) -> None:
    """Nobody waits for this export but the reconciler: it has ended."""
    export = caller.post(caller.quick(caller.new_user()), dueDateTime=due_in(timedelta(seconds=3)))["id"]
    assert caller.ended(export)["awaitsHandover"]
    assert eventually(lambda: warned(caller, export) == ["DueSoon", "Overdue"], 30)
    assert [each["code"] for each in caller.get(export)["warnings"]] == ["DueSoon", "Overdue"]

    change(caller, export, action="extend", dueDateTime=due_in(timedelta(days=400)), reason="It is complex.")
    assert caller.get(export)["warnings"] == []
    change(caller, export, action="extend", dueDateTime=due_in(timedelta(days=401)), reason="It is complex.")
    assert caller.call("POST", f"exports/{export}/handover", json={}).json()["awaitsHandover"] is False
    assert warned(caller, export) == ["DueSoon", "Overdue", "DeadlineExtended", "DeadlineExtended", "HandedOver"]
    refused = caller.call("POST", f"exports/{export}/deadline", json={"action": "pause", "reason": "They are away."})
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "ClockStopped")


def test_a_paused_clock_warns_of_nothing_until_it_is_resumed(caller: Caller) -> None:
    due = datetime.now(UTC) + timedelta(seconds=4)
    export = caller.post(caller.quick(caller.new_user()), dueDateTime=due.isoformat())["id"]
    paused = change(caller, export, action="pause", reason="The person was asked.")
    assert caller.ended(export)["pausedDateTime"] == paused["pausedDateTime"]
    listed = caller.call("GET", "exports", params={"paused": "true", "awaitsHandover": "true"}).json()["value"]
    assert [each["id"] for each in listed] == [export]
    assert eventually(lambda: datetime.now(UTC) > due + timedelta(seconds=8)), "a round of the reconciler"
    assert warned(caller, export)[-1] == "ClockPaused"

    resumed = change(caller, export, action="resume")
    assert resumed["pausedDateTime"] is None
    assert datetime.fromisoformat(resumed["dueDateTime"]) > due + timedelta(seconds=6)
    assert eventually(lambda: warned(caller, export)[-2:] == ["DueSoon", "Overdue"], 30)
    overdue = caller.call("GET", "exports", params={"awaitsHandover": "true", "dueBefore": due_in(timedelta())})
    assert export in [each["id"] for each in overdue.json()["value"]]
    assert caller.call("GET", "exports", params={"paused": "true"}).json()["value"] == []
