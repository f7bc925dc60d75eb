"""Tells the events of exports, and what the timers found, as custom events and metrics.

An event is told once it is stored, so none is told that did not happen, and each is told once. A process that dies at
that moment tells it never, which is why nothing rests on events alone: a heartbeat counts what the rows say.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from opentelemetry import metrics

from shared.exports.states_and_codes import EventType
from shared.telemetry.telemetry_names import (
    RECONCILER_HEARTBEAT,
    SWEEPER_HEARTBEAT,
    Dimension,
    ExportField,
    Metric,
    ReconcilerField,
    SweeperField,
    event_name,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shared.exports.backlog_counts import Backlog
    from shared.exports.export import Event, Export

_CUSTOM_EVENT = "microsoft.custom_event.name"
"""A log record with this attribute becomes a row of AppEvents; what else it carries, that row's properties."""
_END_EVENTS = {EventType.SUCCEEDED, EventType.FAILED, EventType.CANCELED}
_log = logging.getLogger(__name__)
_log.setLevel(logging.INFO)  # whatever the level of the platform's root logger is: alerts rest on these
_meter = metrics.get_meter("personal_data_export")
_ended = _meter.create_counter(Metric.EXPORTS_ENDED, "{export}", "Exports that have ended")
_time_to_end = _meter.create_histogram(Metric.TIME_TO_END, "h", "From the request, or its last retry, to the end")
_open = _meter.create_gauge(Metric.EXPORTS_OPEN, "{export}", "Exports that have not ended")
_oldest = _meter.create_gauge(Metric.OLDEST_AGE, "h", "Age of the oldest open export")
_overdue = _meter.create_gauge(Metric.EXPORTS_OVERDUE, "{export}", "Open exports whose deadline has passed")
_refusals = _meter.create_counter(Metric.API_REFUSALS, "{call}", "Calls that were answered with an error")


def send_export_events(export: Export) -> None:
    """Tells the events that were stored with this state of an export."""
    for event in export.unsaved:
        _send_event(event_name(event.type), _fields(export, event))
        if event.type in _END_EVENTS:
            _count_end(export, event)


def send_reconciler_heartbeat(census: Backlog, *, started: int, repaired: int, submissions_per_day: int) -> None:
    """Tells what a round of the reconciler found and did."""
    _send_event(
        RECONCILER_HEARTBEAT,
        {
            ReconcilerField.NOT_STARTED: census.not_started,
            ReconcilerField.RUNNING: census.running,
            ReconcilerField.OLDEST_AGE_HOURS: census.oldest_age_hours,
            ReconcilerField.DUE_SOON: census.due_soon,
            ReconcilerField.OVERDUE: census.overdue,
            ReconcilerField.LATE: census.late,
            ReconcilerField.STARTED: started,
            ReconcilerField.REPAIRED: repaired,
            ReconcilerField.SUBMISSIONS_PER_DAY: submissions_per_day,
        },
    )
    _open.set(census.not_started, {Dimension.STATUS: "NotStarted"})
    _open.set(census.running, {Dimension.STATUS: "Running"})
    _oldest.set(census.oldest_age_hours)
    _overdue.set(census.overdue)


def send_sweeper_heartbeat(removed: int) -> None:
    """Tells what a sweep removed."""
    _send_event(SWEEPER_HEARTBEAT, {SweeperField.REMOVED: removed})


def count_refusal(status: int, code: str) -> None:
    """Counts a call of the API that was answered with an error."""
    _refusals.add(1, {Dimension.ANSWER: str(status), Dimension.CODE: code})


def _fields(export: Export, event: Event) -> dict[str, str | int | float]:
    return {
        ExportField.EXPORT_ID: export.id,
        ExportField.SUBJECT_TYPE: export.subject.type.value,
        ExportField.STATUS: export.status.value,
        ExportField.STAGE: export.stage.value,
        ExportField.ATTEMPT: len(export.attempts),
        ExportField.CODE: event.detail.get("code", ""),
        ExportField.AGE_HOURS: _hours((event.at - export.begun_at).total_seconds()),
        ExportField.DUE_IN_HOURS: _hours((export.due_at - event.at).total_seconds()),
    }


def _count_end(export: Export, event: Event) -> None:
    status = export.status.value
    _ended.add(1, {Dimension.STATUS: status, Dimension.CODE: event.detail.get("code", "")})
    _time_to_end.record((event.at - export.begun_at).total_seconds() / 3600, {Dimension.STATUS: status})


def _send_event(name: str, fields: Mapping[str, str | int | float]) -> None:
    said = " ".join(f"{field}={value}" for field, value in fields.items())
    _log.info("%s %s", name, said, extra={_CUSTOM_EVENT: name, **fields})


def _hours(seconds: float) -> float:
    return round(seconds / 3600, 2)
