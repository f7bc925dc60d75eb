"""The deployment package of this checkout: its contents and size, and that building it detects missing modules."""

import importlib.util
import json
import marshal
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from local.checkout import ROOT
from local.stack.host_interpreter import interpreter_for
from tests.conftest import Package
from tools.package import build
from tools.package.archive import write_zip
from tools.package.build import CONSOLE, SITE
from tools.package.closure import BY_MODULE, GRAPH_SDK
from tools.package.imports import Import, imports_of
from tools.package.interpreters import find_python, own_version
from tools.package.proof import PackageError, prove
from tools.package.requirements import install
from tools.package.site import Site, module_name

UNCHECKED_HASH = 0b01
HEADER = 16


def test_it_is_a_third_of_the_bytes_and_a_tenth_of_the_files(package: Package) -> None:
    ours, plain = package.built.sources, package.built.plain
    assert plain.files > 19_000
    assert ours.bytes * 3 <= plain.bytes
    assert ours.files * 10 <= plain.files


def test_no_source_in_it_imports_a_module_that_is_left_out(package: Package) -> None:
    """Whoever imports it lazily, or where the app never comes, would find out on the platform only."""
    site = Site(install(own_version()))
    left_out = {
        module.name
        for module in site.modules.values()
        if module.owner in BY_MODULE - {GRAPH_SDK}
        and not (package.folder / SITE / module.path.relative_to(site.folder)).exists()
    }
    imported = {
        name
        for path in (package.folder / SITE).rglob("*.py")
        for each in imports_of(path.read_bytes(), _name(package, path), is_package=path.stem == "__init__")
        for name in (each.module, *(f"{each.module}.{one}" for one in each.names))
    }
    assert len(left_out) > 50
    assert imported & left_out == set()


def _name(package: Package, path: Path) -> str:
    return module_name(PurePosixPath(path.relative_to(package.folder / SITE)))


def test_of_the_graph_sdk_a_few_modules_are_in_it(package: Package) -> None:
    modules = list((package.folder / SITE / "msgraph").rglob("*.py"))
    assert 0 < len(modules) == len(package.built.modules) <= 15


def test_it_has_what_the_platform_needs_and_nothing_of_the_workshop(package: Package) -> None:
    inside = {path.name for path in package.folder.iterdir()}
    assert inside - {"__pycache__"} == {
        "function_app.py", "host.json", "requirements.txt", "shared", ".python_packages",
    }  # fmt: skip
    suffixes = {path.suffix for path in package.folder.rglob("*") if path.is_file() and "dist-info" not in str(path)}
    assert suffixes.isdisjoint({".pyi", ".c", ".h", ".pyx", ".typed", ".md"})
    assert not list(package.folder.rglob("tests"))
    assert (package.folder / "shared").joinpath("bootstrap.py").read_bytes() == (
        ROOT / "shared/bootstrap.py"
    ).read_bytes()


def test_it_has_the_console_and_nothing_of_its_workshop(package: Package) -> None:
    console = package.folder / CONSOLE
    listed = [one["path"] for one in json.loads((console / "files.json").read_text("utf-8"))]
    served = {f"{path}{suffix}" for path in listed for suffix in ("", ".br", ".gz")}
    inside = {path.relative_to(console).as_posix() for path in console.rglob("*") if path.is_file()}
    assert {*listed, "files.json"} <= inside <= {*served, "files.json"}


def test_without_a_console_the_build_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "CONSOLE", Path("shared", "no-console"))
    with pytest.raises(PackageError, match="make setup"):
        build.make(tmp_path / "package.zip", own_version())


def test_each_distribution_has_its_version_and_licence(package: Package) -> None:
    infos = list((package.folder / SITE).glob("*.dist-info"))
    assert len(infos) > 40
    assert all((info / "METADATA").is_file() for info in infos)
    without = {info.name for info in infos if not any("licen" in path.name.lower() for path in info.rglob("*"))}
    assert {name.partition("-")[0] for name in without} <= {"opentelemetry_util_http", "std_uritemplate"}  # have none


