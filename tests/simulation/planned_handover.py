"""What callers ask on the way from an export to its person: for the clock, holds, packages, and the hand-over itself.

It is drawn apart from the rest of a plan, so that what else a seed does stays as it is.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from tests.simulation.planned_calls import DAY, RECEIVERS, REFERENCES, PlannedCall

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from random import Random

LANGUAGES = ("en", "de", "fr", "es")
_METHODS = ("link", "portal", "email", "post", "inPerson", "other")
_SHARE = 0.5
"""How many seeds have such calls."""
_CLOCK_CALLS = ("extend deadline", "pause clock", "pause clock", "resume clock", "resume clock")


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """All calls of a run, with those that are about answers, and the settings that go with them."""

    calls: tuple[PlannedCall, ...]
    environment: dict[str, str] = field(default_factory=dict)
    has_hard_names: bool = False
    """Whether files have names that a zip can't have."""
    stuck: str | None = None
    """The call of a package's step at which its process always dies; None for none."""
    file_changes: tuple[timedelta, ...] = ()
    """When somebody changes a file of an export that has succeeded."""


@dataclass(frozen=True, slots=True)
class _Draw:
    """What the draws of a run have in common."""

    random: Random
    begin: datetime
    """When the run starts."""
    scale: timedelta

    def time(self, earliest: float, latest: float) -> timedelta:
        """A time from the start of the run, in parts of its scale."""
        return self.random.uniform(earliest, latest) * self.scale

    def happens(self, odds: float) -> bool:
        """Whether something is so."""
        return self.random.random() < odds

    def moment(self, at: timedelta) -> str:
        """A time as callers send it."""
        return (self.begin + at).isoformat(timespec="seconds")

    def subscribed_events(self) -> list[str]:
        """What a subscription is for; empty for the default, which is the ends."""
        return self.random.choice(([], ["handedOver"], ["ended", "handedOver"]))


def draw_handover(random: Random, calls: tuple[PlannedCall, ...], begin: datetime, scale: timedelta) -> Handover:
    """Adds calls to those of a run; those that ask for an export may get a deadline that comes near."""
    if random.random() >= _SHARE:
        return Handover(calls=calls)
    draw = _Draw(random, begin, scale)
    events = {str(call.body): draw.subscribed_events() for call in calls if call.name == "subscribe"}
    asked = [_with_events(_with_deadline(draw, call), events) for call in calls]
    starts = [call for call in asked if call.name == "start"][:2]
    later = [each for start in starts for each in _calls_about(draw, start)]
    if draw.happens(0.3):
        later += _holds_by_reference(draw, random.choice(starts).caller)
    return Handover(
        calls=(*asked, *later),
        environment={
            "EXPORT_EXPECT_HANDOVER": str(draw.happens(0.7)).lower(),
            "EXPORT_DUE": random.choice(("P1D", "P1D", "P2D", "P1M")),
        },
        has_hard_names=draw.happens(0.7),
        stuck=random.choice(("zip_blobs.put_block", "zip_blobs.copy_block", "zip_blobs.commit"))
        if draw.happens(0.03)
        else None,
        file_changes=(draw.time(0.5, 3),) if draw.happens(0.08) else (),
    )


def _with_deadline(draw: _Draw, start: PlannedCall) -> PlannedCall:
    if not (start.name == "start" and isinstance(start.body, dict) and draw.happens(0.6)):
        return start
    body = {"receivedDateTime": draw.moment(-DAY), "dueDateTime": draw.moment(draw.time(0.3, 4))}
    if draw.happens(0.3):
        body["reference"] = draw.random.choice(REFERENCES)
    return replace(start, body={**start.body, **body})


def _with_events(call: PlannedCall, events: Mapping[str, list[str]]) -> PlannedCall:
    """A subscription, or its deletion, with the events that it is for: none for the default."""
    if not (call.name in {"subscribe", "unsubscribe"} and isinstance(call.body, dict) and events[str(call.body)]):
        return call
    return replace(call, body={**call.body, "events": events[str(call.body)]})


def _calls_about(draw: _Draw, start: PlannedCall) -> list[PlannedCall]:
    calls = [
        *(_clock(draw, start) if draw.happens(0.5) else ()),
        *(_holds(draw, start) if draw.happens(0.5) else ()),
        *(_packages(draw, start) if draw.happens(0.6) else ()),
        *(_answers(draw, start) if draw.happens(0.4) else ()),
    ]
    if draw.happens(0.25):
        calls.append(_call(start, "erase", draw.time(0.8, 3)))
    return calls


