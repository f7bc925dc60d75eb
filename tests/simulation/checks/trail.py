"""The audit trail explains every state: each change has an event in the same transaction, and no number is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.exports.states_and_codes import AttemptStatus, EventType, Status
from shared.records.event_and_file_rows import EVENT_KEYS, file_key_range
from tests.simulation.checks.check import Check, CheckState, export_of
from tests.simulation.world.facts import Committed, Linked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared.exports.export import Attempt, Event, Export
    from tests.simulation.world.facts import Line

_OF_STATUS = {
    Status.NOT_STARTED: {EventType.ACCEPTED},
    Status.RUNNING: {EventType.SUBJECT_RESOLVED, EventType.ATTEMPT_STARTED, EventType.RETRIED},
    Status.SUCCEEDED: {EventType.SUCCEEDED},
    Status.FAILED: {EventType.FAILED},
    Status.CANCELED: {EventType.CANCELED},
}
_OF_ATTEMPT = {
    AttemptStatus.READY: {EventType.ATTEMPT_STARTED, EventType.BACKED_OFF},
    AttemptStatus.SUBMITTING: {EventType.SUBMITTING},
    AttemptStatus.RUNNING: {EventType.SUBMITTED, EventType.OPERATION_ADOPTED},
    AttemptStatus.COMPLETE: {EventType.OPERATION_COMPLETE},
    AttemptStatus.FAILED: {EventType.FAILED},
    AttemptStatus.LOST: {EventType.ATTEMPT_LOST},
    AttemptStatus.CANCELED: {EventType.CANCELED},
}


class Trail(Check):
    """Each change of an export has a matching event."""

    name = "trail explains"

    def __init__(self, state: CheckState) -> None:
        super().__init__(state)
        self._linked: set[tuple[str, object]] = set()

    def see(self, line: Line) -> None:
        match line.fact:
            case Linked(container=container, file=file):
                known = (export_of(container), file) in self._linked
                self.expect(f"a link to {file} in {container} is in no trail", holds=known)
            case Committed(before=before, after=after, events=events):
                links = (event for event in events if event.type == EventType.LINK_CREATED)
                self._linked |= {(after.id, self._name_of(after, event)) for event in links}
                recorded = {EventType(event.type) for event in events}
                for change, fitting in _changes(before, after):
                    self.expect(
                        f"{after.id}: {change}, but the trail says {sorted(recorded)}", holds=bool(fitting & recorded)
                    )

    def _name_of(self, export: Export, link: Event) -> object:
        """The name of the file that a link is to: its event has the number of a line of the manifest, and no name."""
        self.expect(f"{export.id}: a link names its file: {link.detail}", holds="file" not in link.detail)
        line = self.world.exports.row(export.id, file_key_range(export, int(link.detail["number"]))[0])
        return None if line is None else line.row["fileName"]

    def finish(self) -> None:
        for export in self.state.readable():
            keys = [found.row["RowKey"] for found in self.world.exports.rows(export.id, *EVENT_KEYS)]
            numbers = [int(key.partition("-")[2]) for key in keys]
            expected = list(range(1, export.event_count + 1))
            self.expect(f"{export.id} has events {numbers} of {export.event_count}", holds=numbers == expected)
            types = [found.row["eventType"] for found in self.world.exports.rows(export.id, *EVENT_KEYS)]
            for once in (EventType.DUE_SOON, EventType.OVERDUE):
                self.expect(f"{export.id} was warned {once} more than once", holds=types.count(once) <= 1)


def _changes(before: Export | None, after: Export) -> Iterator[tuple[str, set[EventType]]]:
    if before is None or before.status is not after.status:
        yield f"now {after.status}", _OF_STATUS[after.status]
    if before is not None and before.stage is not after.stage and after.stage == "Canceling":
        yield "cancel wished", {EventType.CANCEL_REQUESTED}
    if after.erased_at is not None and (before is None or before.erased_at is None):
        yield "erased", {EventType.ERASED}
    known = {} if before is None else {attempt.number: attempt for attempt in before.attempts}
    for attempt in after.attempts:
        yield from _attempt_changes(known.get(attempt.number), attempt)
    warnings = () if before is None else before.warnings
    if len(after.warnings) > len(warnings):
        yield "warned", {EventType.WARNED, EventType.DUE_SOON, EventType.OVERDUE}


def _attempt_changes(before: Attempt | None, after: Attempt) -> Iterator[tuple[str, set[EventType]]]:
    if before is None or before.status is not after.status:
        yield f"attempt {after.number} is {after.status}", _OF_ATTEMPT[after.status]
    if before is None:
        return
    if after.grant.revoked_at is not None and before.grant.revoked_at is None:
        yield f"grant {after.number} revoked", {EventType.GRANT_REVOKED}
    if after.grant.expires_at != before.grant.expires_at:
        yield f"grant {after.number} moved", {EventType.GRANT_EXTENDED, EventType.SUBMITTING}
