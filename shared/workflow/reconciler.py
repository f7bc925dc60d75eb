"""Finds the exports that are overdue for a step, and makes sure that each has a monitor that works.

So no export is lost with a monitor that never started, with the task hub, or with a monitor that hangs. The steps of
ended exports (late deliveries, erasure) are found here too: no monitor waits for them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.exports.backlog_counts import Backlog, is_late
from shared.telemetry.telemetry_events import send_reconciler_heartbeat
from shared.workflow.submission_dispatcher import dispatch_submissions

if TYPE_CHECKING:
    from shared.protocols import Monitors
    from shared.services import Services


async def reconcile(services: Services, monitors: Monitors) -> int:
    """Gives free slots to the queue, starts each monitor that is overdue and missing, and ends monitors that hang.

    An export whose monitor was ended gets a new one in the next round. An index that was lost is repaired last, because
    that takes long; the next round finds what it was missing.

    Returns:
        How many monitors were started.
    """
    await dispatch_submissions(services, monitors)
    now, limits = services.now(), services.limits
    backlog, started, repaired = Backlog(now, limits.due_soon), 0, 0
    async for open_export in services.queries.open_exports():
        backlog.count(open_export)
    async for export in services.queries.due_before(now - 2 * limits.poll_floor):
        backlog.count_due(export)
        if not await monitors.is_alive(export.id):
            await monitors.start(export.id)
            started += 1
            repaired += not export.status.is_terminal
        elif is_late(export, now):
            await monitors.end(export.id, "It is late.")
    send_reconciler_heartbeat(
        backlog, started=started, repaired=repaired, submissions_per_day=limits.submissions_per_day
    )
    if not await services.repair.is_complete():
        await services.repair.repair(now)
    return started
