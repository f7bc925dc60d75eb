"""Runs the Node programs that `make test` installs."""

import os
import subprocess
from pathlib import Path

from local.setup.installation import NODE_CHECKERS
from local.setup.nodejs import find_node

MODULES = NODE_CHECKERS / "node_modules"


def run_program(name: str, *arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Runs a program in a folder and returns what came of it.

    Raises:
        FileNotFoundError: it is not installed.
    """
    program = MODULES / ".bin" / name
    if not program.exists():
        raise FileNotFoundError(f"{name} is not installed: run `make test`, or `python3 -m local.setup --checkers`.")
    return run_node(str(program), *arguments, folder=folder)


def run_node(
    *arguments: str, folder: Path, given: str | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Runs a script in a folder, without the shell's environment, and gives it a text on its standard input."""
    offline = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}
    return subprocess.run(  # noqa: S603 - programs of our own lock file, or what they made
        [str(find_node()), *arguments],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), **offline, **environment},
        input=given,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
