"""The command line of the package: `python -m tools.package [--python 3.13] [--to FILE]`."""

import argparse
import sys
from pathlib import Path

from tools.package.build import Built, Size, bill_path, make
from tools.package.interpreters import own_version
from tools.package.proof import PackageError
from tools.package.requirements import ROOT

TARGET = ROOT / "dist" / "personal-data-export.zip"


def main() -> None:
    """Writes the zip and says what is in it. On failure it explains on stderr and exits with 1."""
    parser = argparse.ArgumentParser(prog="python -m tools.package", description="Makes the deployment package.")
    parser.add_argument("--python", default=own_version(), help="the Python that it is for; by default this one's")
    parser.add_argument("--to", type=Path, default=TARGET, help="the zip to write")
    arguments = parser.parse_args()
    try:
        built = make(arguments.to, arguments.python)
    except PackageError as error:
        sys.exit(str(error))
    print(_report(built, arguments.to, arguments.python))  # noqa: T201 - a command-line tool prints


def _report(built: Built, target: Path, version: str) -> str:
    saved = f"{built.sources.bytes / built.plain.bytes:.0%} of the bytes, {built.sources.files / built.plain.files:.1%}"
    tried = "All that the app imports was imported from it alone."
    untried = "It was not tried: that takes Linux on x86-64."
    return "\n".join(
        [
            f"{target}: {target.stat().st_size / 1e6:.1f} MB, for Python {version} on Linux x86-64",
            f"{bill_path(target)}: what it is made of",
            f"  all requirements      {_text(built.plain)}",
            f"  package, uncompiled   {_text(built.sources)}: {saved} of the files",
            f"  package, compiled     {_text(built.whole)}",
            f"  of the Graph SDK      {len(built.modules)} modules",
            f"  left out              {', '.join(sorted(built.left_out))}",
            tried if built.proved else untried,
        ]
    )


def _text(measured: Size) -> str:
    return f"{measured.bytes / 1e6:6.1f} MB in {measured.files:6,} files"


if __name__ == "__main__":
    main()
