"""No export is lost: each one ends once, has an owner until then, and its outcome is true."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.exports.graph_results import OperationStatus
from shared.exports.manifest_hash import ManifestHash
from shared.exports.states_and_codes import AttemptStatus, ErrorCode, EventType, Stage, Status
from shared.records.event_and_file_rows import EVENT_KEYS, event_from_row, file_from_row, file_key_range
from shared.storage.operation_note import REQUEST_INFO
from shared.storage.sas_urls import container_name
from tests.simulation.checks.check import Check, CheckState
from tests.simulation.world.facts import Committed

if TYPE_CHECKING:
    from datetime import datetime

    from shared.exports.export import Export
    from tests.fakes.in_memory_graph import ExportOperation
    from tests.simulation.world.facts import Line

_PLENTY = 500
"""With so many submissions a day nobody waits for long."""
_OUTCOMES = {EventType.SUCCEEDED, EventType.FAILED, EventType.CANCELED}


class OneOutcome(Check):
    """Each accepted export has one outcome, plus one for each retry; an open one has a time for its next step."""

    name = "one outcome"

    def see(self, line: Line) -> None:
        match line.fact:
            case Committed(before=before, after=after, events=events):
                retried = any(event.type is EventType.RETRIED for event in events)
                kept = before is None or not before.status.is_terminal or before.status is after.status or retried
                self.expect(f"{after.id} went from {before and before.status} to {after.status}", holds=kept)
                owned = after.status.is_terminal or after.next_step_at is not None
                self.expect(f"{after.id} is open and nobody is to act on it", holds=owned)
                unheard = before is not None and before.stage is Stage.CANCELING and not _heeds_cancel(after)
                self.expect(f"{after.id} was to be canceled and is {after.status}/{after.stage}", holds=not unheard)

    def finish(self) -> None:
        for export_id in sorted(self.state.told.accepted - self.state.forgotten):
            self.expect(f"{export_id} was accepted and is not recorded", holds=export_id in self.state.exports)
        for export in self.state.readable():
            self.expect(f"{export.id} never ended: {export.stage}", holds=export.status.is_terminal)
            events = [event_from_row(found.row) for found in self.world.exports.rows(export.id, *EVENT_KEYS)]
            ends = sum(event.type in _OUTCOMES for event in events)
            retries = sum(event.type == EventType.RETRIED for event in events)
            self.expect(f"{export.id} ended {ends} times after {retries} retries", holds=ends == retries + 1)


def _heeds_cancel(after: Export) -> bool:
    return after.stage is Stage.CANCELING or after.status is Status.CANCELED


class TrueOutcome(Check):
    """Succeeded means complete, with a manifest of exactly the files that are there; a failure has a real reason."""

    name = "true outcome"

    def __init__(self, state: CheckState) -> None:
        super().__init__(state)
        self._requested_as: dict[str, str] = {}
        """The principal name that each export was requested with: it is dropped once the export has ended."""

    def see(self, line: Line) -> None:
        match line.fact:
            case Committed(before=before, after=after):
                if after.subject.principal_name is not None:
                    self._requested_as[after.id] = after.subject.principal_name
                if after.status is Status.SUCCEEDED and (before is None or before.status is not Status.SUCCEEDED):
                    self._check_success(after)
                if after.status is Status.FAILED and (before is None or before.status is not Status.FAILED):
                    self._check_failure(after)
                self._check_lost(before, after, self.state.began.get(line.actor, line.at))

    def _check_success(self, export: Export) -> None:
        operation = self._operation(export)
        complete = operation is not None and operation.ended is OperationStatus.COMPLETE
        self.expect(f"{export.id} succeeded, but Microsoft has not completed it", holds=complete)
        if export.attempt is None or export.files is None:
            self.expect(f"{export.id} succeeded without files", holds=False)
            return
        container = self.world.account.containers.get(container_name(export.attempt.container))
        there = {} if container is None else dict(container.blobs)
        there.pop(REQUEST_INFO, None)
        lines = [file_from_row(found.row) for found in self.world.exports.rows(export.id, *file_key_range(export))]
        sizes = {name: len(blob.content) for name, blob in there.items()}
        listed = {file.name: file.size for file in lines}
        self.expect(f"{export.id}: the manifest has {sorted(listed)}, there is {sorted(sizes)}", holds=listed == sizes)
        manifest = ManifestHash()
        for file in lines:
            manifest.add(file)
        same = export.files.manifest_sha256 == manifest.hexdigest()
        self.expect(f"{export.id}: the outcome has the hash of another manifest", holds=same)
        counted = (export.files.count, export.files.total_bytes) == (len(sizes), sum(sizes.values()))
        self.expect(f"{export.id}: {export.files} for {len(sizes)} files", holds=counted)
        warned = any(warning.code == "NoData" for warning in export.warnings)
        self.expect(f"{export.id} has no data, and no warning", holds=bool(sizes) or warned)

    def _check_failure(self, export: Export) -> None:
        code = "" if export.error is None else export.error.code
        is_second = code == ErrorCode.EXPORT_IN_PROGRESS
        others = self.state.exports.values() if is_second else ()
        holds = any(self._is_named_in(export, other) for other in others) or self._is_explained(export, code)
        self.expect(f"{export.id} failed as {code}, for no reason", holds=holds)

    def _is_explained(self, export: Export, code: str) -> bool:
        graph, limits, weather = self.world.graph, self.state.limits, self.state.plan.weather
        operation = self._operation(export)
        match code:
            case ErrorCode.OPERATION_FAILED:
                return operation is not None and operation.ended is OperationStatus.FAILED
            case ErrorCode.OPERATION_STALLED:
                is_time = self.world.clock() >= export.begun_at + limits.abandon_after
                return is_time and self._may_have_stalled(export)
            case ErrorCode.ATTEMPTS_EXHAUSTED:
                return len(export.attempts) - export.earlier_attempts >= limits.max_attempts
            case ErrorCode.RECORD_TOO_LARGE:
                return weather.most_attempts_stored is not None or weather.odds.too_large > 0
            case "ResourceNotFound" | "Request_ResourceNotFound":
                return export.subject.id not in (graph.people or {}).values()
        return code == "AuthorizationPermissionMismatch"  # nothing but an injected refusal says so

    def _is_named_in(self, export: Export, other: Export) -> bool:
        """Whether a failure names the other export, and that is of the same person, whose id may not be stored yet."""
        message = "" if export.error is None else export.error.message
        person = other.subject.id or (self.world.graph.people or {}).get(self._requested_as.get(other.id, ""))
        return other.id != export.id and other.id in message and person == export.subject.id

    def _operation(self, export: Export) -> ExportOperation | None:
        operation_id = "" if export.attempt is None else export.attempt.operation_id or ""
        return self.world.graph.operations.get(operation_id)

    def _may_have_stalled(self, export: Export) -> bool:
        """Whether Microsoft is still working on it, the account can't be reached, or faults had ended only recently."""
        weather = self.state.plan.weather
        if weather.account_outage is not None or weather.stuck is not None or export.id in self.state.spoiled:
            return True
        is_submitted = export.attempt is not None and export.attempt.operation_id is not None
        if self.state.limits.submissions_per_day < _PLENTY and not is_submitted:
            return True  # it waited in the queue, or for Graph's own limit, all the time
        containers = {container_name(attempt.container) for attempt in export.attempts}
        under_way = any(each.ended is None for container in containers for each in self._in(container))
        healed = self.state.healed_at
        return under_way or healed is None or self.world.now - healed < self.state.limits.abandon_after / 2

    def _check_lost(self, before: Export | None, after: Export, read_at: datetime) -> None:
        """An attempt is given up only if no data can come of it any more, as far as could be read since `read_at`."""
        known = {} if before is None else {attempt.number: attempt.status for attempt in before.attempts}
        for attempt in after.attempts:
            if attempt.status is AttemptStatus.LOST and known.get(attempt.number) is not AttemptStatus.LOST:
                operations = self._in(container_name(attempt.container))
                patient = (
                    attempt.sent_at is None
                    or self.world.clock() >= attempt.sent_at + self.state.limits.adoption_timeout
                )
                hopeful = [
                    operation.id
                    for operation in operations
                    if self._may_bring_data(operation)
                    and not (patient and not self.world.account.named(operation, read_at))
                ]
                what = (
                    f"{after.id}: attempt {attempt.number} was given up ({attempt.error}), operation {hopeful} was not"
                )
                self.expect(what, holds=not hopeful)

    def _in(self, container: str) -> list[ExportOperation]:
        return [each for each in self.world.graph.operations.values() if each.container == container]

    def _may_bring_data(self, operation: ExportOperation) -> bool:
        """Whether Graph knows the operation now, and its grant has not expired if it can't be extended."""
        times = None if operation.signed is None else operation.signed.validity
        has_time = times is None or self.world.now < times.expires_at
        return has_time and self.world.graph.knows(operation)
