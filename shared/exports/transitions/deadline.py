"""The legal clock of an export: its deadline is extended, paused or resumed, comes near, or passes.

The clock runs until the export has ended, and where a hand-over is awaited until that is recorded. Callers move the
deadline as the law allows: later, with a reason (GDPR, article 12(3); CCPA regulations, section 7021), or by as long as
the clock stood still while the person was asked something (UK: Data (Use and Access) Act 2025, section 76).

A pause moves the deadline by exactly the time that it lasted, between two instants in UTC. It is not rounded up to days
of a calendar, which begin at another time in each zone and are not all equally long: so no pause ever gives more time
than it took.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.exports.audit_trail import MONITOR_ACTOR, add_event, add_warning
from shared.exports.exceptions import NotPossibleError
from shared.exports.export import Export, ExportWarning
from shared.exports.states_and_codes import EventType, Stage, WarningCode
from shared.exports.timestamps import to_iso
from shared.exports.transitions.next_due_time import schedule_after_end

_OF_THE_DEADLINE = frozenset({WarningCode.DUE_SOON, WarningCode.OVERDUE})


@dataclass(frozen=True, slots=True)
class Extend:
    """Set a later deadline."""

    due_at: datetime
    reason: str
    """Why it may be later; it goes into the audit trail."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Stop the clock for a while."""

    reason: str
    """Why it may stand still; it goes into the audit trail."""


@dataclass(frozen=True, slots=True)
class Resume:
    """Let a paused clock go on."""


ClockChange = Extend | Pause | Resume


def change_clock(export: Export, change: ClockChange, actor: str, now: datetime, due_soon: timedelta) -> Export:
    """Extends, pauses or resumes, and warns at once where the new deadline is near. What is so already stays.

    Args:
        export: the export, open or ended.
        change: what to do.
        actor: who asks for it.
        now: the present.
        due_soon: how long before the deadline to warn.

    Raises:
        NotPossibleError: the clock has stopped. Of `Extend` also: the deadline is not later, or the clock is paused; of
            `Pause`: the deadline has passed.
    """
    changed = _apply(export, change, actor, now)
    return export if changed is export else _look_in_time(warn_of_deadline(changed, now, due_soon), now, due_soon)


def stop_clock(export: Export, now: datetime, *, actor: str = MONITOR_ACTOR) -> Export:
    """Stops the clock for good. A paused one is resumed first, so that the deadline is a date again."""
    stopped = replace(_resume(export, actor, now), awaits_handover=False, warn_at=None)
    return schedule_after_end(stopped) if stopped.status.is_terminal else stopped


def is_clock_stopped(export: Export) -> bool:
    """Whether the person was answered, or the export has ended and nobody waits for a hand-over. A retry starts it."""
    return export.status.is_terminal and not export.awaits_handover


def is_clock_running(export: Export) -> bool:
    """Whether the deadline can come near and pass: the clock has neither stopped nor been paused."""
    return export.paused_at is None and not is_clock_stopped(export)


def next_deadline_warning_at(export: Export, now: datetime, due_soon: timedelta) -> datetime | None:
    """When to warn next: `due_soon` before the deadline, then at the deadline; None if no warning is to come."""
    moments = (export.due_at - due_soon, export.due_at) if is_clock_running(export) else ()
    return next((moment for moment in moments if moment > now), None)


def warn_of_deadline(export: Export, now: datetime, due_soon: timedelta) -> Export:
    """Warns where the deadline is at most `due_soon` away or has passed, once for each.

    An ended export that awaits its hand-over is then told when to warn next, because it has no monitor.
    """
    if is_clock_running(export) and now >= export.due_at - due_soon:
        code, event, tense = (
            (WarningCode.DUE_SOON, EventType.DUE_SOON, "is")
            if now < export.due_at
            else (WarningCode.OVERDUE, EventType.OVERDUE, "was")
        )
        message = f"The export {tense} due at {to_iso(export.due_at)} and {_what_is_missing(export)}"
        export = add_warning(export, ExportWarning(code, message), now, event=event)
    return schedule_deadline_warning(export, now, due_soon)


