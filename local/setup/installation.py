"""The steps of the set-up. A step is skipped if nothing it depends on has changed. Standard library only."""

import importlib.util
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from local.checkout import ROOT
from local.setup.browser_choice import BrowserMissingError, find_browser, installations
from local.setup.console_build import build_console, install_console_packages
from local.setup.debian_packages import apt_commands
from local.setup.nodejs import FOLDER, VENV, NodeMissingError, find_npm
from local.setup.setup_steps import STATE, SetupError, Stamp, alone, run, step

CHECKERS = STATE / "checkers"
"""A virtual environment for programs that only tests run; they share no package with the project."""
NODE_CHECKERS = STATE / "node_checkers"
"""The same for Node: what checks the OpenAPI document and pages, generates clients, and analyses Kusto queries."""
WORKER = STATE / "worker"
"""Microsoft's worker as a library, for the packages of the project's own environment."""
PACKAGER = STATE / "packager"
"""A virtual environment with what makes the deployment package and nothing else."""
AUDITOR = STATE / "auditor"
"""A virtual environment for the program that compares all packages with the known vulnerabilities."""


def install(*, checkers: bool = False) -> None:
    """Bring the virtual environment, Azurite and the console up to date.

    Args:
        checkers: whether to install the programs that only tests run too: 400 MB.

    Raises:
        SetupError: a step failed. The next run continues with that step.
    """
    check_modules()
    with alone():
        _make_environment()
        _install_packages()
        _install_node_packages("Azurite (half a minute on a first run)", FOLDER)
        install_console_packages(_npm(), checkers=True)
        build_console()
        if checkers:
            _install_programs(
                "Python programs that only tests run (half a minute on a first run)",
                CHECKERS,
                "requirements-checkers.txt",
            )
            _install_worker()
            _install_node_packages("Node programs that only tests run (half a minute on a first run)", NODE_CHECKERS)
            install_browser()
            install_unzip()


def install_packager() -> None:
    """Make the console, and the environment that the deployment package is made in, which shares nothing with others.

    Raises:
        SetupError: a step failed. The next run continues with that step.
    """
    check_modules()
    with alone():
        _install_programs("what makes the package", PACKAGER, "requirements-package.txt")
        install_console_packages(_npm(), checkers=False)
        build_console()


def install_auditor() -> None:
    """Make the environment of the program that looks for known vulnerabilities.

    Raises:
        SetupError: a step failed. The next run continues with that step.
    """
    check_modules()
    with alone():
        _install_programs("what looks for known vulnerabilities", AUDITOR, "requirements-audit.txt")


def install_browser() -> None:
    """Install a browser in the first way that brings one, unless the machine has one.

    Raises:
        SetupError: none did; tests that need one must not be left out.
    """
    if _has_browser():
        return
    failures = []
    with step("Installing a browser that only tests run (a minute on a first run)"):
        for commands in installations(_python(VENV)):
            try:
                for command in commands:
                    run(command, "Can the browser be downloaded?")
            except SetupError as error:
                failures.append(str(error))
            if _has_browser():
                return
    raise SetupError("\n".join([*failures, "Install Chromium, Chrome or Edge, then run `make setup` again."]))


def install_unzip() -> None:
    """Install Info-ZIP's unzip, unless the machine has it.

    Raises:
        SetupError: set-up can't; tests that need it must not be left out.
    """
    if shutil.which("unzip"):
        return
    with step("Installing unzip, which only tests run"):
        for command in apt_commands("unzip", "debian", "ubuntu"):
            run(command, "Can the packages of the system be downloaded?")
    if not shutil.which("unzip"):
        raise SetupError("Tests need Info-ZIP's unzip.\nOn Debian and Ubuntu: sudo apt-get install unzip")


def check_modules() -> None:
    """Check that this Python can make virtual environments; some systems ship it without the modules.

    Raises:
        SetupError: it can't; the message names the package to install.
    """
    missing = [name for name in ("venv", "ensurepip") if importlib.util.find_spec(name) is None]
    if missing:
        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        raise SetupError(
            f"Python {version} ({sys.executable}) is installed without its module {missing[0]}.\n"
            f"On Debian and Ubuntu: sudo apt-get install python{version}-venv"
        )


