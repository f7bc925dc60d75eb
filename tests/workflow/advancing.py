"""Exports that are advanced as their monitors do it, and the states from which tests begin."""

from datetime import datetime, timedelta

from shared.exports.export import Export
from shared.exports.graph_results import Operation, OperationStatus
from shared.exports.transitions import operation_answer
from shared.records.export_records import SavedExport
from shared.workflow.advance_export import advance_export
from tests.exports.samples import (
    LIMITS,
    NOW,
    ready,
    running,
    without_events,
)
from tests.fakes.hooked_services import HookedServices
from tests.fakes.in_memory_graph import Course

EXPORT_ID = running().id
SUBMISSION_DUE = ready().next_step_at or NOW
POLL_DUE = running().next_step_at or NOW
UNKNOWN_ID = "0a9b1c2d-0000-4000-8000-000000000000"


async def advance(fakes: HookedServices) -> datetime | None:
    return await advance_export(EXPORT_ID, fakes.services)


async def advance_until_ended(fakes: HookedServices) -> Export:
    """What the monitor does: wait and advance."""
    while (come_back := await advance(fakes)) is not None:
        fakes.pass_time(max(come_back - fakes.clock(), timedelta()))
    return (await fakes.stored(EXPORT_ID)).export


async def store_ready(fakes: HookedServices) -> SavedExport:
    """Stores an export whose submission is due."""
    saved = await fakes.store(without_events(ready()))
    fakes.clock.now = SUBMISSION_DUE
    return saved


async def store_submitted(fakes: HookedServices, course: Course) -> None:
    """Stores an export that was submitted, and whose first poll is due."""
    fakes.graph.course = lambda: course
    await store_ready(fakes)
    come_back = await advance(fakes)
    assert come_back is not None
    fakes.pass_time(come_back - fakes.clock())


def failed() -> Export:
    """Failed, as it is stored before its grant is revoked."""
    return without_events(
        operation_answer.apply_operation_result(running(), Operation(OperationStatus.FAILED), NOW, LIMITS)
    )
