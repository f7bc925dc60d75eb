"""Builds the package: the app and the part of its requirements that it can import, compiled and tried."""

import fcntl
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from tools.package.archive import write_zip
from tools.package.closure import BY_MODULE, GRAPH_SDK, Kept, closure
from tools.package.imports import Import, imports_of
from tools.package.proof import PackageError, prove, sample_settings
from tools.package.site import Module, Site, module_name

SITE = Path(".python_packages", "lib", "site-packages")
"""Where the platform looks for the app's packages."""
PLATFORM = "x86_64-manylinux_2_28"
"""What Flex Consumption runs on."""
ROOT = Path(__file__).resolve().parents[2]
_INSTALLED = ROOT / ".local" / "requirements"
# The platform's worker imports it where telemetry is on; the app itself does not.
_OF_THE_PLATFORM = {"azure-monitor-opentelemetry": "azure.monitor.opentelemetry"}
_FILES = ("function_app.py", "host.json", "requirements.txt")
# Compiled files are used unchecked, because file times mean nothing where the package is mounted.
_COMPILE = ("-m", "compileall", "-q", "-f", "--invalidation-mode", "unchecked-hash")
# Where the platform puts the package, for tracebacks.
_ON_THE_PLATFORM = "/home/site/wwwroot"


@dataclass(frozen=True, slots=True)
class Size:
    """Files and their bytes."""

    files: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Built:
    """What was built.

    Attributes:
        plain: everything that the requirements install, not compiled.
        sources: the package, not compiled.
        whole: the finished package.
        left_out: the distributions that are left out.
        modules: the modules of the Graph SDK that are kept.
        proved: whether its imports were tried, which is possible only on the platform that it is for.
    """

    plain: Size
    sources: Size
    whole: Size
    left_out: frozenset[str]
    modules: frozenset[str]
    proved: bool


def make(target: Path, version: str) -> Built:
    """Write the package for a version of Python, such as 3.13, into a zip.

    Raises:
        PackageError: it can't be built, or lacks something that the app imports.
    """
    with tempfile.TemporaryDirectory() as folder:
        built = _build(Path(folder), version)
        target.parent.mkdir(parents=True, exist_ok=True)
        write_zip(Path(folder), target)
    return built


def _build(folder: Path, version: str) -> Built:
    python = find_python(version)
    site = Site(install(version))
    _copy_app(folder)
    app = app_modules(folder)
    roots = [module for name, module in _OF_THE_PLATFORM.items() if name in site.names]
    kept = closure(site, app, roots)
    _copy_kept(site, kept, folder / SITE)
    sources = size(folder)
    _compile(python, folder)
    proved = _runs_here()
    if proved:
        wanted = [*_imports(app), *(Import(name) for name in (*roots, *kept.modules, *kept.offered))]
        prove(python, folder, folder / SITE, wanted, sample_settings(ROOT / "local.settings.sample.json"))
    left_out = site.names - kept.distributions
    of_sdk = frozenset(name for name in kept.modules if site.modules[name].owner == GRAPH_SDK)
    return Built(size(site.folder), sources, size(folder), left_out, of_sdk, proved)


def find_python(version: str) -> str:
    """A Python of that version on this machine.

    pyenv's versions are looked at too, because its shims fail for a version that isn't switched on.

    Raises:
        PackageError: there is none.
    """
    if version == own_version():
        return sys.executable
    done = _uv("python", "find", "--no-project", version)
    if done.returncode == 0:
        return done.stdout.strip()
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    for python in sorted(pyenv.glob(f"versions/{version}.*/bin/python{version}")):
        return str(python)
    raise PackageError(f"Python {version} is needed to compile the package and to try it:\n{done.stderr.strip()}")


def own_version() -> str:
    """The version of the Python that runs this, such as 3.13."""
    return f"{sys.version_info[0]}.{sys.version_info[1]}"


def size(folder: Path) -> Size:
    """How many files are in a folder, and their bytes."""
    sizes = [path.stat().st_size for path in folder.rglob("*") if path.is_file()]
    return Size(len(sizes), sum(sizes))


def app_modules(folder: Path) -> list[Module]:
    """The app's own modules."""
    paths = [folder / "function_app.py", *sorted((folder / "shared").rglob("*.py"))]
    return [Module(module_name(PurePosixPath(path.relative_to(folder))), path) for path in paths]


def _copy_app(folder: Path) -> None:
    for name in _FILES:
        shutil.copyfile(ROOT / name, folder / name)
    shutil.copytree(ROOT / "shared", folder / "shared", ignore=shutil.ignore_patterns("__pycache__"))


def install(version: str) -> Path:
    """A folder with all pinned requirements, installed from wheels for the platform and kept for the next time.

    Raises:
        PackageError: they can't be installed.
    """
    _INSTALLED.mkdir(parents=True, exist_ok=True)
    with (_INSTALLED / f"{version}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # another process may be installing
        return _installed(version)


def _installed(version: str) -> Path:
    requirements = ROOT / "requirements.txt"
    pins = hashlib.sha256(requirements.read_bytes()).hexdigest()
    folder = _INSTALLED / version
    stamp = _INSTALLED / f"{version}.pins"  # written last, so an interrupted installation is repeated
    if not (stamp.exists() and stamp.read_text("utf-8") == pins):
        shutil.rmtree(folder, ignore_errors=True)
        target = ["--target", str(folder), "--python-version", version, "--python-platform", PLATFORM]
        wheels = ["--only-binary", ":all:", "--no-deps", "-r", str(requirements)]
        done = _uv("pip", "install", "--quiet", *target, *wheels)
        if done.returncode:
            raise PackageError(f"The requirements can't be installed for Python {version}:\n{done.stderr.strip()}")
        (folder / ".lock").unlink(missing_ok=True)  # the installer's own
        stamp.write_text(pins, "utf-8")
    return folder


def _copy_kept(site: Site, kept: Kept, target: Path) -> None:
    files = [file for name in kept.distributions - BY_MODULE for file in site.files(name)]
    files += [file for name in kept.distributions & BY_MODULE for file in site.metadata(name)]
    files += [site.modules[name].path for name in kept.modules]
    for file in files:
        copy = target / file.relative_to(site.folder)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, copy)


def _imports(modules: list[Module]) -> list[Import]:
    """Everything that the app imports, lazily or not, and the app's own modules."""
    read = [each for one in modules for each in imports_of(one.path.read_bytes(), one.name, is_package=one.is_package)]
    return [*(Import(one.name) for one in modules), *read]


def _compile(python: str, folder: Path) -> None:
    """Compiles everything. A mounted package is read-only, so without this every cold start would compile again."""
    command = [python, *_COMPILE, "-s", str(folder), "-p", _ON_THE_PLATFORM, str(folder)]
    # The order of sets in compiled files depends on the hash seed.
    environment = os.environ | {"PYTHONHASHSEED": "0"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - our own
    if done.returncode:
        raise PackageError(f"The package can't be compiled:\n{done.stdout.strip()}")


def _runs_here() -> bool:
    return sys.platform == "linux" and platform.machine() == "x86_64"


def _uv(*arguments: str) -> "subprocess.CompletedProcess[str]":
    uv = Path(sys.executable).with_name("uv")
    return subprocess.run([uv, *arguments], capture_output=True, text=True, check=False)  # noqa: S603 - our own
