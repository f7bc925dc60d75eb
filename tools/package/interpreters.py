"""Finds the Python that a package is for. It compiles the package, and everything is tried with it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tools.package.proof import PackageError

_VERSION = "import sys; print('%d.%d' % sys.version_info[:2])"


def find_python(version: str) -> str:
    """A Python of that version on this machine.

    pyenv's versions are looked at too, because its shims fail for a version that isn't switched on.

    Raises:
        PackageError: there is none.
    """
    if version == own_version():
        return sys.executable
    for candidate in _candidates(version):
        if _version(candidate) == version:
            return candidate
    raise PackageError(
        f"Python {version} is needed to compile the package and to try it. Install it, so that there is a "
        f"python{version} on the PATH or among pyenv's versions."
    )


def own_version() -> str:
    """The version of the Python that runs this, such as 3.13."""
    return f"{sys.version_info[0]}.{sys.version_info[1]}"


def _candidates(version: str) -> Iterator[str]:
    on_path = shutil.which(f"python{version}")
    if on_path:
        yield on_path
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    yield from (str(python) for python in sorted(pyenv.glob(f"versions/{version}.*/bin/python{version}")))


def _version(python: str) -> str:
    """The version of an interpreter; empty if it doesn't run."""
    try:
        done = subprocess.run([python, "-c", _VERSION], capture_output=True, text=True, timeout=60, check=False)  # noqa: S603 - the interpreter that was asked for
    except OSError:
        return ""
    return done.stdout.strip()