def _clock(draw: _Draw, start: PlannedCall) -> list[PlannedCall]:
    calls = []
    for _ in range(draw.random.choice((1, 2, 4, 6))):
        name, at = draw.random.choice(_CLOCK_CALLS), start.at + draw.time(0, 1.5)
        if draw.happens(0.25):
            at += draw.random.uniform(0, 2) * DAY
        match name:
            case "extend deadline":
                due = at + draw.time(0, 4) + draw.random.choice((0, 0, 1, 3)) * DAY
                body = {"action": "extend", "dueDateTime": draw.moment(due), "reason": "complexity"}
            case "pause clock":
                body = {"action": "pause", "reason": "identity"}
            case _:
                body = {"action": "resume"}
        calls.append(_call(start, name, at, body))
    return calls


def _holds(draw: _Draw, start: PlannedCall) -> list[PlannedCall]:
    """Holds on one export, most of which are lifted: soon, or after its retention would have been over."""
    calls = []
    for number in range(draw.random.choice((1, 1, 2))):
        at = start.at + draw.time(0, 3)
        calls.append(_call(start, "hold", at, {"reason": f"court order {number}"}))
        if draw.happens(0.75):
            calls.append(_call(start, "lift", at + _until_lifted(draw)))
    return calls


def _holds_by_reference(draw: _Draw, caller: str) -> list[PlannedCall]:
    at, params = draw.time(0, 3), {"reference": draw.random.choice(REFERENCES)}
    held = PlannedCall(
        name="hold by reference", at=at, caller=caller, params=params, body={"reason": "court order for a case"}
    )
    if draw.happens(0.3):
        return [held]
    lifted = PlannedCall(name="lift by reference", at=at + _until_lifted(draw), caller=caller, params=params)
    return [held, lifted]


def _until_lifted(draw: _Draw) -> timedelta:
    return draw.random.uniform(0.5, 3) * DAY if draw.happens(0.5) else draw.time(0, 1)


def _packages(draw: _Draw, start: PlannedCall) -> list[PlannedCall]:
    """Packages in some languages, each asked for several times, because the export has to have succeeded first."""
    calls = []
    for language in draw.random.sample(LANGUAGES, draw.random.choice((1, 1, 2, 4))):
        body, params = {"language": language}, {"language": language}
        for _ in range(draw.random.choice((1, 2, 3))):
            at = start.at + draw.time(0.7, 4)
            calls += [
                _call(start, "package", at, body),
                _call(start, "look at package", at + draw.time(0, 1), params=params),
            ]
        if draw.happens(0.5):
            link = {"package": language, "expiresInMinutes": draw.random.choice((15, 60, 1440))}
            calls.append(_call(start, "link package", start.at + draw.time(2, 6), link))
    return calls


def _answers(draw: _Draw, start: PlannedCall) -> list[PlannedCall]:
    """One hand-over, which may be repeated with the same or other words, and to which somebody may have subscribed."""
    at = start.at + draw.time(0.8, 4)
    if draw.happens(0.3):
        at += draw.random.uniform(0, 3) * DAY
    calls = []
    if draw.happens(0.3):  # answered in another way
        calls = [
            _call(start, "cancel", start.at + draw.time(0, 0.8)),
            _call(start, "retry", at + draw.time(0, 1)),
        ]
    if draw.happens(0.4):
        url = f"{draw.random.choice(RECEIVERS)}&name=answers"
        body = {"callbackUrl": url, "events": ["ended", "handedOver"]}
        calls.append(PlannedCall(name="subscribe", at=timedelta(), caller=start.caller, body=body))
    for _ in range(draw.random.choice((1, 1, 2))):
        body = {"method": draw.random.choice(_METHODS)} if draw.happens(0.5) else {}
        if draw.happens(0.4):
            body["handedOverDateTime"] = draw.moment(at)
        calls.append(_call(start, "hand over", at + draw.time(0, 0.5), body))
    return calls


def _call(
    start: PlannedCall, name: str, at: timedelta, body: object = None, params: Mapping[str, str] | None = None
) -> PlannedCall:
    return PlannedCall(name=name, at=at, caller=start.caller, export_id=start.export_id, body=body, params=params or {})
