"""Installs the packages of the console and builds it, each only if it has to be. Standard library only."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from local.checkout import ROOT
from local.setup.nodejs import find_node
from local.setup.setup_steps import STATE, Stamp, run, step

SOURCES = ROOT / "console"
PACKAGES = STATE / "console"
"""The folder of the packages of Node: those that browsers get, what bundles them, and what checks the sources."""
BUILT = ROOT / "shared" / "http" / "console_files"
"""The files that the app serves."""
_MANIFESTS = tuple(SOURCES / name for name in ("package.json", "package-lock.json"))
# What the build reads, besides the packages that the lock file pins.
_READ = ("*.mjs", "src/**/*")


def install_console_packages(npm: Sequence[str], *, checkers: bool) -> None:
    """Install what the console is built with.

    Args:
        npm: the command that runs npm.
        checkers: whether to install what checks the sources too. The deployment package is made without it.

    Raises:
        SetupError: npm failed.
    """
    all_of_it, without_checkers = (
        Stamp(PACKAGES / "node_modules" / name, _MANIFESTS) for name in (".installed", ".installed-without-checkers")
    )
    if all_of_it.fresh or (not checkers and without_checkers.fresh):
        return
    PACKAGES.mkdir(parents=True, exist_ok=True)
    for manifest in _MANIFESTS:
        shutil.copyfile(manifest, PACKAGES / manifest.name)
    # The bundler and the linter are programs for one system each, in packages that npm calls optional.
    flags = ["--ignore-scripts", "--no-audit", "--no-fund", *(() if checkers else ("--omit=dev",))]
    with step("Installing what builds the console"):
        run([*npm, "ci", "--prefix", str(PACKAGES), *flags], "Can the npm registry be reached?")
    (all_of_it if checkers else without_checkers).set()


def build_console() -> None:
    """Build the files that the app serves.

    Raises:
        SetupError: the build failed.
    """
    stamp = Stamp(BUILT / ".built", [*_MANIFESTS, *_sources()])
    if stamp.fresh:
        return
    with step("Building the console"):
        run([str(find_node()), str(SOURCES / "build.mjs")], "Mend the sources in console/.")
    stamp.set()


def _sources() -> list[Path]:
    found = (path for pattern in _READ for path in SOURCES.glob(pattern) if path.is_file())
    return sorted(path for path in found if not path.name.endswith(".d.ts"))  # types are gone once it is bundled
