"""Builds the package: the app and the part of its requirements that it can import, compiled and tried."""

import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from tools.package import bill_of_materials
from tools.package.archive import write_zip
from tools.package.closure import BY_MODULE, GRAPH_SDK, Kept, closure
from tools.package.imports import Import, imports_of
from tools.package.interpreters import find_python
from tools.package.proof import PackageError, prove, sample_settings
from tools.package.requirements import ROOT, install, wheels
from tools.package.site import Module, Site, module_name

SITE = Path(".python_packages", "lib", "site-packages")
"""Where the platform looks for the app's packages."""
CONSOLE = Path("shared", "http", "console_files")
"""Where the files of the console are, which set-up builds."""
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
    """Write the package for a version of Python, such as 3.13, into a zip, and beside it what it is made of.

    The same sources and requirements give the same bytes of both.

    Raises:
        PackageError: it can't be built, or lacks something that the app imports.
    """
    with tempfile.TemporaryDirectory() as folder:
        built = _build(Path(folder), version)
        target.parent.mkdir(parents=True, exist_ok=True)
        write_zip(Path(folder), target)
        project = ROOT / "pyproject.toml"
        bundled = json.loads((ROOT / CONSOLE / ".packages.json").read_text("utf-8"))
        bill = bill_of_materials.document(project, target, Path(folder, SITE), wheels(version), bundled)
    bill_path(target).write_text(bill, "utf-8")
    return built


def bill_path(target: Path) -> Path:
    """Where the software bill of materials of a package is: beside it."""
    return target.with_suffix(".cdx.json")


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
    if not (ROOT / CONSOLE / "files.json").exists():
        raise PackageError("The console isn't built. Run `make setup`.")
    # Names that begin with a dot are for those who build.
    shutil.copytree(ROOT / "shared", folder / "shared", ignore=shutil.ignore_patterns("__pycache__", ".*"))


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
