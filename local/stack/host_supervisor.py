"""Runs the Functions host and restarts it if it ends, as the platform does."""

import http
import sys
import threading
import time
from collections.abc import Callable, Mapping

from local.stack.child_processes import Child, Family
from local.stack.host_command import HostCommand
from local.stack.readiness_probe import look_at

CHECK_SECONDS = 0.1
RESTART_PAUSE_SECONDS = 1.0
"""The shortest time between two restarts, so that a host that can't start doesn't restart in a tight loop."""

UNLOADED_SECONDS = 5.0
"""How long a host may say that it has no app before that is believed."""


class HostSupervisor:
    """Runs a host on a fixed port.

    Args:
        family: the family that the process joins.
        host: the command.
        environment: the app's environment.
        health: the URL that answers 200 once the app is up.
        changed: called after each restart, from the supervising thread.
    """

    def __init__(
        self,
        family: Family,
        host: HostCommand,
        environment: Mapping[str, str],
        health: str,
        changed: Callable[[], None],
    ) -> None:
        self._family = family
        self._host = host
        self._environment = {**environment, **host.environment}
        self._health = health
        self._changed = changed
        self._stopping = threading.Event()
        self._supervisor = threading.Thread(target=self._watch, name="host-supervisor", daemon=True)
        self._unloaded_since: float | None = None
        self._child = self._spawn()

    @property
    def pid(self) -> int:
        """The process id of the host that runs now."""
        return self._child.pid

    def wait_until_healthy(self) -> None:
        """Block until the app answers.

        Raises:
            StartError: the host ended, runs without the app, or the app does not answer 200 in time.
        """
        self._child.wait_until(self._missing, self._host.start_seconds)

    def supervise(self) -> None:
        """Restart the host whenever it ends, until `stop_supervising`."""
        self._supervisor.start()

    def stop_supervising(self) -> None:
        """Restart it no more. The family stops it."""
        self._stopping.set()
        if self._supervisor.ident:
            self._supervisor.join()

    def kill(self) -> None:
        """Kill it and its workers with SIGKILL, as a crash would."""
        self._child.kill()

    def _missing(self) -> str:
        status, seen = look_at(self._health)
        if status not in self._host.unloaded:
            self._unloaded_since = None
        elif self._unloaded_since is None:
            self._unloaded_since = time.monotonic()
        elif time.monotonic() - self._unloaded_since > UNLOADED_SECONDS:
            raise self._child.explained(f"runs, but has not loaded the app: {seen}")
        return "" if status == http.HTTPStatus.OK else seen

    def _spawn(self) -> Child:
        return self._family.start(
            "host", self._host.command, self._environment, folder=self._host.folder, grace=self._host.grace
        )

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
