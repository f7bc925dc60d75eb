"""The chain of a trail: each event has the hash of itself and of the one before, and every head that was told fits."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from shared.exports.timestamps import to_iso
from shared.records.event_and_file_rows import EVENT_KEYS, event_from_row
from tests.simulation.checks.check import Check, CheckState
from tests.simulation.world.facts import Called, Committed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared.exports.export import Event, Export
    from tests.simulation.world.facts import Line


class ChainHolds(Check):
    """The events of a trail form one chain, whose head is with the export; what callers were told of it is in it."""

    name = "chain holds"

    def __init__(self, state: CheckState) -> None:
        super().__init__(state)
        self._heads: dict[str, str | None] = {}
        self._called: list[tuple[str, int, str | None]] = []

    def see(self, line: Line) -> None:
        match line.fact:
            case Committed(after=after, events=events):
                self._check_links(after, events, after.event_count - len(events), self._heads.get(after.id))
                self._heads[after.id] = after.trail_sha256
            case Called(export_id=export_id, body=body):
                trail = json.loads(body)["data"].get("trail")
                self.expect(f"a callback about {export_id} has no head of its trail", holds=trail is not None)
                if trail is not None:
                    self._called.append((export_id, trail["eventCount"], trail["sha256"]))

    def finish(self) -> None:
        trails: dict[str, list[str | None]] = {}
        for export in self.state.readable():
            events = [event_from_row(found.row) for found in self.world.exports.rows(export.id, *EVENT_KEYS)]
            self._check_links(export, events, 0, None)
            trails[export.id] = [event.sha256 for event in events]
        for export_id, count, sha256 in (*self._called, *self.state.told.heads):
            if export_id in trails:
                trail = trails[export_id]
                holds = 0 < count <= len(trail) and trail[count - 1] == sha256
                self.expect(f"{export_id}: event {count} was told to be {sha256}, of {len(trail)}", holds=holds)

    def _check_links(self, export: Export, events: Sequence[Event], before: int, previous: str | None) -> None:
        """Checks that events, numbered after `before`, follow on `previous` and end with the export's head."""
        for number, event in enumerate(events, before + 1):
            what = f"{export.id}: event {number}, {event.type},"
            self.expect(f"{what} does not follow on the one before", holds=event.previous_sha256 == previous)
            self.expect(f"{what} has not its own hash", holds=event.sha256 == _hash(export.id, number, event))
            previous = event.sha256
        self.expect(f"{export.id}: its head is not its newest event", holds=export.trail_sha256 == previous)


def _hash(export_id: str, number: int, event: Event) -> str:
    """The hash that an event should have, as docs/outcomes.md says."""
    text: dict[str, Any] = {
        "exportId": export_id,
        "number": number,
        "type": event.type,
        "dateTime": to_iso(event.at),
        "actor": event.actor,
        "detail": event.detail,
        "previousSha256": event.previous_sha256,
    }
    canonical = json.dumps(text, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()
