"""A user who was requested by principal name is looked up: found, refused, or busy with another export."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from shared.exports.audit_trail import add_event
from shared.exports.export import Export, Problem, Subject
from shared.exports.graph_results import Refused, ResolveResult
from shared.exports.states_and_codes import ErrorCode, EventType, Stage, Status
from shared.exports.transitions.ending import fail
from shared.exports.transitions.failed_call import back_off, record_graph_refusal
from shared.exports.transitions.next_due_time import schedule_next_step

if TYPE_CHECKING:
    from datetime import datetime

    from shared.exports.configured_limits import Limits


def apply_resolve_result(export: Export, result: ResolveResult, now: datetime, limits: Limits) -> Export:
    """Applies what the lookup of the user came back with. The principal name is kept no longer than needed for that."""
    match result:
        case str():
            return _record_object_id(export, result, now)
        case Refused():
            # Without Graph's message, which repeats the principal name.
            return record_graph_refusal(export, replace(result, message=""), now, limits)
        case _:  # NotDone or Unclear
            return back_off(export, result, now, limits)


def fail_as_duplicate(export: Export, other_id: str, now: datetime, limits: Limits) -> Export:
    """Fails the export because the user, once found, has another open export, and duplicates are not allowed."""
    message = (
        f"Export {other_id} of the same person is open. Wait for it to end, or send the request again with "
        "allowDuplicate."
    )
    return fail(export, Problem(ErrorCode.EXPORT_IN_PROGRESS, message), now, limits)


def _record_object_id(export: Export, object_id: str, now: datetime) -> Export:
    resolved = replace(
        export,
        subject=Subject(export.subject.type, object_id),
        status=Status.RUNNING,
        stage=Stage.PREPARING,
        failures=0,
        refused_since=None,
    )
    return add_event(schedule_next_step(resolved, now, now), EventType.SUBJECT_RESOLVED, now, subjectId=object_id)
