"""Installs the pinned requirements of the app for the platform, from wheels whose hashes are pinned too."""

import fcntl
import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

from tools.package.interpreters import find_python
from tools.package.proof import PackageError
from tools.package.site import canonical

ROOT = Path(__file__).resolve().parents[2]
REQUIREMENTS = ROOT / "requirements.txt"
_INSTALLED = ROOT / ".local" / "requirements"
# Flex Consumption runs on a Linux with glibc 2.28 or later. Wheels for an older one run there too: PEP 600.
_GLIBC = range(28, 4, -1)
PLATFORMS = (*(f"manylinux_2_{minor}_x86_64" for minor in _GLIBC), "manylinux2014_x86_64")
"""The platforms whose wheels run where the app runs, the best first."""


def install(version: str) -> Path:
    """A folder with all pinned requirements, installed from wheels for the platform and kept for the next time.

    Raises:
        PackageError: they can't be installed.
    """
    _INSTALLED.mkdir(parents=True, exist_ok=True)
    with (_INSTALLED / f"{version}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # another process may be installing
        return _installed(version)


def wheels(version: str) -> dict[str, str]:
    """The SHA-256 of the wheel of each requirement that `install` has installed, by its normalized name."""
    report = json.loads(_report(version).read_text("utf-8"))
    return {
        canonical(one["metadata"]["name"]): one["download_info"]["archive_info"]["hashes"]["sha256"]
        for one in report["install"]
    }


def _installed(version: str) -> Path:
    pins = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    folder = _INSTALLED / version
    stamp = _INSTALLED / f"{version}.pins"  # written last, so an interrupted installation is repeated
    if not (stamp.exists() and _report(version).exists() and stamp.read_text("utf-8") == pins):
        shutil.rmtree(folder, ignore_errors=True)
        _pip(version, folder)
        stamp.write_text(pins, "utf-8")
    return folder


def _pip(version: str, folder: Path) -> None:
    """Installs with the pip of this Python, as the Python that the package is for: markers ask for its version."""
    target = ["--target", str(folder), "--report", str(_report(version)), "--no-compile"]
    only = ["--no-deps", "--require-hashes", "--only-binary", ":all:", "--python-version", version]
    platforms = [part for name in PLATFORMS for part in ("--platform", name)]
    command = [
        *(sys.executable, "-m", "pip", "--python", find_python(version)),
        *("--quiet", "--no-input", "--disable-pip-version-check", "install"),
        *(*target, *only, *platforms, "--requirement", str(REQUIREMENTS)),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own
    if done.returncode:
        raise PackageError(f"The requirements can't be installed for Python {version}:\n{done.stderr.strip()}")


def _report(version: str) -> Path:
    return _INSTALLED / f"{version}.json"
