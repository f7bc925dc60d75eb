"""Runs the Functions host and restarts it if it ends, as the platform does."""

import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from local.stack.child_processes import Child, Family
from local.stack.readiness_probe import missing_from

START_SECONDS = 60.0
CHECK_SECONDS = 0.1
RESTART_PAUSE_SECONDS = 1.0
"""The shortest time between two restarts, so that a host that can't start doesn't restart in a tight loop."""


class HostSupervisor:
    """Runs `python -m local.host` on a fixed port.

    Args:
        family: the family that the process joins.
        command: the command line.
        environment: its environment.
        health: the URL that answers 200 once the app is up.
        changed: called after each restart, from the supervising thread.
    """

    def __init__(
        self,
        family: Family,
        command: Sequence[str | Path],
        environment: Mapping[str, str],
        health: str,
        changed: Callable[[], None],
    ) -> None:
        self._family = family
        self._command = command
        self._environment = environment
        self._health = health
        self._changed = changed
        self._stopping = threading.Event()
        self._supervisor = threading.Thread(target=self._watch, name="host-supervisor", daemon=True)
        self._child = self._spawn()

    @property
    def pid(self) -> int:
        """The process id of the host that runs now."""
        return self._child.pid

    def wait_until_healthy(self) -> None:
        """Block until the app answers.

        Raises:
            StartError: the host ended, or the app does not answer 200.
        """
        self._child.wait_until(lambda: missing_from(self._health, status=200), START_SECONDS)

    def supervise(self) -> None:
        """Restart the host whenever it ends, until `stop_supervising`."""
        self._supervisor.start()

    def stop_supervising(self) -> None:
        """Restart it no more. The family stops it."""
        self._stopping.set()
        if self._supervisor.ident:
            self._supervisor.join()

    def kill(self) -> None:
        """Kill it with SIGKILL, as a crash would."""
        self._child.process.kill()

    def _spawn(self) -> Child:
        return self._family.start("host", self._command, self._environment)

    def _watch(self) -> None:
        while not self._stopping.wait(CHECK_SECONDS):
            if not self._child.alive:
                self._restart()

    def _restart(self) -> None:
        status = self._child.process.returncode
        print(f"The host ended unexpectedly ({status}) and is restarted.", file=sys.stderr, flush=True)
        self._family.stop(self._child)
        self._child = self._spawn()
        self._changed()
        self._stopping.wait(RESTART_PAUSE_SECONDS)
