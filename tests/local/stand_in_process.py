"""Runs stand-ins as processes."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parents[2]


class StandIn:
    """A running `python -m local.…` that is ready."""

    def __init__(self, process: subprocess.Popen[str], url: str) -> None:
        self.process = process
        self.url = url

    @property
    def port(self) -> str:
        return self.url.rpartition(":")[2]

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@contextmanager
def stand_in(
    module: str, *arguments: str | Path, log: Path, environment: Mapping[str, str] | None = None
) -> Iterator[StandIn]:
    """Run one on a free port unless the arguments name one; its stderr goes to `log`."""
    with log.open("a") as errors, _start(module, arguments, errors, environment) as process:
        try:
            assert process.stdout is not None
            ready, _, url = process.stdout.readline().strip().partition(" ")
            assert ready == "ready", log.read_text()
            yield StandIn(process, url)
        finally:
            process.kill()


def run_stand_in(
    module: str, *arguments: str | Path, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run one that is expected to end by itself."""
    return subprocess.run(  # noqa: S603 - arguments of our own
        _command(module, arguments),
        env=os.environ | (environment or {}),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )


def _start(
    module: str, arguments: tuple[str | Path, ...], errors: IO[str], environment: Mapping[str, str] | None
) -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603 - arguments of our own
        _command(module, arguments),
        env=os.environ | (environment or {}),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=errors,
        text=True,
    )


def _command(module: str, arguments: tuple[str | Path, ...]) -> list[str | Path]:
    port: list[str | Path] = [] if "--port" in arguments else ["--port", "0"]
    return [sys.executable, "-m", module, *port, *arguments]
