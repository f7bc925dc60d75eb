"""Proves that a package has everything that the app imports: imports it in a fresh Python that sees nothing else."""

import json
import re
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

from tools.package.imports import Import

# Runs in the package's Python. A name imported from a module is an attribute of it, or else a module below it.
_PROGRAM = """
import importlib, json, sys
folder, site, wanted = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
sys.path[:0] = [site, folder]
missing = []
for module, names in wanted:
    try:
        found = importlib.import_module(module)
        for name in names:
            if name != "*" and not hasattr(found, name):
                importlib.import_module(f"{module}.{name}")
    except Exception as error:
        missing.append(f"{module}: {type(error).__name__}: {error}")
print(json.dumps(missing))
"""
_PLACEHOLDER = re.compile(r"<[^>]*>")


class PackageError(Exception):
    """The package can't be built; the message says why."""


def prove(python: str, folder: Path, site: Path, imports: Iterable[Import], settings: Mapping[str, str]) -> None:
    """Imports everything from the package alone.

    Args:
        python: the interpreter to run.
        folder: the package.
        site: the folder of its distributions.
        imports: the imports that have to succeed.
        settings: the app's settings, which some modules read.

    Raises:
        PackageError: something is missing; the message names it.
    """
    wanted = sorted({(each.module, each.names) for each in imports})
    command = [python, "-I", "-S", "-B", "-c", _PROGRAM, str(folder), str(site), json.dumps(wanted)]
    done = subprocess.run(command, env=dict(settings), capture_output=True, text=True, check=False)  # noqa: S603 - our own
    if done.returncode:
        raise PackageError(f"The package can't be tried:\n{done.stderr.strip()}")
    missing = json.loads(done.stdout)
    if missing:
        raise PackageError("\n".join(["The package lacks what the app imports:", *missing]))


def sample_settings(sample: Path) -> dict[str, str]:
    """The values of local.settings.sample.json, with its <placeholders> replaced by names."""
    values: dict[str, str] = json.loads(sample.read_text("utf-8"))["Values"]
    return {name: _PLACEHOLDER.sub("example", value) for name, value in values.items()}
