"""Finds the exports that are overdue for a step, and makes sure that each has a monitor that works.

So no export is lost with a monitor that never started, with the task hub, or with a monitor that hangs; and one whose
step always dies before it can store anything ends all the same. The steps of ended exports (late deliveries, erasure,
warnings of a hand-over) are found here too: no monitor waits for them. Each part of a round, and each export in it,
fails by itself.
"""

from __future__ import annotations

import contextlib
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from shared.bounded_concurrency import for_each
from shared.exports.backlog_counts import Backlog, RoundCounts, is_late, unbroken_since
from shared.exports.exceptions import ConflictError
from shared.records.maintenance_progress import RoundsProgress
from shared.telemetry.spans import quiet_reads
from shared.telemetry.telemetry_events import send_reconciler_heartbeat
from shared.workflow.failure_isolation import isolated
from shared.workflow.step_failures import record_interrupted_step
from shared.workflow.submission_dispatcher import dispatch_submissions
from shared.workflow.sweeper import do_pieces

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable
    from datetime import datetime

    from shared.exports.export import Export
    from shared.protocols import Monitors
    from shared.records.index_queries import DuePage
    from shared.records.maintenance_progress import Maintenance
    from shared.services import Services

T = TypeVar("T")
DUE_TIME_LIMIT = timedelta(seconds=150)
"""A round looks at no further page of due exports after this time; the next round goes on there."""
LOOK_TIME_LIMIT = timedelta(seconds=210)
"""The look after due exports is given up after this time, if a page takes so long."""
DISPATCH_TIME_LIMIT = timedelta(seconds=90)
READ_TIME_LIMIT = timedelta(seconds=30)
"""A part that takes longer is given up: all of them and the maintenance have to end before the host's time-out."""
EXPORTS_AT_ONCE = 16


async def reconcile(services: Services, monitors: Monitors) -> int:
    """Does a round: lets the queue move, looks after the exports that are due, and does a piece of the maintenance.

    Returns:
        How many monitors were started.
    """
    with quiet_reads():
        return (await _Round(services, monitors).run()).started


class _Round:
    """One round of the reconciler."""

    def __init__(self, services: Services, monitors: Monitors) -> None:
        self._services = services
        self._monitors = monitors
        self._now = services.now()
        self._counts = RoundCounts()
        # As if there had been no round before, if that can't be read.
        self._progress = RoundsProgress(running_since=self._now, round_before=self._now, last_round=self._now)
        self._place: str | None = None
        """Where the round before ran out of time."""

    async def run(self) -> RoundCounts:
        """Does all parts, and sends what they found."""
        services = self._services
        maintenance = await self._part("The progress", self._begin(), READ_TIME_LIMIT)
        dispatch = dispatch_submissions(services, self._monitors)
        self._counts.dispatched = await self._part("The dispatch", dispatch, DISPATCH_TIME_LIMIT) or 0
        queued = await self._part("The count of the queue", services.queue.count(), READ_TIME_LIMIT)
        backlog = await self._part("The count of unanswered exports", self._count_unanswered(), READ_TIME_LIMIT)
        await self._part("The look after due exports", self._look_after_due(), LOOK_TIME_LIMIT)
        send_reconciler_heartbeat(self._counts, backlog, queued, services.limits.submissions_per_day)
        if maintenance is not None:
            await do_pieces(maintenance, services)
        return self._counts

    async def _part(self, what: str, work: Awaitable[T], time_limit: timedelta) -> T | None:
        result = await isolated(f"Reconciler: {what}", work, time_limit)
        self._counts.failed_parts += result is None
        return result

    async def _begin(self) -> Maintenance:
        """Reads how far earlier rounds have come, and stores that this one has begun."""
        maintenance = await self._services.maintenance.load()
        last = maintenance.rounds
        if last is not None:
            since = unbroken_since(self._now, last.running_since, last.round_before, last.last_round)
            self._progress = replace(self._progress, running_since=since, round_before=last.last_round)
            self._place = last.place
        # Without the place: if this round dies or fails on its way, the next one begins at the start.
        await self._services.maintenance.save(self._progress)
        return maintenance

    async def _count_unanswered(self) -> Backlog:
        backlog = Backlog(self._now, self._services.limits.due_soon)
        async for export in self._services.queries.unanswered_exports():
            backlog.count(export)
        return backlog

    async def _look_after_due(self) -> bool:
        """Looks after what is due, from the place where the round before ran out of time, and around to it."""
        stop_at = self._services.now() + DUE_TIME_LIMIT
        async for page in self._due_pages():
            await for_each(page.exports, self._look_after, at_once=EXPORTS_AT_ONCE)
            self._counts.unreadable += page.unreadable
            if self._services.now() >= stop_at:
                await self._services.maintenance.save(replace(self._progress, place=page.place))
                break
        return True

    async def _due_pages(self) -> AsyncIterator[DuePage]:
        """The pages behind the stored place, then those before it."""
        begin, moment = self._place, self._overdue_before(self._now)
        async for page in self._services.queries.due_pages(moment, begin):
            yield page
        if begin is None:
            return
        async for page in self._services.queries.due_pages(moment):
            yield page
            if page.place >= begin:
                return

    async def _look_after(self, export: Export) -> None:
        done = await isolated(f"Reconciler: the look after export {export.id}", self._ensure_monitor(export))
        self._counts.failed += not done

    async def _ensure_monitor(self, export: Export) -> bool:
        """Starts a monitor if the export has none; if it is late, ends the one that it has and records that."""
        is_alive = await isolated(
            f"Reconciler: the look for the monitor of export {export.id}", self._monitors.is_alive(export.id)
        )
        try:
            if self._is_late(export):
                self._counts.late += 1
                if is_alive is not False:
                    await self._monitors.end(export.id, "It is late.")
                await self._record_interruption(export.id)
        finally:
            if is_alive is False:
                await self._monitors.start(export.id)
                self._counts.started += 1
                self._counts.repaired += not export.status.is_terminal
        return is_alive is not None

    async def _record_interruption(self, export_id: str) -> None:
        """Records that the step was not done, unless it has been done meanwhile."""
        saved = await self._services.records.get(export_id)
        if saved is not None and self._is_late(saved.export):
            with contextlib.suppress(ConflictError):
                await record_interrupted_step(saved, self._services)

    def _is_late(self, export: Export) -> bool:
        progress = self._progress
        return is_late(export, self._now, progress.running_since, self._overdue_before(progress.round_before))

    def _overdue_before(self, round_began: datetime) -> datetime:
        """A round looks after what was due before this time: what is due since, its monitor is about to do."""
        return round_began - 2 * self._services.limits.poll_floor
