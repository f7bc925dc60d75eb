"""The audit trail explains every state: each change has an event in the same transaction, and no number is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.exports.export import ended_at
from shared.exports.states_and_codes import AttemptStatus, EventType, PackageStatus, Status
from shared.records.event_and_file_rows import EVENT_KEYS, file_key_range
from tests.simulation.checks.check import Check, CheckState, export_of
from tests.simulation.checks.packages import blob_names
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
_OF_PACKAGE = {
    PackageStatus.BUILDING: EventType.PACKAGE_REQUESTED,
    PackageStatus.READY: EventType.PACKAGE_MADE,
    PackageStatus.FAILED: EventType.PACKAGE_FAILED,
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
        """The name of the file that a link is to.

        Its event has the number of a line of the manifest, or of a zip of a package, and no name.
        """
        self.expect(f"{export.id}: a link names its file: {link.detail}", holds="file" not in link.detail)
        if "package" in link.detail:
            package = next(each for each in export.packages if each.language == link.detail["package"])
            return blob_names(package, ended_at(export))[int(link.detail["part"]) - 1]
        line = self.world.exports.row(export.id, file_key_range(export, int(link.detail["number"]))[0])
        return None if line is None else line.row["fileName"]

    def finish(self) -> None:
        for export in self.state.readable():
            keys = [found.row["RowKey"] for found in self.world.exports.rows(export.id, *EVENT_KEYS)]
            numbers = [int(key.partition("-")[2]) for key in keys]
            expected = list(range(1, export.event_count + 1))
            self.expect(f"{export.id} has events {numbers} of {export.event_count}", holds=numbers == expected)


def _changes(before: Export | None, after: Export) -> Iterator[tuple[str, set[EventType]]]:
    if before is None or before.status is not after.status:
        yield f"now {after.status}", _OF_STATUS[after.status]
    if before is not None and before.stage is not after.stage and after.stage == "Canceling":
        yield "cancel wished", {EventType.CANCEL_REQUESTED}
    if after.erased_at is not None and (before is None or before.erased_at is None):
        yield "erased", {EventType.ERASED}
    if before is not None:
        yield from _changes_by_callers(before, after)
    known = {} if before is None else {attempt.number: attempt for attempt in before.attempts}
    for attempt in after.attempts:
        yield from _attempt_changes(known.get(attempt.number), attempt)
    warnings = () if before is None else before.warnings
    if len(after.warnings) > len(warnings):
        yield "warned", {EventType.WARNED, EventType.DUE_SOON, EventType.OVERDUE}


def _changes_by_callers(before: Export, after: Export) -> Iterator[tuple[str, set[EventType]]]:
    """What callers change on the way from an export to its person."""
    if after.hold != before.hold:
        yield f"the hold is {after.hold}", {EventType.HOLD_LIFTED if after.hold is None else EventType.HOLD_PLACED}
    if after.due_at != before.due_at:
        yield f"due {after.due_at}", {EventType.DEADLINE_EXTENDED, EventType.CLOCK_RESUMED}
    if after.paused_at != before.paused_at:
        yield f"paused {after.paused_at}", {EventType.CLOCK_PAUSED if after.paused_at else EventType.CLOCK_RESUMED}
    if after.handed_over_at != before.handed_over_at:
        yield f"handed over {after.handed_over_at}", {EventType.HANDED_OVER}
    known = {package.language: package.status for package in before.packages}
    for package in after.packages:
        if known.get(package.language) is not package.status:
            yield f"a package is {package.status}", {_OF_PACKAGE[package.status]}


def _attempt_changes(before: Attempt | None, after: Attempt) -> Iterator[tuple[str, set[EventType]]]:
    if before is None or before.status is not after.status:
        yield f"attempt {after.number} is {after.status}", _OF_ATTEMPT[after.status]
    if before is None:
        return
    if after.grant.revoked_at is not None and before.grant.revoked_at is None:
        yield f"grant {after.number} revoked", {EventType.GRANT_REVOKED}
    if after.grant.expires_at != before.grant.expires_at:
        yield f"grant {after.number} moved", {EventType.GRANT_EXTENDED, EventType.SUBMITTING}
