"""Finds the browser that tests drive, and says how to install one. Standard library only."""

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from local.checkout import ROOT
from local.setup.debian_packages import apt_commands

FOLDER = ROOT / ".local" / "browser"
"""Where Playwright puts the browser that it downloads."""
_ON_PATH = ("chromium", "google-chrome", "google-chrome-stable", "chromium-browser", "microsoft-edge")
_APPLICATIONS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
_DOWNLOADED = ("chrome", "Chromium", "Google Chrome for Testing")
"""What the program is called in Playwright's folder, on Linux and on macOS."""


class BrowserMissingError(Exception):
    """There is no Chromium, Chrome or Edge that runs."""


def find_browser() -> Path:
    """Return the path of a Chromium, Chrome or Edge: the machine's own, else the one that Playwright has downloaded.

    Raises:
        BrowserMissingError: there is none that runs.
    """
    for candidate in _candidates():
        if _runs(candidate):
            return Path(candidate)
    raise BrowserMissingError("Tests need Chromium, Chrome or Edge, and none was found. Install one of them.")


def installations(python: Path) -> Iterator[Sequence[Sequence[str]]]:
    """The ways to install a browser on this machine, each as the commands of it, the best way first.

    Args:
        python: of the environment that has Playwright.
    """
    yield [["env", f"PLAYWRIGHT_BROWSERS_PATH={FOLDER}", str(python), "-m", "playwright", "install", "chromium"]]
    # Where Playwright's downloads can't be reached, or its browser lacks libraries of the system. Ubuntu's package of
    # this name is a snap.
    if commands := apt_commands("chromium", "debian"):
        yield commands


def _candidates() -> Iterator[str]:
    yield from filter(None, map(shutil.which, _ON_PATH))
    yield from _APPLICATIONS
    for name in _DOWNLOADED:
        yield from map(str, sorted(FOLDER.glob(f"**/{name}")))


def _runs(program: str) -> bool:
    try:
        return subprocess.run([program, "--version"], capture_output=True, timeout=60, check=False).returncode == 0
    except (OSError, subprocess.SubprocessError):
        return False
