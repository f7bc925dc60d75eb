"""Starts Microsoft's worker with an app in a process of its own, and calls the app's functions through it."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from uuid import UUID

from local.checkout import ROOT
from local.setup.installation import WORKER
from local.stack.process_environment import AppEndpoints, app_environment

NOWHERE = "https://localhost:1"
SAMPLE_APP = ROOT / "tests" / "local" / "host" / "sample_app"
ACCOUNT_ID = f"/subscriptions/{UUID(int=1)}/resourceGroups/group/providers/Microsoft.Storage/storageAccounts/account"
NO_TRACE = f"00-{'0' * 32}-{'0' * 16}-00"


def environment_in(folder: Path) -> dict[str, str]:
    """The settings that the apps of the repository need to be loaded, without anything behind them."""
    endpoints = AppEndpoints(
        graph=NOWHERE,
        blobs=f"{NOWHERE}/account",
        tables=f"{NOWHERE}/account",
        identity=NOWHERE,
        resource_manager=NOWHERE,
        monitor=NOWHERE,
        account_id=ACCOUNT_ID,
        ca_bundle=folder / "bundle.pem",
        temporary=folder,
        account_key="a2V5",
        identity_secret="secret",  # noqa: S106  nothing is behind it
    )
    sample = {"SAMPLE_NOTES": str(folder), "SAMPLE_SCHEDULE": "0 0 0 1 1 *"}
    settings = app_environment({"PATH": os.environ["PATH"]}, endpoints)
    return settings | sample | {"PYTHON_APPLICATIONINSIGHTS_ENABLE_TELEMETRY": "false"}


class MicrosoftsWorker:
    """A process of `tests.worker.worker_process`.

    Args:
        environment: of the process.
        log: a file for what the worker and the app write.
    """

    def __init__(self, environment: Mapping[str, str], log: Path) -> None:
        if not WORKER.is_dir():
            raise FileNotFoundError(
                "Microsoft's worker is not installed: run `make test`, or `python3 -m local.setup --checkers`."
            )
        self._environment = environment
        self._log = log

    def __enter__(self) -> Self:
        with self._log.open("a", encoding="utf-8") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.worker.worker_process"],
                cwd=ROOT,
                env=dict(self._environment),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._process.communicate(timeout=30)
        assert self._process.returncode == 0, self._log.read_text("utf-8")

    def index(self, app: Path, script: str = "function_app.py") -> dict[str, Any]:
        """Let it index an app, and return what it has found: the `functions`, or a `refusal`."""
        return self._ask({"app": str(app.resolve()), "script": script})

    def invoke(self, function: str, *, trace_parent: str = NO_TRACE, **arguments: dict[str, Any]) -> dict[str, Any]:
        """Call a function of the last app, and return what it has `returned`, its `exception`, or that it is `silent`.

        Args:
            function: its name.
            trace_parent: the trace that the call belongs to.
            arguments: for each parameter its data, of one kind such as `json`.
        """
        return self._ask({"function": function, "arguments": arguments, "trace_parent": trace_parent})

    def _ask(self, question: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, self._log.read_text("utf-8")
        answer: dict[str, Any] = json.loads(line)
        return answer
