"""The command that runs the Functions host: the local host, or any other that is given."""

import os
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from local.checkout import ROOT
from local.stack.child_processes import STOP_SECONDS, StartError
from local.stack.host_interpreter import interpreter_for

PORT, STATE = "{port}", "{state}"
"""What stands in a given command for the port to listen on, and for a folder that only the host uses."""


@dataclass(frozen=True)
class HostCommand:
    """How to run a host, and how patient to be with it.

    Attributes:
        command: the command line.
        folder: the folder that it starts in.
        environment: what it needs besides the app's environment.
        start_seconds: how long it may take until the app answers.
        unloaded: the statuses by which it says for good that it can't run the app.
        grace: seconds between SIGTERM and SIGKILL when it is stopped.
    """

    command: tuple[str | Path, ...]
    folder: Path = ROOT
    environment: Mapping[str, str] = field(default_factory=dict)
    start_seconds: float = 60.0
    unloaded: frozenset[int] = frozenset({404, 503})
    grace: float = STOP_SECONDS


def local_host(app: Path, port: int, state: Path, identity: str) -> HostCommand:
    """Return the command of the local host.

    Args:
        app: the folder of the app.
        port: to listen on.
        state: the folder for keys and durable state.
        identity: the issuer of tokens; empty if callers send no tokens.
    """
    interpreter = interpreter_for(app, state / "path")
    options: list[str | Path] = ["--app", app, "--port", str(port), "--state", state]
    if identity:
        options += ["--identity", identity]
    return HostCommand((*interpreter.command, "-m", "local.host", *options), environment=interpreter.environment)


def given_host(given: str, app: Path, port: int, state: Path, path: str) -> HostCommand:
    """Return the command of another host, which starts in the app's folder.

    Commands of this environment come first on its PATH, so that its worker is the Python that has the app's packages.

    Args:
        given: the command line, with `{port}` and perhaps `{state}` in it.
        app: the folder of the app.
        port: to listen on.
        state: the folder for its state.
        path: the caller's PATH.

    Raises:
        StartError: it doesn't say where the port goes, or is no command line.
    """
    try:
        parts = shlex.split(given)
    except ValueError as error:
        raise StartError(f"The host's command is no command line: {error}.") from error
    if PORT not in given:
        raise StartError(f"The host's command must say where the port goes, such as 'func start --port {PORT}'.")
    return HostCommand(
        command=tuple(part.replace(PORT, str(port)).replace(STATE, str(state)) for part in parts),
        folder=app,
        environment={
            "FUNCTIONS_WORKER_RUNTIME": "python",
            "FUNCTIONS_CORE_TOOLS_TELEMETRY_OPTOUT": "1",
            "VIRTUAL_ENV": sys.prefix,
            "PATH": os.pathsep.join(filter(None, [str(Path(sys.prefix) / "bin"), path])),
        },
        # The first start downloads the extension bundle.
        start_seconds=300.0,
        # A host that is still starting answers 503.
        unloaded=frozenset({404}),
        # Microsoft's host doesn't end by SIGTERM, and loses nothing if it is killed.
        grace=2.0,
    )
