"""A call to Graph or to the export account failed: the export waits and tries again, or fails."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from shared.exports import error_hints, polling_and_backoff
from shared.exports.audit_trail import add_event, add_warning
from shared.exports.export import Export, ExportWarning, Problem
from shared.exports.graph_permissions import explain_how_to_grant, required_permissions
from shared.exports.graph_results import NotDone, Refused, Unclear
from shared.exports.states_and_codes import AttemptStatus, EventType, WarningCode
from shared.exports.timestamps import to_iso
from shared.exports.transitions.ending import fail
from shared.exports.transitions.next_due_time import is_erasure_due, schedule_erasure, schedule_next_step

if TYPE_CHECKING:
    from datetime import datetime

    from shared.exports.configured_limits import Limits

_MICROSOFT_MAY_HAVE_BEGUN = {AttemptStatus.SUBMITTING, AttemptStatus.RUNNING, AttemptStatus.COMPLETE}


def back_off(
    export: Export, result: NotDone | Unclear, now: datetime, limits: Limits, *, not_before: datetime | None = None
) -> Export:
    """Lets an open export wait after a call that brought no useful answer, longer after each one in a row.

    Args:
        export: an open export.
        result: what the call came back with; its `retry_after` is obeyed.
        now: the present.
        limits: the deployment's limits.
        not_before: the wait does not end before this time; None for no such time.
    """
    again_at = max(_next_try_at(export, result.retry_after, now, limits), not_before or now)
    code = result.code if isinstance(result, Unclear) else None
    return _count_failure(schedule_next_step(export, again_at, now), result.reason, code, again_at, now)


def clear_wait_reason(export: Export) -> Export:
    """Drops the reason for waiting once a call has succeeded."""
    return replace(export, wait_reason=None) if export.failures == 0 and export.wait_reason else export


def record_graph_refusal(export: Export, refused: Refused, now: datetime, limits: Limits) -> Export:
    """Fails the export with Graph's reason, but waits for a missing permission: one just granted takes time to work."""
    since = export.refused_since or now
    until = since + limits.permission_wait
    if refused.status not in error_hints.PERMISSION_STATUSES or now >= until:
        return fail(export, error_hints.explain_graph_refusal(refused, export.subject.type), now, limits)
    message = (
        f"Graph says that the app lacks a permission; the export keeps trying until {to_iso(until)}. "
        f"{explain_how_to_grant(required_permissions(export.subject.type))}"
    )
    waiting = add_warning(export, ExportWarning(WarningCode.PERMISSION_PENDING, message), now)
    return back_off(replace(waiting, refused_since=since), NotDone(refused.code), now, limits)


def record_storage_refusal(export: Export, problem: Problem, now: datetime, limits: Limits) -> Export:
    """Lets the export wait after the export account refused a call, because a new role takes time to work.

    Before a submission `limits.max_attempts` refusals in a row fail the export. After it, only age does: the data may
    have arrived. If the export has ended and its erasure is due, that is postponed.
    """
    if export.status.is_terminal:
        warned = _warn_of_storage_refusal(export, problem, now)
        return postpone_erasure(warned, problem, now, limits) if is_erasure_due(export, now) else warned
    may_have_begun = export.attempt is not None and export.attempt.status in _MICROSOFT_MAY_HAVE_BEGUN
    if not may_have_begun and export.failures + 1 >= limits.max_attempts:
        return fail(export, problem, now, limits)
    return back_off(_warn_of_storage_refusal(export, problem, now), Unclear(problem.code), now, limits)


def postpone_erasure(export: Export, problem: Problem, now: datetime, limits: Limits) -> Export:
    """Lets the erasure of an ended export wait after a call that failed, longer after each one in a row."""
    again_at = _next_try_at(export, None, now, limits)
    return _count_failure(schedule_erasure(export, again_at, now), problem.message, problem.code, again_at, now)


def _warn_of_storage_refusal(export: Export, problem: Problem, now: datetime) -> Export:
    return add_warning(export, ExportWarning(WarningCode.STORAGE_REFUSED, problem.message), now)


def _next_try_at(export: Export, retry_after: int | None, now: datetime, limits: Limits) -> datetime:
    failures = export.failures + 1
    jitter = polling_and_backoff.jitter(export.id, failures, export.polls)
    return now + polling_and_backoff.backoff(failures, limits.poll_floor, jitter=jitter, retry_after=retry_after)


def _count_failure(export: Export, reason: str, code: str | None, again_at: datetime, now: datetime) -> Export:
    counted = replace(export, failures=export.failures + 1, wait_reason=reason)
    return add_event(counted, EventType.BACKED_OFF, now, reason=reason, code=code, until=to_iso(again_at))
