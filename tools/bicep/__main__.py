"""Compiles infra/ and renews what the tests read of it: `python -m tools.bicep [--validate]` (`make infra`)."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tools.bicep.compiler import Compiler, CompilerError, configuration, find, pinned_version
from tools.bicep.deployments import without_variables
from tools.bicep.renewal import Renewal

ROOT = Path(__file__).resolve().parent.parent.parent


def main() -> None:
    """Renews the files, or says what would change. It exits with 1 and explains on stderr where something is wrong."""
    parser = argparse.ArgumentParser(prog="python -m tools.bicep", description="Compiles infra/ with Bicep.")
    parser.add_argument("--validate", action="store_true", help="change nothing, and fail where something would change")
    arguments = parser.parse_args()
    try:
        with TemporaryDirectory() as folder:
            config = configuration(ROOT, os.environ.get("GRAPH_EXTENSION"), Path(folder))
            program = find(os.environ, pinned_version(ROOT))
            renewal = Renewal.of(Compiler(program, ROOT, config, without_variables(ROOT, os.environ)))
    except CompilerError as error:
        sys.exit(str(error))
    wrong = [*renewal.found, *(renewal.differences() if arguments.validate else [])]
    if not arguments.validate:
        renewal.write()
    if wrong:
        sys.exit("\n".join(wrong))
    print(f"infra/ compiles, and its {renewal.snapshots} snapshots are up to date.")  # noqa: T201 - a command-line tool prints


if __name__ == "__main__":
    main()
