"""Compiles infra/ and renews what the tests read of it: `python -m tools.bicep [--validate]` (`make infra`)."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from tools.bicep.compiler import Compiler, CompilerError, configuration, find, pinned_version
from tools.bicep.deployments import without_variables
from tools.bicep.renewal import Renewal

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).resolve().parent.parent.parent


def main() -> None:
    """Renews the files, or says what would change. It exits with 1 and explains on stderr where something is wrong."""
    parser = argparse.ArgumentParser(prog="python -m tools.bicep", description="Compiles infra/ with Bicep.")
    parser.add_argument("--validate", action="store_true", help="change nothing, and fail where something would change")
    arguments = parser.parse_args()
    try:
        wrong = run(ROOT, os.environ, validate=arguments.validate)
    except CompilerError as error:
        sys.exit(str(error))
    sys.exit("\n".join(wrong) or None)


def run(root: Path, environment: Mapping[str, str], *, validate: bool) -> list[str]:
    """Renews the files of a checkout, or changes nothing. It returns a line for each thing that is wrong.

    Raises:
        CompilerError: there is no compiler, or something doesn't compile.
    """
    version = pinned_version(root)
    with TemporaryDirectory() as folder:
        config = configuration(root, environment.get("GRAPH_EXTENSION"), Path(folder))
        program = find(environment, version)
        _tell(f"Bicep {version} compiles infra/, which takes a minute…")
        renewal = Renewal.of(Compiler(program, root, config, without_variables(root, environment)))
    if validate:
        wrong = [*renewal.found, *renewal.differences()]
        if not wrong:
            _tell(f"Nothing is wrong, and the {len(renewal.made)} files that it makes are up to date.")
        return wrong
    for path in renewal.write():
        _tell(f"{path} is renewed.")
    if not renewal.found:
        _tell("Nothing is wrong.")
    return renewal.found


def _tell(message: str) -> None:
    print(message, flush=True)  # noqa: T201 - a command-line tool prints


if __name__ == "__main__":
    main()
