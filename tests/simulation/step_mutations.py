"""Mutations of what happens when a step fails, takes too long, or dies."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from shared.exports.callback_results import Delivered
from shared.exports.exceptions import StorageFailedError
from shared.exports.transitions import abandonment, callback_deliveries, failed_call, lost_submission
from shared.workflow import advance_export, reconciler, step_failures
from tests.simulation.mutation import change, mutation

if TYPE_CHECKING:
    from shared.exports.export import Export
    from shared.exports.graph_results import NotedOperation
    from shared.records.export_records import SavedExport
    from shared.services import Services

_record_failure, _count_failure = step_failures.record_failure, failed_call._count_failure
_deliver, _recover = callback_deliveries.apply_callback_result, lost_submission.apply_recovery_result


async def _swallow(saved: SavedExport, error: Exception, services: Services) -> SavedExport:
    return await _record_failure(saved, error, services) if isinstance(error, StorageFailedError) else saved


def _count_in_silence(*given: Any) -> Export:
    return replace(_count_failure(*given), wait_reason=None)


def _take_unreadable_for_none(export: Export, noted: NotedOperation | None, *rest: Any) -> Export:
    return _recover(export, None if noted is not None and noted.id is None else noted, *rest)


def _deliver_all(export: Export, delivery: Any, _result: object, *rest: Any) -> Export:
    return _deliver(export, delivery, Delivered(), *rest)


STEP_MUTATIONS = (
    mutation(
        "an error that nobody foresaw is swallowed",
        change(advance_export, "record_failure", _swallow),
        "waits openly",
        "no early poll",
        "one outcome",
        "short history",
        "runs to the end",
        seed=568,
    ),
    mutation(
        "steps have no time limit", change(advance_export, "STEP_TIME_LIMIT", timedelta(days=1)), "no surprise", seed=19
    ),
    mutation(
        "age does not end an export",
        change(abandonment, "is_too_old", lambda *_: False),
        "ends in time",
        "one outcome",
        "runs to the end",
        seed=21,
    ),
    mutation("a failure has no reason", change(failed_call, "_count_failure", _count_in_silence), "waits openly"),
    mutation(
        "a step that always dies is nobody's",
        change(reconciler, "is_late", lambda *_: False),
        "one outcome",
        "waits openly",
        "ends in time",
        seed=79,
    ),
    mutation(
        "a note that can't be read means that Microsoft never began",
        change(lost_submission, "apply_recovery_result", _take_unreadable_for_none),
        "true outcome",
        "one operation",
        seed=36,
    ),
    mutation(
        "a callback that failed counts as delivered",
        change(callback_deliveries, "apply_callback_result", _deliver_all),
        "called back",
        seed=15,
    ),
)
