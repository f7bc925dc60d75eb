"""What the steps of the set-up share: the folder of their state, stamps, output and errors. Standard library only."""

import fcntl
import hashlib
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from local.checkout import ROOT

STATE = ROOT / ".local"
LOG = STATE / "setup.log"
SHOWN_LINES = 15


class SetupError(Exception):
    """A step failed; the message names it, shows the end of its output, and says what to do."""


class Stamp:
    """Records that a step was done with these inputs.

    It is written last, so an interrupted step runs again. It is in the folder that the step fills, so it goes with it.
    """

    def __init__(self, path: Path, inputs: Sequence[Path]) -> None:
        self._path = path
        self._digest = hashlib.sha256(b"".join(part.read_bytes() for part in inputs)).hexdigest()

    @property
    def fresh(self) -> bool:
        """Whether the step was done with these inputs."""
        return self._path.exists() and self._path.read_text("utf-8") == self._digest

    def set(self) -> None:
        """Record that the step is done."""
        self._path.parent.mkdir(exist_ok=True)
        self._path.write_text(self._digest, "utf-8")


@contextmanager
def alone() -> Iterator[None]:
    """Hold the lock of this checkout's set-up: two at a time would overwrite each other's files."""
    STATE.mkdir(exist_ok=True)
    with (STATE / "setup.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Another set-up of this checkout is running; waiting for it…", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def step(title: str) -> Iterator[None]:
    """Say what is being done, and then how long it took."""
    print(f"{title}…", end="", flush=True)
    begin = time.monotonic()
    try:
        yield
    except BaseException:
        print(flush=True)
        raise
    print(f" done in {time.monotonic() - begin:.0f} s", flush=True)


def run(command: Sequence[str], hint: str) -> None:
    """Run a command, with its output in the log.

    Raises:
        SetupError: it could not be started, or failed.
    """
    with LOG.open("w", encoding="utf-8") as log:
        try:
            status = subprocess.run(command, stdout=log, stderr=subprocess.STDOUT, check=False).returncode
        except OSError as error:
            raise SetupError(f"{command[0]} can't be started: {error}") from error
    if status:
        lines = LOG.read_text("utf-8", errors="replace").splitlines()[-SHOWN_LINES:]
        ending = "\n".join(f"  {line}" for line in lines)
        raise SetupError(
            f"{' '.join(command)}\nfailed with exit status {status}. The end of its output ({LOG}):\n{ending}\n"
            f"{hint} Run `make setup` again to continue from here."
        )
