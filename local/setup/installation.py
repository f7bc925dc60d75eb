"""The steps of the set-up. A step is skipped if nothing it depends on has changed. Standard library only."""

import fcntl
import hashlib
import importlib.util
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from local.checkout import ROOT
from local.setup.browser_choice import BrowserMissingError, find_browser, installations
from local.setup.debian_packages import apt_commands
from local.setup.nodejs import FOLDER, VENV, NodeMissingError, find_npm

STATE = ROOT / ".local"
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
LOG = STATE / "setup.log"
SHOWN_LINES = 15


class SetupError(Exception):
    """A step failed; the message names it, shows the end of its output, and says what to do."""


def install(*, checkers: bool = False) -> None:
    """Bring the virtual environment and Azurite up to date.

    Args:
        checkers: whether to install the programs that only tests run too: 400 MB.

    Raises:
        SetupError: a step failed. The next run continues with that step.
    """
    check_modules()
    with _alone():
        _make_environment()
        _install_packages()
        _install_node_packages("Azurite (half a minute on a first run)", FOLDER)
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
    """Make the environment that the deployment package is made in, which shares nothing with the others.

    Raises:
        SetupError: a step failed. The next run continues with that step.
    """
    check_modules()
    with _alone():
        _install_programs("what makes the package", PACKAGER, "requirements-package.txt")


def install_auditor() -> None:
    """Make the environment of the program that looks for known vulnerabilities.

    Raises:
        SetupError: a step failed. The next run continues with that step.
    """
    check_modules()
    with _alone():
        _install_programs("what looks for known vulnerabilities", AUDITOR, "requirements-audit.txt")


def install_browser() -> None:
    """Install a browser in the first way that brings one, unless the machine has one.

    Raises:
        SetupError: none did; tests that need one must not be left out.
    """
    if _has_browser():
        return
    failures = []
    with _step("Installing a browser that only tests run (a minute on a first run)"):
        for commands in installations(_python(VENV)):
            try:
                for command in commands:
                    _run(command, "Can the browser be downloaded?")
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
    with _step("Installing unzip, which only tests run"):
        for command in apt_commands("unzip", "debian", "ubuntu"):
            _run(command, "Can the packages of the system be downloaded?")
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
        with _step(f"Making a virtual environment in {VENV.name}"):
            _run([sys.executable, "-m", "venv", "--clear", str(VENV)], "Is the disk full?")


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
    stamp = _Stamp(VENV / ".installed", [requirements])
    if stamp.fresh:
        return
    with _step("Installing Python packages (1 min on a first run)"):
        _pip("-r", str(requirements))
    stamp.set()


def _install_node_packages(what: str, folder: Path) -> None:
    """Install what the lock file in local/setup of the same name as the folder pins."""
    manifests = [ROOT / "local" / "setup" / folder.name / name for name in ("package.json", "package-lock.json")]
    stamp = _Stamp(folder / "node_modules" / ".installed", manifests)
    npm = _npm()
    if stamp.fresh:
        return
    folder.mkdir(parents=True, exist_ok=True)
    for manifest in manifests:
        shutil.copyfile(manifest, folder / manifest.name)
    flags = ["--omit=optional", "--ignore-scripts", "--no-audit", "--no-fund"]
    with _step(f"Installing {what}"):
        _run([*npm, "ci", "--prefix", str(folder), *flags], "Can the npm registry be reached?")
    stamp.set()


def _install_programs(what: str, folder: Path, pins: str) -> None:
    """Make a virtual environment for programs that share no package with the project."""
    requirements = ROOT / pins
    stamp = _Stamp(folder / ".installed", [requirements])
    if stamp.fresh and _environment_works(folder):
        return
    with _step(f"Installing {what}"):
        _run([sys.executable, "-m", "venv", "--clear", str(folder)], "Is the disk full?")
        # Most are never imported, so none is compiled.
        _pip("--no-compile", "-r", str(requirements), folder=folder)
    stamp.set()


def _install_worker() -> None:
    requirements = ROOT / "requirements-worker.txt"
    stamp = _Stamp(WORKER / ".installed", [requirements])
    if stamp.fresh:
        return
    with _step("Installing Microsoft's worker, which only tests run"):
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
        with _step("Installing Node as a Python package (200 MB)"):
            _pip("-r", str(ROOT / "requirements-node.txt"))
        return find_npm()


class _Stamp:
    """Records that a step was done with these inputs.

    It is written last, so an interrupted step runs again. It is in the folder that the step fills, so it goes with it.
    """

    def __init__(self, path: Path, inputs: Sequence[Path]) -> None:
        self._path = path
        self._digest = hashlib.sha256(b"".join(part.read_bytes() for part in inputs)).hexdigest()

    @property
    def fresh(self) -> bool:
        return self._path.exists() and self._path.read_text("utf-8") == self._digest

    def set(self) -> None:
        self._path.parent.mkdir(exist_ok=True)
        self._path.write_text(self._digest, "utf-8")


@contextmanager
def _alone() -> Iterator[None]:
    """Hold the lock of this checkout's set-up: two at a time would overwrite each other's files."""
    STATE.mkdir(exist_ok=True)
    with (STATE / "setup.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Another set-up of this checkout is running; waiting for it…", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def _step(title: str) -> Iterator[None]:
    print(f"{title}…", end="", flush=True)
    begin = time.monotonic()
    try:
        yield
    except BaseException:
        print(flush=True)
        raise
    print(f" done in {time.monotonic() - begin:.0f} s", flush=True)


def _pip(*arguments: str, folder: Path = VENV) -> None:
    """Install from wheels whose hashes are pinned. Building from source would bring in packages that nothing pins."""
    # All packages are pinned, so none has to be resolved. Some versions of pip, such as 23.2 with Python 3.11 and 3.12,
    # resolve a requirement with extras to another version than the pinned one, and then miss its hash.
    flags = ["--quiet", "--disable-pip-version-check", "--no-input"]
    pinned = ["--no-deps", "--require-hashes", "--only-binary", ":all:"]
    command = [str(_python(folder)), "-m", "pip", "install", *flags, *pinned, *arguments]
    _run(command, "Can the Python package index be reached?")


def _run(command: Sequence[str], hint: str) -> None:
    """Run a command, with its output in the log.

    Raises:
        SetupError: it could not be started, or failed.
    """
    with LOG.open("w", encoding="utf-8") as log:
        try:
            status = subprocess.run(command, stdout=log, stderr=subprocess.STDOUT, check=False).returncode
        except OSError as error:
            raise SetupError(f"{command[0]} can't be started: {error}") from error
    if status:
        lines = LOG.read_text("utf-8", errors="replace").splitlines()[-SHOWN_LINES:]
        ending = "\n".join(f"  {line}" for line in lines)
        raise SetupError(
            f"{' '.join(command)}\nfailed with exit status {status}. The end of its output ({LOG}):\n{ending}\n"
            f"{hint} Run `make setup` again to continue from here."
        )


def _python(folder: Path) -> Path:
    return folder / "bin" / "python"