def test_every_module_is_compiled_for_a_place_that_cannot_be_written_to(package: Package) -> None:
    sources = [path for path in package.folder.rglob("*.py") if "templates" not in path.parts]
    compiled = [Path(importlib.util.cache_from_source(str(path))) for path in sources]
    assert [str(path) for path in compiled if not path.is_file()] == []
    for path in (package.folder / "function_app.py", package.folder / "shared" / "bootstrap.py"):
        content = Path(importlib.util.cache_from_source(str(path))).read_bytes()
        assert int.from_bytes(content[4:8], "little") == UNCHECKED_HASH
        code: Any = marshal.loads(content[HEADER:])  # noqa: S302 - made by this very run
        assert code.co_filename == f"/home/site/wwwroot/{path.relative_to(package.folder)}"


def test_the_same_files_give_the_same_bytes(tmp_path: Path, package: Package) -> None:
    with zipfile.ZipFile(package.zip) as archive:
        names = [entry.filename for entry in archive.infolist()]
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert [PurePosixPath(name) for name in names] == sorted(PurePosixPath(name) for name in names)

    shutil.copytree(package.folder / "shared", tmp_path / "one")
    shutil.copytree(package.folder / "shared", tmp_path / "two", copy_function=shutil.copyfile)
    os.utime(tmp_path / "two" / "settings.py", (0, 0))
    for name in ("one", "two"):
        write_zip(tmp_path / name, tmp_path / f"{name}.zip")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


def test_a_missing_module_fails_the_build(tmp_path: Path) -> None:
    (tmp_path / "there.py").write_text("from json import loads", "utf-8")
    (tmp_path / "broken.py").write_text("import pydantic", "utf-8")  # which this Python has, but not the package

    prove(sys.executable, tmp_path, tmp_path, [Import("there", ("loads",)), Import("xml", ("dom",))], {})
    for gap in (Import("broken"), Import("absent"), Import("there", ("dumps",))):
        with pytest.raises(PackageError, match=gap.module):
            prove(sys.executable, tmp_path, tmp_path, [gap], {})


def test_a_python_that_is_not_here_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert find_python(own_version()) == sys.executable
    # A name alone proves nothing: pyenv has programs for versions that are not switched on, which fail.
    _program(tmp_path / "python3.99", "exit 127")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    with pytest.raises(PackageError, match=r"Python 3\.99 is needed"):
        find_python("3.99")


def test_a_python_that_pyenv_has_is_found_though_it_is_not_switched_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = tmp_path / "versions" / "3.99.1" / "bin" / "python3.99"
    python.parent.mkdir(parents=True)
    _program(python, "echo 3.99")
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    assert find_python("3.99") == str(python)


def _program(path: Path, does: str) -> None:
    path.write_text(f"#!/bin/sh\n{does}\n", "utf-8")
    path.chmod(0o700)


def test_what_makes_the_package_needs_nothing_of_the_project() -> None:
    """It runs in an environment that has only what requirements-package.txt pins."""
    sources = sorted((ROOT / "tools" / "package").glob("*.py"))
    imported = {
        each.module.partition(".")[0]
        for path in sources
        for each in imports_of(path.read_bytes(), f"tools.package.{path.stem}", is_package=path.stem == "__init__")
    }
    assert imported - sys.stdlib_module_names == {"tools", "cyclonedx", "packageurl"}


def test_the_host_of_a_package_sees_its_packages_and_no_others(package: Package, tmp_path: Path) -> None:
    interpreter = interpreter_for(package.folder, tmp_path)
    environment = {**os.environ, **interpreter.environment}

    def run(program: str) -> str:
        command = [*interpreter.command, "-c", program]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - our own
        return done.stdout.strip() or done.stderr.strip().splitlines()[-1]

    assert run("import local.host.host_server, httpx; print(httpx.__file__)").startswith(str(package.folder / SITE))
    assert "No module named 'pytest'" in run("import pytest")
    assert "No module named 'shared'" in run("import shared")
    assert interpreter_for(ROOT, tmp_path).command == (sys.executable,)
