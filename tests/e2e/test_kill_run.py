"""Thirty exports, fifteen kills of the host at random moments, and a storage restart: each export ends exactly once."""

import random
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import httpx
import pytest

from local.stack.local_stack import Stack
from tests.e2e.caller import Caller
from tests.local.waiting import eventually

EXPORTS, KILLS = 30, 15
SEED = 20261122
FAULTS = [None, None, "dropAfter", "noLocation", "throttle"]


def posted(caller: Caller, subject: str) -> str:
    """Retries the request until it is answered, which the idempotency key makes safe."""
    headers = {"Idempotency-Key": str(uuid4())}
    body = {"subject": {"type": "user", "id": subject}}
    answers: list[httpx.Response] = []

    def accepted() -> bool:
        try:
            answers.append(caller.call("POST", "exports", json=body, headers=headers))
        except httpx.TransportError:
            return False
        return answers[-1].status_code == 202

    assert eventually(accepted, 60)
    return str(answers[-1].json()["id"])


def outcome(caller: Caller, export_id: str) -> dict[str, Any]:
    seen: list[dict[str, Any]] = []

    def has_ended() -> bool:
        try:
            seen.append(caller.get(export_id))
        except (httpx.TransportError, ValueError):  # the host is down, or the platform answers for it
            return False
        return seen[-1].get("status") in {"Succeeded", "Failed", "Canceled"}

    assert eventually(has_ended, 200, pause=0.5), seen[-1:]
    return seen[-1]


@pytest.mark.timeout(420)
def test_all_end_once(stack: Stack, caller: Caller) -> None:
    dice = random.Random(SEED)  # noqa: S311 - it chooses moments
    subjects = [caller.new_user() for _ in range(EXPORTS)]
    for number, subject in enumerate(subjects):
        caller.fault("submit", "duration", subject, seconds=dice.uniform(1, 15))
        fault = FAULTS[number % len(FAULTS)]
        if fault:
            caller.fault("submit", fault, subject)

    with ThreadPoolExecutor(6) as pool:
        asking = [pool.submit(posted, caller, subject) for subject in subjects]
        for number in range(KILLS):
            time.sleep(dice.uniform(0.2, 3.0))  # random moments are the point; there is no condition to wait for
            stack.kill_host()
            if number == KILLS // 2:
                stack.azurite.stop()
                stack.azurite.start()
        exports = [asked.result() for asked in asking]
        ended = list(pool.map(lambda export: outcome(caller, export), exports))

    assert len(set(exports)) == EXPORTS
    assert [export["status"] for export in ended] == ["Succeeded"] * EXPORTS
    for subject, export in zip(subjects, ended, strict=True):
        used = [attempt["operationId"] for attempt in export["attempts"] if attempt["operationId"]]
        assert [operation["id"] for operation in caller.operations(subject)] == used
        assert len(used) == 1
        assert export["files"]["count"] > 0
        assert export["grant"]["revokedDateTime"]
