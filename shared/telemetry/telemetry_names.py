"""The names of events, their fields and the metrics: what alerts and the workbook ask for (docs/operations.md)."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shared.exports.states_and_codes import EventType

RECONCILER_HEARTBEAT = "Reconciler.Heartbeat"
"""The reconciler has been round: what it found, and what it had to repair."""
SWEEPER_HEARTBEAT = "Sweeper.Heartbeat"
"""The daily sweep is done."""


def event_name(event: EventType) -> str:
    """The name under which an event of an export's trail is told."""
    return f"Export.{event}"


class ExportField(StrEnum):
    """What the event of an export says about it. Neither the person nor who asked is among it."""

    EXPORT_ID = "exportId"
    SUBJECT_TYPE = "subjectType"
    STATUS = "status"
    STAGE = "stage"
    ATTEMPT = "attempt"
    """How many attempts were made."""
    CODE = "code"
    """Of a warning, an error or a lost attempt; an empty text where the event has none."""
    AGE_HOURS = "ageHours"
    """Since it was accepted or last retried."""
    DUE_IN_HOURS = "dueInHours"
    """Below zero once it is overdue."""


class ReconcilerField(StrEnum):
    """What a heartbeat of the reconciler counts."""

    NOT_STARTED = "notStarted"
    RUNNING = "running"
    OLDEST_AGE_HOURS = "oldestAgeHours"
    DUE_SOON = "dueSoon"
    OVERDUE = "overdue"
    LATE = "late"
    """Exports, ended ones too, whose next step was due so long ago that their monitor counts as hung."""
    STARTED = "monitorsStarted"
    """Repairs, and the deliveries and erasures of ended exports, whose time comes without a monitor."""
    REPAIRED = "monitorsRepaired"
    """Of open exports: each had lost its monitor."""
    SUBMISSIONS_PER_DAY = "submissionsPerDay"
    """The limit that is set, to hold the submissions against."""


class SweeperField(StrEnum):
    """What a heartbeat of the sweeper counts."""

    REMOVED = "removed"
    """Containers and grants."""


class Metric(StrEnum):
    """The metrics."""

    EXPORTS_OPEN = "exports.open"
    """By status."""
    OLDEST_AGE = "exports.oldest_age"
    """Of the open ones, in hours."""
    EXPORTS_OVERDUE = "exports.overdue"
    EXPORTS_ENDED = "exports.ended"
    """By status and error code."""
    TIME_TO_END = "exports.time_to_end"
    """By status, in hours."""
    API_REFUSALS = "api.refusals"
    """Of this API, by HTTP status and error code."""
    GRAPH_ANSWERS = "graph.answers"
    """By call and HTTP status."""
    STORAGE_ANSWERS = "storage.answers"
    """By call and HTTP status."""


class Dimension(StrEnum):
    """What the metrics are split by."""

    STATUS = "status"
    CODE = "code"
    CALL = "call"
    ANSWER = "answer"
    """An HTTP status; `NO_ANSWER` where there was none."""


NO_ANSWER = "none"
