"""What callers ask of the API in the world of a seed: who asks for what, and when."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from shared.exports.export import FUNCTION_KEY_CALLER
from shared.exports.ids import export_id_from_key

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
RECEIVERS = tuple(f"https://receiver-{number}.contoso.example/hook?code=SECRET{number}" for number in range(4))
"""Where callbacks go; the codes are secrets."""
REFERENCES = ("case-1", "case-2")
_LATER_CALLS = ("cancel", "cancel", "retry", "retry", "erase", "look", "files", "link")
_COPIES = 130
"""How many subscriptions are asked for at once where there are to be too many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedCall:
    """A call of the API."""

    name: str
    at: timedelta
    caller: str
    """The principal's object id."""
    export_id: str = ""
    """The export that the call is about, if it is about one."""
    key: str | None = None
    """The idempotency key."""
    body: object = None
    params: Mapping[str, str] = field(default_factory=dict)
    cancels_after: timedelta | None = None
    """For a batch: how long after its answer the caller cancels all that was accepted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """Who there is: principals that call, and people whose data they ask for, object ids by principal name.

    `flood` is how many exports one principal asks for at once; `cycles` how often an export is canceled and retried.
    """

    principals: tuple[str, ...]
    people: dict[str, str]
    flood: int
    cycles: int


def draw_crowd(random: Random, *, has_principals: bool) -> Crowd:
    """Who there is in the world of a seed."""
    flood = random.choice((8, 12, 24)) if has_principals and random.random() < 0.05 else 0
    principals = tuple(guid(random) for _ in range(random.choice((1, 2, 3)) + bool(flood)))
    return Crowd(
        principals=principals if has_principals else (FUNCTION_KEY_CALLER,),
        people={f"person{n}@contoso.example": guid(random) for n in range(3 + flood)},
        flood=flood,
        cycles=random.choice((12, 40, 130)) if random.random() < 0.015 else 0,
    )


def draw_calls(random: Random, crowd: Crowd, scale: timedelta) -> tuple[PlannedCall, ...]:
    """All calls of a run, most of them within `scale`."""
    calls: list[PlannedCall] = []
    for number in range(random.choice((1, 1, 2))):
        calls += _single(random, crowd, scale, f"key-{number}")
    if random.random() < 0.15:
        calls += _batch(random, crowd, scale)
    if random.random() < 0.2:
        calls += _subscriptions(random, crowd, scale)
    if random.random() < 0.3:
        calls += [_listing(random, crowd, scale) for _ in range(3)]
    if crowd.flood:
        calls += _flood(random, crowd, scale)
    if crowd.cycles:
        calls += _cycles(calls[0], crowd.cycles, scale)
    return tuple(calls)


def _single(random: Random, crowd: Crowd, scale: timedelta, key: str) -> list[PlannedCall]:
    """An export, and the calls about it."""
    caller = random.choice(crowd.principals)
    export_id, at = export_id_from_key(caller, key), random.uniform(0, 0.2) * scale
    start = PlannedCall(
        name="start", at=at, caller=caller, key=key, export_id=export_id, body=_body(random, _whom(random, crowd))
    )
    later = [
        PlannedCall(name=random.choice(_LATER_CALLS), at=when, caller=caller, export_id=export_id)
        for when in _later_call_times(random, scale)
    ]
    return [start, *later]


def _body(random: Random, person: str) -> dict[str, object]:
    body: dict[str, object] = {"subject": {"type": "user", "id": person}}
    if random.random() < 0.35:
        body["callbackUrl"] = random.choice(RECEIVERS)
    if random.random() < 0.3:
        body["reference"] = random.choice(REFERENCES)
    if random.random() < 0.1:
        body["allowDuplicate"] = True
    return body


def _whom(random: Random, crowd: Crowd) -> str:
    """The name or object id of a person, who may not exist."""
    if random.random() < 0.05:
        return random.choice(("nobody@contoso.example", guid(random)))
    return random.choice(random.choice(list(crowd.people.items())[:3]))


def _later_call_times(random: Random, scale: timedelta) -> list[timedelta]:
    count = random.choice((0, 0, 1, 2, 4))
    if random.random() < 0.5:  # close together, to race each other
        begin = random.uniform(0, 1.5) * scale
        return sorted(begin + random.uniform(0, 10) * SECOND for _ in range(count))
    return sorted(random.uniform(0, 2.5) * scale for _ in range(count))


def _batch(random: Random, crowd: Crowd, scale: timedelta) -> list[PlannedCall]:
    """A batch, which may be repeated, with the same body or with another."""
    caller, at = random.choice(crowd.principals), random.uniform(0, 0.5) * scale
    items = [_body(random, _whom(random, crowd)) for _ in range(random.choice((1, 3, 6)))]
    if random.random() < 0.2:
        items.append({"subject": {"type": "user", "id": "no name"}})
    batch = PlannedCall(name="batch", at=at, caller=caller, key="batch-1", body={"exports": items})
    calls = [batch]
    if random.random() < 0.5:
        calls.append(_again(random, batch, batch.body))
    if random.random() < 0.3:
        calls.append(_again(random, batch, {"exports": [*items, _body(random, _whom(random, crowd))]}))
    return calls


def _again(random: Random, batch: PlannedCall, body: object) -> PlannedCall:
    """The same batch once more, close to the first or later."""
    at = batch.at + random.choice((0.1, 5, 600)) * random.random() * SECOND
    return PlannedCall(name="batch", at=at, caller=batch.caller, key=batch.key, body=body)


def _subscriptions(random: Random, crowd: Crowd, scale: timedelta) -> list[PlannedCall]:
    """Subscriptions, some of which are deleted; seldom more at once than there may be."""
    if random.random() < 0.08:
        at = random.uniform(0, 0.3) * scale
        return [
            _subscription(random, crowd, at + random.uniform(0, 3) * SECOND, f"copy-{number}")
            for number in range(_COPIES)
        ]
    calls: list[PlannedCall] = []
    for number in range(random.choice((1, 2, 3))):
        added = _subscription(random, crowd, random.uniform(0, 1) * scale, f"subscription-{number}")
        calls.append(added)
        if random.random() < 0.4:
            at = added.at + random.uniform(0, 0.5) * scale
            calls.append(PlannedCall(name="unsubscribe", at=at, caller=added.caller, body=added.body))
    return calls


def _subscription(random: Random, crowd: Crowd, at: timedelta, name: str) -> PlannedCall:
    body: dict[str, object] = {"callbackUrl": f"{random.choice(RECEIVERS)}&name={name}"}
    if random.random() < 0.3:
        body["status"] = ["Succeeded"]
    if random.random() < 0.3:
        body["reference"] = random.choice(REFERENCES)
    return PlannedCall(name="subscribe", at=at, caller=random.choice(crowd.principals), body=body)


def _listing(random: Random, crowd: Crowd, scale: timedelta) -> PlannedCall:
    params = random.choice(
        (
            {"status": "Running"},
            {"status": "NotStarted"},
            {"reference": "case-1"},
            {"dueBefore": "2026-12-01T09:00:00Z"},
        )
    )
    return PlannedCall(
        name="page", at=random.uniform(0, 2) * scale, caller=random.choice(crowd.principals), params=params
    )


def _flood(random: Random, crowd: Crowd, scale: timedelta) -> list[PlannedCall]:
    """A principal asks for many exports at once, while others ask for one now and then."""
    flooder, *others = crowd.principals
    people = list(crowd.people)[3:]
    at = random.uniform(0, 0.2) * scale
    items = [{"subject": {"type": "user", "id": person}} for person in people]
    cancels_after = random.uniform(0, 0.5) * scale if random.random() < 0.3 else None
    batch = PlannedCall(
        name="batch", at=at, caller=flooder, key="flood", body={"exports": items}, cancels_after=cancels_after
    )
    calls = [batch]
    for number, other in enumerate(others):
        person = f"urgent{number}@contoso.example"
        crowd.people[person] = guid(random)
        key, body = f"urgent-{number}", {"subject": {"type": "user", "id": person}}
        start_at = at + random.uniform(0, 1) * scale
        export_id = export_id_from_key(other, key)
        calls.append(PlannedCall(name="start", at=start_at, caller=other, key=key, export_id=export_id, body=body))
    return calls


def _cycles(start: PlannedCall, count: int, scale: timedelta) -> list[PlannedCall]:
    """An export is canceled and retried again and again."""
    pause = max(scale / count, 110 * SECOND)
    times = ((call, start.at + pause * (number + share)) for number in range(count) for call, share in _CYCLE)
    return [PlannedCall(name=name, at=at, caller=start.caller, export_id=start.export_id) for name, at in times]


_CYCLE = (("cancel", 0.9), ("retry", 1.0))


def guid(random: Random) -> str:
    """A GUID that `random` draws."""
    return str(uuid.UUID(bytes=random.randbytes(16), version=4))
