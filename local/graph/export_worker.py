"""Brings operations to their end in the background: waits until each is due, writes its files, marks it complete."""

import asyncio
import logging
from datetime import timedelta

from local.graph.customer_container import AccessLostError, Containers, StorageDownError
from local.graph.data_policy_operations import Ending, Operation, Operations
from local.graph.sample_export_files import export_files
from local.graph.service_clock import Clock

_log = logging.getLogger(__name__)

# How long until the service looks again at an export that it couldn't finish.
_RECHECK = timedelta(hours=2)
_AT_ONCE = 8
# Seconds for what is being written when all ends. A request that is cancelled while it connects leaves its socket open.
_GRACE = 1.0


class Exporter:
    """Owns a task for each operation under way; `resume` it once, `close` it at last."""

    def __init__(self, operations: Operations, containers: Containers, clock: Clock) -> None:
        self._operations = operations
        self._containers = containers
        self._clock = clock
        self._tasks: set[asyncio.Task[None]] = set()
        self._writing: set[asyncio.Task[None] | None] = set()
        self._turn = asyncio.Semaphore(_AT_ONCE)

    def resume(self) -> None:
        """Takes up what an earlier process left under way."""
        for operation in self._operations.all():
            if operation.completed is None:
                self.start(operation)

    def start(self, operation: Operation) -> None:
        """Sees to it that `operation` ends as it is meant to."""
        if operation.ending is Ending.NEVER:
            return
        task = asyncio.create_task(self._finish(operation))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Leaves everything as it is, to be resumed another time; what is being written may end first."""
        writing = {task for task in self._tasks if task in self._writing}
        for task in self._tasks - writing:
            task.cancel()
        if writing:
            await asyncio.wait(writing, timeout=_GRACE)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _finish(self, operation: Operation) -> None:
        await asyncio.sleep((operation.due - self._clock.now()).total_seconds())
        while True:
            try:
                async with self._turn:
                    await self._written(operation)
            except StorageDownError:
                _log.warning("operation %s: storage doesn't answer, trying again", operation.id)
                await asyncio.sleep(self._clock.real_seconds(_RECHECK))
            except AccessLostError:
                _log.warning("operation %s: no access to the storage any more, it will run for ever", operation.id)
                self._operations.give_up(operation.id)
                return
            else:
                self._operations.complete(operation.id, self._clock.now())
                _log.info("operation %s: ended (%s)", operation.id, operation.ending)
                return

    async def _written(self, operation: Operation) -> None:
        task = asyncio.current_task()
        self._writing.add(task)
        try:
            await self._deliver(operation)
        finally:
            self._writing.discard(task)

    async def _deliver(self, operation: Operation) -> None:
        if operation.ending is Ending.COMPLETE:
            files = export_files(operation.subject_id, operation.submitted)
            await self._containers.write(operation.storage_location, files)