def _make_environment() -> None:
    if not _environment_works(VENV):
        with step(f"Making a virtual environment in {VENV.name}"):
            run([sys.executable, "-m", "venv", "--clear", str(VENV)], "Is the disk full?")


def _environment_works(folder: Path) -> bool:
    """Whether an environment runs, has this Python's version, and is complete: pip's record is written last."""
    question = (
        "import sys, importlib.metadata as m;"
        f"sys.exit(not (sys.version_info[:2] == {sys.version_info[:2]} and m.distribution('pip').read_text('RECORD')))"
    )
    try:
        command = [str(_python(folder)), "-c", question]
        return subprocess.run(command, capture_output=True, timeout=60, check=False).returncode == 0
    except OSError:
        return False


def _install_packages() -> None:
    requirements = ROOT / "requirements-dev.txt"
    stamp = Stamp(VENV / ".installed", [requirements])
    if stamp.fresh:
        return
    with step("Installing Python packages (1 min on a first run)"):
        _pip("-r", str(requirements))
    stamp.set()


def _install_node_packages(what: str, folder: Path) -> None:
    """Install what the lock file in local/setup of the same name as the folder pins."""
    manifests = [ROOT / "local" / "setup" / folder.name / name for name in ("package.json", "package-lock.json")]
    stamp = Stamp(folder / "node_modules" / ".installed", manifests)
    npm = _npm()
    if stamp.fresh:
        return
    folder.mkdir(parents=True, exist_ok=True)
    for manifest in manifests:
        shutil.copyfile(manifest, folder / manifest.name)
    flags = ["--omit=optional", "--ignore-scripts", "--no-audit", "--no-fund"]
    with step(f"Installing {what}"):
        run([*npm, "ci", "--prefix", str(folder), *flags], "Can the npm registry be reached?")
    stamp.set()


def _install_programs(what: str, folder: Path, pins: str) -> None:
    """Make a virtual environment for programs that share no package with the project."""
    requirements = ROOT / pins
    stamp = Stamp(folder / ".installed", [requirements])
    if stamp.fresh and _environment_works(folder):
        return
    with step(f"Installing {what}"):
        run([sys.executable, "-m", "venv", "--clear", str(folder)], "Is the disk full?")
        # Most are never imported, so none is compiled.
        _pip("--no-compile", "-r", str(requirements), folder=folder)
    stamp.set()


def _install_worker() -> None:
    requirements = ROOT / "requirements-worker.txt"
    stamp = Stamp(WORKER / ".installed", [requirements])
    if stamp.fresh:
        return
    with step("Installing Microsoft's worker, which only tests run"):
        shutil.rmtree(WORKER, ignore_errors=True)  # pip leaves what is already in a target
        # It asks for Python 3.13, where Azure runs it, but indexes and invokes on 3.11 and 3.12 just as well.
        flags = ("--ignore-requires-python", "--no-compile", "--target", str(WORKER))
        _pip(*flags, "-r", str(requirements))
    stamp.set()


def _has_browser() -> bool:
    try:
        find_browser()
    except BrowserMissingError:
        return False
    return True


def _npm() -> Sequence[str]:
    try:
        return find_npm()
    except NodeMissingError:
        _make_environment()
        with step("Installing Node as a Python package (200 MB)"):
            _pip("-r", str(ROOT / "requirements-node.txt"))
        return find_npm()


def _pip(*arguments: str, folder: Path = VENV) -> None:
    """Install from wheels whose hashes are pinned. Building from source would bring in packages that nothing pins."""
    # All packages are pinned, so none has to be resolved. Some versions of pip, such as 23.2 with Python 3.11 and 3.12,
    # resolve a requirement with extras to another version than the pinned one, and then miss its hash.
    flags = ["--quiet", "--disable-pip-version-check", "--no-input"]
    pinned = ["--no-deps", "--require-hashes", "--only-binary", ":all:"]
    command = [str(_python(folder)), "-m", "pip", "install", *flags, *pinned, *arguments]
    run(command, "Can the Python package index be reached?")


def _python(folder: Path) -> Path:
    return folder / "bin" / "python"
