"""The names of events, their fields, and metrics. Alerts and the workbook query them (docs/operations.md)."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shared.exports.states_and_codes import EventType

RECONCILER_HEARTBEAT = "Reconciler.Heartbeat"
"""Sent after each round of the reconciler: what it found, and what it repaired."""
SWEEPER_HEARTBEAT = "Sweeper.Heartbeat"
"""Sent at the end of each daily sweep."""


def event_name(event: EventType) -> str:
    """The telemetry name of an event in the audit trail of an export."""
    return f"Export.{event}"


class ExportField(StrEnum):
    """The fields of an export's events. None of them identifies the person or the caller."""

    EXPORT_ID = "exportId"
    SUBJECT_TYPE = "subjectType"
    STATUS = "status"
    STAGE = "stage"
    ATTEMPT = "attempt"
    """The number of attempts so far."""
    CODE = "code"
    """The code of a warning, an error or a lost attempt; empty for any other event."""
    CLOCK = "clock"
    """Whether the clock that runs towards the deadline is `running`, `paused` or `stopped`."""
    AGE_HOURS = "ageHours"
    """Hours since the export was accepted or last retried."""
    DUE_IN_HOURS = "dueInHours"
    """Hours to the deadline; negative when it has passed."""


class ReconcilerField(StrEnum):
    """The fields of a reconciler heartbeat."""

    NOT_STARTED = "notStarted"
    RUNNING = "running"
    QUEUED = "queued"
    """Exports that wait in the queue for their turn to be submitted."""
    OLDEST_AGE_HOURS = "oldestAgeHours"
    AWAITING_HANDOVER = "awaitingHandover"
    """Exports that have succeeded and await their hand-over. Of these and of open ones, the next three count."""
    PAUSED = "paused"
    """Those whose clock is paused: they are neither due soon nor overdue."""
    DUE_SOON = "dueSoon"
    OVERDUE = "overdue"
    LATE = "late"
    """Open and ended exports whose next step was due so long ago that their monitor counts as hung."""
    UNREADABLE = "unreadable"
    """Rows of exports and of the index that can't be read."""
    FAILED = "failed"
    """Exports that could not be looked after because of an error."""
    FAILED_PARTS = "failedParts"
    """Parts of the round that failed as a whole; what they would have counted is absent or 0."""
    DISPATCHED = "dispatched"
    """Exports from the queue that got their turn to be submitted."""
    STARTED = "monitorsStarted"
    """All monitors that were started: for repairs, and for due deliveries and erasures of ended exports."""
    REPAIRED = "monitorsRepaired"
    """Those for open exports: each had lost its monitor."""
    SUBMISSIONS_PER_DAY = "submissionsPerDay"
    """The daily limit in the settings, to compare the submissions with."""


class SweeperField(StrEnum):
    """The fields of a sweeper heartbeat."""

    REMOVED = "removed"
    """Containers and grants that the sweep removed."""
    SEEN = "seen"
    """Containers that it looked at."""
    FAILED = "failed"
    """Containers that it could not look at or remove, or whose export can't be read."""
    ORPHANS_KEPT = "orphansKept"
    """Containers of exports that are not recorded, which it kept because they are too many to be believed."""


class Metric(StrEnum):
    """The names of the metrics."""

    EXPORTS_OPEN = "exports.open"
    """Open exports, by status."""
    OLDEST_AGE = "exports.oldest_age"
    """Age of the oldest open export, in hours."""
    AWAITING_HANDOVER = "exports.awaiting_handover"
    """Exports that have succeeded and await their hand-over."""
    EXPORTS_PAUSED = "exports.paused"
    """Exports, open or awaiting their hand-over, whose clock is paused."""
    EXPORTS_OVERDUE = "exports.overdue"
    """Exports, open or awaiting their hand-over, whose deadline has passed."""
    EXPORTS_ENDED = "exports.ended"
    """Exports that have ended, by status and error code."""
    TIME_TO_END = "exports.time_to_end"
    """Hours from acceptance or the last retry to the end, by status."""
    API_REFUSALS = "api.refusals"
    """Error responses of this API, by HTTP status and error code."""
    GRAPH_ANSWERS = "graph.answers"
    """Calls to Graph, by call and HTTP status."""
    STORAGE_ANSWERS = "storage.answers"
    """Calls to storage, by call and HTTP status."""
    CALLBACK_ANSWERS = "callback.answers"
    """Calls to the receivers of callbacks, by call and HTTP status."""


class Dimension(StrEnum):
    """The dimensions of the metrics."""

    STATUS = "status"
    CODE = "code"
    CALL = "call"
    ANSWER = "answer"
    """An HTTP status; `NO_ANSWER` where no response came."""


NO_ANSWER = "none"
ERROR_TYPE = "errorType"
"""The attribute of a failed span that says why: the type of the exception, or the HTTP status. OpenTelemetry's own
attribute, `error.type`, is there too, but Azure Monitor's exporter drops it."""