def schedule_deadline_warning(export: Export, now: datetime, due_soon: timedelta) -> Export:
    """Sets when to warn of an ended export next. Of an open one the monitor warns, at whatever look comes first."""
    warn_at = next_deadline_warning_at(export, now, due_soon) if export.status.is_terminal else None
    return export if warn_at == export.warn_at else schedule_after_end(replace(export, warn_at=warn_at))


def _apply(export: Export, change: ClockChange, actor: str, now: datetime) -> Export:
    match change:
        case Extend():
            return _extend(export, change, actor, now)
        case Pause():
            return _pause(export, change, actor, now)
        case _:  # Resume
            return _resume(export, actor, now)


def _extend(export: Export, change: Extend, actor: str, now: datetime) -> Export:
    if to_iso(change.due_at) == to_iso(export.due_at):  # as the API shows it
        return export
    _require_clock(export)
    if export.paused_at is not None:
        raise NotPossibleError("ClockPaused", "The clock is paused. Resume it first, which moves the deadline.")
    if change.due_at < export.due_at:
        raise NotPossibleError("DeadlineNotLater", f"The deadline is {to_iso(export.due_at)}. Send a later one.")
    moved = _with_deadline(export, change.due_at, now)
    detail = {"reason": change.reason, "previousDue": to_iso(export.due_at), "due": to_iso(moved.due_at)}
    return add_event(moved, EventType.DEADLINE_EXTENDED, now, actor=actor, **detail)


def _pause(export: Export, change: Pause, actor: str, now: datetime) -> Export:
    if export.paused_at is not None:
        return export
    _require_clock(export)
    if now >= export.due_at:
        message = f"The deadline was {to_iso(export.due_at)}, so there is no time left to pause. Extend it if you may."
        raise NotPossibleError("DeadlinePassed", message)
    paused = replace(export, paused_at=now, updated_at=now)
    detail = {"reason": change.reason, "due": to_iso(export.due_at)}
    return add_event(paused, EventType.CLOCK_PAUSED, now, actor=actor, **detail)


def _resume(export: Export, actor: str, now: datetime) -> Export:
    if export.paused_at is None:
        return export
    # Clocks of two instances can differ by some minutes: no pause makes the deadline earlier.
    lasted = max(now - export.paused_at, timedelta())
    resumed = replace(_with_deadline(export, export.due_at + lasted, now), paused_at=None)
    return add_event(
        resumed,
        EventType.CLOCK_RESUMED,
        now,
        actor=actor,
        previousDue=to_iso(export.due_at),
        due=to_iso(resumed.due_at),
        pausedSeconds=int(lasted.total_seconds()),
    )


def _require_clock(export: Export) -> None:
    if is_clock_stopped(export):
        message = "The clock has stopped: the export has ended, or the person was answered. Nothing is due any more."
        raise NotPossibleError("ClockStopped", message)


def _with_deadline(export: Export, due_at: datetime, now: datetime) -> Export:
    """Another deadline, of which nobody has been warned yet. The trail keeps the warnings of the one before."""
    warnings = tuple(warning for warning in export.warnings if warning.code not in _OF_THE_DEADLINE)
    return replace(export, due_at=due_at, warnings=warnings, updated_at=now)


def _look_in_time(export: Export, now: datetime, due_soon: timedelta) -> Export:
    """Lets an export in the queue, which has no monitor, look for itself when the next warning is due."""
    warning_at = next_deadline_warning_at(export, now, due_soon)
    if export.stage is not Stage.QUEUED or export.next_step_at is None or warning_at is None:
        return export
    return replace(export, next_step_at=min(export.next_step_at, warning_at))


def _what_is_missing(export: Export) -> str:
    if export.status.is_terminal:
        return "has succeeded, but no hand-over is recorded. Hand the data over, then record it."
    return "has not ended. Tell whoever answers the person."
