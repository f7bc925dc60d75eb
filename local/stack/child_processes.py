"""Child processes that never outlive this one, however it ends."""

import contextlib
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

import psutil

from local.checkout import ROOT
from local.private_files import write_private
from local.stack.orphaned_processes import record_folder

STOP_SECONDS = 10.0
"""What a process gets between SIGTERM and SIGKILL."""

SHOWN_LINES = 15


class StartError(Exception):
    """Something did not start; the text says what and why, and holds the last lines of its log where it has one."""


@dataclass(frozen=True, eq=False)
class Child:
    """One running child and the log that its output goes to."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

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
            ready: returns an empty text once it is, before that what is still missing.
            seconds: how long that may take.

        Raises:
            StartError: it ended before, or the time is over.
        """
        deadline = time.monotonic() + seconds
        while missing := ready():
            if not self.alive:
                raise StartError(self._explain(f"ended with exit status {self.process.returncode}"))
            if time.monotonic() > deadline:
                raise StartError(self._explain(f"was not ready after {seconds:g} s: {missing}"))
            time.sleep(0.05)

    def stop(self) -> None:
        """End it with SIGTERM, with SIGKILL if that is not heard, and wait."""
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _explain(self, what: str) -> str:
        lines = self.log.read_text("utf-8", errors="replace").splitlines()[-SHOWN_LINES:]
        return "\n".join([f"{self.name} {what}", f"The last lines of {self.log}:", *(f"  {line}" for line in lines)])


class Family:
    """The children of this process, all of them recorded in a state folder.

    A reaper process holds the other end of a pipe. When this process is gone, even by SIGKILL, the pipe closes and the
    reaper stops whatever the record still names. What survives that too, the next run stops: see
    `local.stack.orphaned_processes`.

    Args:
        state: the folder for the record and the logs.
        announcement: a file that tells others of the children, for the reaper to remove.
    """

    def __init__(self, state: Path, announcement: Path | None = None) -> None:
        self._logs = state / "logs"
        self._record = record_folder(state) / f"{secrets.token_hex(8)}.json"
        for folder in (self._logs, self._record.parent):
            folder.mkdir(parents=True, exist_ok=True)
        self._children: list[Child] = []
        # Two threads start and stop children: that of the owner, and one that replaces a host that died.
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

    def start(self, name: str, command: Sequence[str | Path], environment: Mapping[str, str]) -> Child:
        """Start a child in the checkout's root, its output appended to `logs/{name}.log`.

        It has a session of its own: Ctrl-C at the terminal reaches this process only, which then stops them in order.
        """
        log = self._logs / f"{name}.log"
        with self._lock, log.open("ab") as output:
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            child = Child(name, process, log)
            self._children.append(child)
            self._write_record()
        return child

    def stop(self, child: Child) -> None:
        """Stop one child, whether it still runs or not."""
        child.stop()
        with self._lock:
            self._children.remove(child)
            self._write_record()

    def close(self) -> None:
        """Stop the children, the last one first, and then the reaper."""
        for child in reversed(self._children.copy()):
            self.stop(child)
        self._record.unlink(missing_ok=True)
        self._reaper.communicate()

    def _write_record(self) -> None:
        entries = []
        for child in self._children:
            with contextlib.suppress(psutil.NoSuchProcess):
                created = psutil.Process(child.pid).create_time()
                entries.append({"name": child.name, "pid": child.pid, "created": created})
        write_private(self._record, json.dumps(entries))
