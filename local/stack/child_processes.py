"""Child processes that never outlive this process, however it ends."""

import json
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from local.checkout import ROOT
from local.private_files import write_private
from local.stack.orphaned_processes import record_folder
from local.stack.process_sessions import Session

STOP_SECONDS = 10.0
"""Time between SIGTERM and SIGKILL."""

SHOWN_LINES = 15


class StartError(Exception):
    """Something did not start; the message says what and why, and shows the end of its log if there is one."""


@dataclass(frozen=True, eq=False)
class Child:
    """One running child with all that it has started, and the log that their output goes to."""

    name: str
    process: subprocess.Popen[bytes]
    session: Session
    log: Path
    grace: float

    @property
    def pid(self) -> int:
        """The process id."""
        return self.process.pid

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self.process.poll() is None

    def wait_until(self, ready: Callable[[], str], seconds: float) -> None:
        """Block until it is ready.

        Args:
            ready: returns what is still missing; an empty text once it is ready.
            seconds: how long to wait.

        Raises:
            StartError: it ended, or was not ready in time.
        """
        deadline = time.monotonic() + seconds
        while missing := ready():
            if not self.alive:
                raise self.explained(f"ended with exit status {self.process.returncode}")
            if time.monotonic() > deadline:
                raise self.explained(f"was not ready after {seconds:g} s: {missing}")
            time.sleep(0.05)

    def stop(self) -> None:
        """End it and all that it has started with SIGTERM, then SIGKILL after the grace, and wait."""
        self.session.terminate()
        self.session.await_end(time.monotonic() + self.grace)
        self.process.wait()

    def kill(self) -> None:
        """End it and all that it has started with SIGKILL."""
        self.session.kill()

    def explained(self, what: str) -> StartError:
        """The error that says what is wrong with it and shows the end of its log."""
        lines = self.log.read_text("utf-8", errors="replace").splitlines()[-SHOWN_LINES:]
        shown = (f"  {line}" for line in lines)
        return StartError("\n".join([f"{self.name} {what}", f"The last lines of {self.log}:", *shown]))


class Family:
    """The child processes of this process, recorded in a state folder.

    A reaper process holds the other end of a pipe. When this process ends, even by SIGKILL, the pipe closes and the
    reaper stops the processes in the record. The next run stops any that survive that: see
    `local.stack.orphaned_processes`.

    Args:
        state: the folder for the record and the logs.
        announcement: a file that names the children, for the reaper to remove.
    """

    def __init__(self, state: Path, announcement: Path | None = None) -> None:
        self._logs = state / "logs"
        self._record = record_folder(state) / f"{secrets.token_hex(8)}.json"
        for folder in (self._logs, self._record.parent):
            folder.mkdir(parents=True, exist_ok=True)
        self._children: list[Child] = []
        # Two threads start and stop children: the owner's, and the one that restarts the host.
        self._lock = threading.Lock()
        remove = [announcement.resolve()] if announcement else []
        self._reaper = subprocess.Popen(
            [sys.executable, "-m", "local.stack.reaper", self._record.resolve(), *remove],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            start_new_session=True,
        )

    def __enter__(self) -> Self:
        """Return the family itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop what still runs."""
        self.close()

    def start(
        self,
        name: str,
        command: Sequence[str | Path],
        environment: Mapping[str, str],
        *,
        folder: Path = ROOT,
        grace: float = STOP_SECONDS,
    ) -> Child:
        """Start a child and append its output to `logs/{name}.log`.

        It has its own session, so that Ctrl-C reaches this process alone, which then stops the children in order.

        Args:
            name: what it is called in logs and messages.
            command: the command line.
            environment: all the environment variables that it gets.
            folder: the folder that it starts in.
            grace: seconds between SIGTERM and SIGKILL when it is stopped.

        Raises:
            StartError: there is no such command.
        """
        log = self._logs / f"{name}.log"
        with self._lock, log.open("ab") as output:
            try:
                process = subprocess.Popen(
                    command,
                    cwd=folder,
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            except OSError as error:
                raise StartError(f"{name} can't be started: {command[0]}: {error.strerror}") from error
            child = Child(name, process, Session.of(process.pid), log, grace)
            self._children.append(child)
            self._write_record()
        return child

    def stop(self, child: Child) -> None:
        """Stop a child and all that it has started; it may have ended already."""
        child.stop()
        with self._lock:
            self._children.remove(child)
            self._write_record()

    def close(self) -> None:
        """Stop the children, the last one first, then the reaper."""
        for child in reversed(self._children.copy()):
            self.stop(child)
        self._record.unlink(missing_ok=True)
        self._reaper.communicate()

    def _write_record(self) -> None:
        entries = [
            {"name": child.name, "pid": child.session.leader, "created": child.session.created}
            for child in self._children
        ]
        write_private(self._record, json.dumps(entries))
