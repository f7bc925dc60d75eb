"""Runs operations in the background: waits until each is due, writes its files, marks it complete."""

import asyncio
import logging
from datetime import timedelta

from local.graph.customer_container import AccessLostError, CustomerContainers, StorageDownError
from local.graph.data_policy_operations import Ending, Operation, Operations
from local.graph.sample_export_files import export_files
from local.graph.service_clock import Clock

_log = logging.getLogger(__name__)

_RETRY_AFTER = timedelta(hours=2)
"""How long the service waits before it retries an export that it couldn't write, before the clock scales it."""
_MAX_CONCURRENT_WRITES = 8
_GRACE_SECONDS = 1.0
"""What a write gets to end when the worker closes: cancelling a request while it connects leaves its socket open."""


class ExportWorker:
    """Has a task for each running operation. Call `resume` once at the start, and `close` at the end."""

    def __init__(self, operations: Operations, containers: CustomerContainers, clock: Clock) -> None:
        self._operations = operations
        self._containers = containers
        self._clock = clock
        self._tasks: set[asyncio.Task[None]] = set()
        self._writing: set[asyncio.Task[None] | None] = set()
        self._places = asyncio.Semaphore(_MAX_CONCURRENT_WRITES)

    def resume(self) -> None:
        """Go on with the operations that an earlier process left running."""
        for operation in self._operations.all():
            if operation.completed is None:
                self.start(operation)

    def start(self, operation: Operation) -> None:
        """Run `operation` to its end."""
        if operation.ending is Ending.NEVER:
            return
        task = asyncio.create_task(self._finish(operation))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Stop; writes get a moment to end, and the rest can be resumed by the next process."""
        writing = {task for task in self._tasks if task in self._writing}
        for task in self._tasks - writing:
            task.cancel()
        if writing:
            await asyncio.wait(writing, timeout=_GRACE_SECONDS)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _finish(self, operation: Operation) -> None:
        await asyncio.sleep((operation.due - self._clock.now()).total_seconds())
        while True:
            try:
                async with self._places:
                    await self._write(operation)
            except StorageDownError:
                _log.warning("operation %s: storage does not answer; will try again", operation.id)
                await asyncio.sleep(self._clock.real_seconds(_RETRY_AFTER))
            except AccessLostError:
                _log.warning("operation %s: access to the storage is lost; it will run for ever", operation.id)
                self._operations.give_up(operation.id)
                return
            else:
                self._operations.complete(operation.id, self._clock.now())
                _log.info("operation %s: ended (%s)", operation.id, operation.ending)
                return

    async def _write(self, operation: Operation) -> None:
        task = asyncio.current_task()
        self._writing.add(task)
        try:
            await self._write_files(operation)
        finally:
            self._writing.discard(task)

    async def _write_files(self, operation: Operation) -> None:
        if operation.ending is Ending.COMPLETE:
            files = export_files(operation.subject_id, operation.submitted)
            await self._containers.write(operation.storage_location, files)
