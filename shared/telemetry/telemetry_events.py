"""Sends the events of exports, and what the timers found, as custom events and metrics.

An event is sent once, right after it was stored, so no event is sent for something that did not happen. If the process
dies between the two the event is never sent. So nothing may depend on events alone: the heartbeats count rows.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from opentelemetry import metrics

from shared.exports.states_and_codes import EventType
from shared.exports.transitions.deadline import is_clock_stopped
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

    from shared.exports.backlog_counts import Backlog, RoundCounts
    from shared.exports.export import Event, Export

_CUSTOM_EVENT = "microsoft.custom_event.name"
"""A log record with this attribute becomes a row of AppEvents; its other attributes become the row's properties."""
_END_EVENTS = {EventType.SUCCEEDED, EventType.FAILED, EventType.CANCELED}
_log = logging.getLogger(__name__)
_log.setLevel(logging.INFO)  # alerts need these, whatever level the platform's root logger has
_meter = metrics.get_meter("personal_data_export")
_ended = _meter.create_counter(Metric.EXPORTS_ENDED, "{export}", "Exports that have ended")
_time_to_end = _meter.create_histogram(Metric.TIME_TO_END, "h", "From the request, or its last retry, to the end")
_open = _meter.create_gauge(Metric.EXPORTS_OPEN, "{export}", "Exports that have not ended")
_oldest = _meter.create_gauge(Metric.OLDEST_AGE, "h", "Age of the oldest open export")
_awaiting = _meter.create_gauge(Metric.AWAITING_HANDOVER, "{export}", "Exports that await their hand-over")
_paused = _meter.create_gauge(Metric.EXPORTS_PAUSED, "{export}", "Exports whose clock is paused")
_overdue = _meter.create_gauge(Metric.EXPORTS_OVERDUE, "{export}", "Unanswered exports whose deadline has passed")
_refusals = _meter.create_counter(Metric.API_REFUSALS, "{call}", "Calls that were answered with an error")


def send_export_events(export: Export) -> None:
    """Sends the events that were stored with this state of an export."""
    for event in export.unsaved:
        _send_event(event_name(event.type), _fields(export, event))
        if event.type in _END_EVENTS:
            _count_end(export, event)


def send_reconciler_heartbeat(
    counts: RoundCounts, backlog: Backlog | None, queued: int | None, submissions_per_day: int
) -> None:
    """Sends what a round of the reconciler found and did.

    Args:
        counts: what it found and did.
        backlog: the exports that are open or await their hand-over; None where they could not be counted.
        queued: how many wait in the queue; None where they could not be counted.
        submissions_per_day: the daily limit that is set.
    """
    counted: dict[str, int | float] = {}
    if backlog is not None:
        counted |= {
            ReconcilerField.NOT_STARTED: backlog.not_started,
            ReconcilerField.RUNNING: backlog.running,
            ReconcilerField.OLDEST_AGE_HOURS: backlog.oldest_age_hours,
            ReconcilerField.AWAITING_HANDOVER: backlog.awaiting_handover,
            ReconcilerField.PAUSED: backlog.paused,
            ReconcilerField.DUE_SOON: backlog.due_soon,
            ReconcilerField.OVERDUE: backlog.overdue,
        }
    if queued is not None:
        counted[ReconcilerField.QUEUED] = queued
    did: dict[str, int | float] = {
        ReconcilerField.LATE: counts.late,
        ReconcilerField.UNREADABLE: counts.unreadable,
        ReconcilerField.FAILED: counts.failed,
        ReconcilerField.FAILED_PARTS: counts.failed_parts,
        ReconcilerField.DISPATCHED: counts.dispatched,
        ReconcilerField.STARTED: counts.started,
        ReconcilerField.REPAIRED: counts.repaired,
        ReconcilerField.SUBMISSIONS_PER_DAY: submissions_per_day,
    }
    _send_event(RECONCILER_HEARTBEAT, {**counted, **did})
    if backlog is not None:
        _open.set(backlog.not_started, {Dimension.STATUS: "NotStarted"})
        _open.set(backlog.running, {Dimension.STATUS: "Running"})
        _oldest.set(backlog.oldest_age_hours)
        _awaiting.set(backlog.awaiting_handover)
        _paused.set(backlog.paused)
        _overdue.set(backlog.overdue)


def send_sweeper_heartbeat(*, removed: int, seen: int, failed: int, orphans_kept: int) -> None:
    """Sends what a sweep found and did.

    Args:
        removed: how many containers and grants it removed.
        seen: how many containers it looked at.
        failed: how many it could not look at or remove.
        orphans_kept: how many containers of unknown exports it kept, because they were too many to be believed.
    """
    _send_event(
        SWEEPER_HEARTBEAT,
        {
            SweeperField.REMOVED: removed,
            SweeperField.SEEN: seen,
            SweeperField.FAILED: failed,
            SweeperField.ORPHANS_KEPT: orphans_kept,
        },
    )


def count_refusal(status: int, code: str) -> None:
    """Counts an API call that got an error response."""
    _refusals.add(1, {Dimension.ANSWER: str(status), Dimension.CODE: code})


def _fields(export: Export, event: Event) -> dict[str, str | int | float]:
    return {
        ExportField.EXPORT_ID: export.id,
        ExportField.SUBJECT_TYPE: export.subject.type.value,
        ExportField.STATUS: export.status.value,
        ExportField.STAGE: export.stage.value,
        ExportField.ATTEMPT: len(export.attempts),
        ExportField.CODE: event.detail.get("code", ""),
        ExportField.CLOCK: _clock(export),
        ExportField.AGE_HOURS: _hours((event.at - export.begun_at).total_seconds()),
        ExportField.DUE_IN_HOURS: _hours((export.due_at - event.at).total_seconds()),
    }


def _clock(export: Export) -> str:
    if is_clock_stopped(export):
        return "stopped"
    return "running" if export.paused_at is None else "paused"


def _count_end(export: Export, event: Event) -> None:
    status = export.status.value
    _ended.add(1, {Dimension.STATUS: status, Dimension.CODE: event.detail.get("code", "")})
    _time_to_end.record((event.at - export.begun_at).total_seconds() / 3600, {Dimension.STATUS: status})


def _send_event(name: str, fields: Mapping[str, str | int | float]) -> None:
    listed = " ".join(f"{field}={value}" for field, value in fields.items())
    _log.info("%s %s", name, listed, extra={_CUSTOM_EVENT: name, **fields})


def _hours(seconds: float) -> float:
    return round(seconds / 3600, 2)
