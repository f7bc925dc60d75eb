"""Callers of the API: they ask as it was planned, repeat calls that got no answer, and note what they were told."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import azure.functions as func

from shared.exports.exceptions import (
    CallbackNotAllowedError,
    IdempotencyKeyReusedError,
    ImpossibleHandoverError,
    NotPossibleError,
    StorageRefusedError,
    SubjectBusyError,
    TooManySubscriptionsError,
)
from shared.exports.states_and_codes import Status
from shared.http.api_errors import ApiError
from tests.simulation.api_calls import next_page, subscription_of
from tests.simulation.planned_calls import REFERENCES, PlannedCall
from tests.simulation.stepping import Raised, Returned
from tests.simulation.world.facts import Said

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.simulation.api_calls import ApiCalls
    from tests.simulation.stepping import Ending
    from tests.simulation.task_hub import StartRun
    from tests.simulation.world.world import World

_AGAIN = timedelta(seconds=20)
_TRIES = 60
_MEANT = (
    ApiError,
    CallbackNotAllowedError,
    IdempotencyKeyReusedError,
    ImpossibleHandoverError,
    NotPossibleError,
    StorageRefusedError,
    SubjectBusyError,
    TooManySubscriptionsError,
)
"""Errors that are a final answer; after any other the caller tries again."""
_NOT_ACCEPTED = frozenset({"Refused", "Busy", "Unreadable"})
"""What is said of an item of a batch that has no export."""
_LISTINGS: tuple[dict[str, str], ...] = (
    *({"status": status.value} for status in Status),
    *({"reference": reference} for reference in REFERENCES),
    {"paused": "true"},
    {"onHold": "true"},
    {"awaitsHandover": "true"},
    {"unanswered": "true"},
    {"unanswered": "true", "dueBefore": "2099-01-01T00:00:00Z"},
    {"unanswered": "true", "onHold": "true"},
    {"paused": "false", "onHold": "false", "awaitsHandover": "false"},
    {"awaitsHandover": "true", "reference": REFERENCES[0]},
    {"dueBefore": "2099-01-01T00:00:00Z"},
    {"dueBefore": "2099-01-01T00:00:00Z", "status": Status.FAILED.value},
    {"status": "NotStarted,Running"},
    {"status": "Succeeded,Failed,Canceled"},
    {"dueBefore": "2099-01-01T00:00:00Z", "status": "Succeeded,Failed,Canceled"},
)


_PAGED = frozenset({"page", "hold by reference", "lift by reference"})


@dataclass(slots=True)
class Told:
    """What callers were told.

    Attributes:
        accepted: the ids of the exports that a caller got a 202 for.
        batches: the newest answer about each batch, by id.
        accepted_items: the ids of the exports that a batch was said to have, by the batch's id and the item's number.
        missing: the ids of the batches that were not found in the end.
        bodies: the first body that each batch was accepted with, by id.
        reused: the ids of the batches whose key was refused for another body.
        heads: what was said of the heads of trails: the export's id, how many events, the hash of the last.
        held: the ids of the exports that were said to be held.
        packages: the newest answer about each package that was accepted, by the export's id and the language.
        subscribed: the ids of the subscriptions that a caller got a 201 for, deleted or not.
        listings: the ids of the exports in each listing once all was calm, by its parameters.
    """

    accepted: set[str] = field(default_factory=set)
    batches: dict[str, dict[str, Any]] = field(default_factory=dict)
    accepted_items: dict[str, dict[int, str]] = field(default_factory=dict)
    missing: set[str] = field(default_factory=set)
    bodies: dict[str, object] = field(default_factory=dict)
    heads: list[tuple[str, int, str | None]] = field(default_factory=list)
    held: set[str] = field(default_factory=set)
    packages: dict[tuple[str, str], dict[str, Any] | None] = field(default_factory=dict)
    subscribed: set[str] = field(default_factory=set)
    listings: dict[tuple[tuple[str, str], ...], list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))


class Callers:
    """All callers of a run.

    Attributes:
        told: what they were told.
        open_calls: how many calls have no answer yet.
    """

    def __init__(self, world: World, api: ApiCalls, run: StartRun, note: Callable[[str, str], None]) -> None:
        """Callers that have called nothing yet; `note` counts their calls that were answered."""
        self._world = world
        self._api = api
        self._start_run = run
        self._note = note
        self._asked_packages: list[PlannedCall] = []
        self.told = Told()
        self.open_calls = 0

    def expect(self, call: PlannedCall) -> None:
        """Schedules a call, from the start of the run on."""
        self._call_at(call, call.at)

    def look_at_everything(self, caller: str) -> None:
        """Looks at every batch and package, and lists all exports and the caller's own in each way."""
        for batch_id in self.told.batches:
            self._call_now(PlannedCall(name="look at batch", at=timedelta(), caller=caller, export_id=batch_id))
        for call in self._asked_packages:
            self.told.packages[_package_of(call)] = None
            self._call_now(replace(call, name="look at package", params={"language": _package_of(call)[1]}))
        for params in (*_LISTINGS, *({**params, "requestedBy": caller} for params in ({}, *_LISTINGS))):
            self._call_now(PlannedCall(name="page", at=timedelta(), caller=caller, key="last", params=params))

    def _call_now(self, call: PlannedCall) -> None:
        self._call_at(call, timedelta())

    def _call_at(self, call: PlannedCall, after: timedelta) -> None:
        self.open_calls += 1

        def attempt(tries: int) -> None:
            self._start_run(
                f"caller {call.name}", lambda services: self._api.make(call, services), lambda end: ended(end, tries)
            )

        def ended(ending: Ending, tries: int) -> None:
            match ending:
                case Returned(value=func.HttpResponse() as answer):
                    self._say(call, answer)
                    if not self._take(call, answer) and tries < _TRIES:
                        self._world.schedule.after(_AGAIN, lambda: attempt(tries + 1))
                        return
                case Raised(error=error) if isinstance(error, _MEANT):
                    self._world.record(Said("answer", str(error)))
                    if call.name == "look at batch":
                        self.told.missing.add(call.export_id)
                    self._note(f"caller: {call.name}, refused", type(error).__name__)
                case _ if tries < _TRIES:
                    self._world.schedule.after(_AGAIN, lambda: attempt(tries + 1))
                    return
            self.open_calls -= 1

        self._world.schedule.after(after, lambda: attempt(1))

    def _take(self, call: PlannedCall, answer: func.HttpResponse) -> bool:
        """Notes what a caller was told. Returns False if it is to call again."""
        told = self.told
        body = json.loads(answer.get_body() or b"{}")
        told.heads += _heads(body)
        match call.name:
            case "start":
                told.accepted.add(call.export_id)
                return True
            case "batch" | "look at batch":
                return self._take_batch(call, body)
            case "hold by reference" | "lift by reference" if any(item["status"] == "Busy" for item in body["value"]):
                return False
            case "hold" | "hold by reference" | "package" | "look at package":
                self._take_handover(call, body)
            case "subscribe":
                told.subscribed.add(subscription_of(call))
            case "page" if call.key is not None:
                told.listings[_listing(call)] += body["value"]
        following = next_page(body) if call.name in _PAGED else None
        if following is not None:
            self._call_now(replace(call, params=following))
        self._note(f"caller: {call.name}", call.export_id)
        return True

    def _take_handover(self, call: PlannedCall, body: dict[str, Any]) -> None:
        match call.name:
            case "hold":
                self.told.held.add(call.export_id)
            case "hold by reference":
                self.told.held.update(item["exportId"] for item in body["value"] if item["status"] == "Held")
            case "package":
                self._asked_packages.append(call)
                self.told.packages[_package_of(call)] = body
            case _:
                self.told.packages[_package_of(call)] = body

    def _take_batch(self, call: PlannedCall, batch: dict[str, Any]) -> bool:
        told = self.told
        told.batches[batch["id"]] = batch
        told.bodies.setdefault(batch["id"], call.body)
        accepted = {item["number"]: item["exportId"] for item in batch["items"] if item["status"] not in _NOT_ACCEPTED}
        ids = list(accepted.values())
        if call.name == "batch":
            told.accepted.update(ids)
            told.accepted_items.setdefault(batch["id"], {}).update(accepted)
            if any(item["status"] == "Busy" for item in batch["items"]):
                return False
        self._note(f"caller: {call.name}", batch["id"])
        if call.cancels_after is not None:
            for export_id in ids:
                cancel = PlannedCall(name="cancel", at=timedelta(), caller=call.caller, export_id=export_id)
                self._call_at(cancel, call.cancels_after)
        return True

    def _say(self, call: PlannedCall, answer: func.HttpResponse) -> None:
        self._world.record(Said(f"answer to {call.name}", f"{answer.get_body()!r} {dict(answer.headers)}"))


def _listing(call: PlannedCall) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((name, value) for name, value in call.params.items() if name != "continuationToken"))


def _package_of(call: PlannedCall) -> tuple[str, str]:
    """The export's id and the language of the package that a call is about."""
    language = call.body["language"] if isinstance(call.body, dict) else call.params["language"]
    return call.export_id, language


def _heads(body: dict[str, Any]) -> list[tuple[str, int, str | None]]:
    """What an answer says of the heads of trails: one of an export, or a page of them."""
    exports = [body, *(body["value"] if isinstance(body.get("value"), list) else ())]
    return [
        (export["id"], export["trail"]["eventCount"], export["trail"]["sha256"])
        for export in exports
        if export.get("trail") is not None
    ]
