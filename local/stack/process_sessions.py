"""A child process with all that it has started, as a session of its own.

A host starts processes that outlive it if it is killed: they keep its session, by which they are found and ended.
"""

import contextlib
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import psutil

CLOCK_TOLERANCE_SECONDS = 2.0
LOOK_SECONDS = 0.02


@dataclass(frozen=True)
class Session:
    """A session, by the process that leads it.

    Attributes:
        leader: the process id of the leader, which is the id of the session too.
        created: when the leader was created, in seconds since 1970.
    """

    leader: int
    created: float

    @classmethod
    def of(cls, leader: int) -> Self:
        """The session of a process that runs, or has ended and is not yet collected."""
        return cls(leader, psutil.Process(leader).create_time())

    def running(self) -> Sequence[psutil.Process]:
        """The processes that run, the leader first.

        No new process gets the leader's id while the session lasts. So if it is somebody else's now, none of ours runs.
        """
        if self._is_reused():
            return []
        ours = [pid for pid in psutil.pids() if _session_of(pid) == self.leader]
        found = [process for pid in ours if (process := _running(pid))]
        return sorted(found, key=lambda process: process.pid != self.leader)

    def terminate(self) -> None:
        """Send SIGTERM to all."""
        for process in self.running():
            with contextlib.suppress(psutil.NoSuchProcess):
                process.terminate()

    def kill(self) -> None:
        """End all with SIGKILL, those too that are being started."""
        while processes := self.running():
            for process in processes:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()
            time.sleep(LOOK_SECONDS)

    def await_end(self, deadline: float) -> None:
        """Wait until none runs, and kill those that do at a time of `time.monotonic`."""
        while self.running():
            if time.monotonic() > deadline:
                self.kill()
                return
            time.sleep(LOOK_SECONDS)

    def _is_reused(self) -> bool:
        try:
            return abs(psutil.Process(self.leader).create_time() - self.created) > CLOCK_TOLERANCE_SECONDS
        except psutil.NoSuchProcess:
            return False


def _session_of(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except (ProcessLookupError, PermissionError):
        return None


def _running(pid: int) -> psutil.Process | None:
    """The process, unless it has ended. A zombie counts as ended: nobody may collect it."""
    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else process
    except psutil.NoSuchProcess:
        return None
