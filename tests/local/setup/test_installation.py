"""The set-up: what it says if it fails, what it skips, and that an interrupted step runs again."""

import fcntl
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from local.checkout import ROOT
from local.setup.installation import check_modules
from local.setup.setup_steps import SetupError


def test_without_ensurepip_the_message_names_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "ensurepip" else real(name))

    with pytest.raises(SetupError, match=r"without its module ensurepip\.(?s:.*)apt-get install python3\.\d+-venv"):
        check_modules()


def set_up(checkout: Path, *options: str) -> "subprocess.CompletedProcess[str]":
    """Runs the set-up, which finds a browser in the folder `browser`."""
    return subprocess.run(  # noqa: S603 - our own set-up
        [sys.executable, "-m", "local.setup", *options],
        cwd=checkout,
        env=os.environ | {"PATH": f"{checkout / 'browser'}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def program(path: Path, status: int = 0) -> None:
    """Writes a program that does nothing."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\nexit {status}\n", "utf-8")
    path.chmod(0o755)


BUILD = """
import { mkdirSync, writeFileSync } from "node:fs";
const output = new URL("../shared/http/console_files/", import.meta.url);
mkdirSync(output, { recursive: true });
writeFileSync(new URL("files.json", output), "[]");
"""
"""A console of no files."""


def node_packages(folder: Path) -> None:
    """Pins no package of Node in a folder."""
    package: dict[str, Any] = {"name": "empty", "version": "1.0.0"}
    lock = {**package, "lockfileVersion": 3, "requires": True, "packages": {"": package}}
    folder.mkdir()
    (folder / "package.json").write_text(json.dumps(package), "utf-8")
    (folder / "package-lock.json").write_text(json.dumps(lock), "utf-8")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout in a path with a space, whose packages need no network; it is set up once."""
    folder = tmp_path_factory.mktemp("check out")
    shutil.copytree(
        ROOT / "local", folder / "local", ignore=shutil.ignore_patterns("node", "node_checkers", "__pycache__")
    )
    program(folder / "browser" / "chromium")
    for name in ("dev", "checkers", "worker", "package", "audit"):
        (folder / f"requirements-{name}.txt").touch()
    for name in ("node", "node_checkers"):
        node_packages(folder / "local" / "setup" / name)
    node_packages(folder / "console")
    (folder / "console" / "build.mjs").write_text(BUILD, "utf-8")
    first = set_up(folder)
    assert first.returncode == 0, first.stderr
    assert [line.partition("…")[0] for line in first.stdout.splitlines()] == [
        "Making a virtual environment in .venv",
        "Installing Python packages (1 min on a first run)",
        "Installing Azurite (half a minute on a first run)",
        "Installing what builds the console",
        "Building the console",
    ]
    return folder


def test_a_second_set_up_has_nothing_to_do(checkout: Path) -> None:
    again = set_up(checkout)

    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")


def test_the_checkers_are_installed_only_on_request(checkout: Path) -> None:
    checkers, node = checkout / ".local" / "checkers", checkout / ".local" / "node_checkers" / "node_modules"
    assert not checkers.exists()
    assert not node.exists()

    assert [
        line.partition("…")[0].partition(" (")[0] for line in set_up(checkout, "--checkers").stdout.splitlines()
    ] == [
        "Installing Python programs that only tests run",
        "Installing Microsoft's worker, which only tests run",
        "Installing Node programs that only tests run",
    ]
    assert (checkers / "bin" / "python").exists()
    assert (node / ".installed").exists()
    assert set_up(checkout, "--checkers").stdout == ""


@pytest.mark.parametrize("option", ["packager", "auditor"])
def test_an_environment_for_one_purpose_is_made_alone(checkout: Path, option: str) -> None:
    """The package is made where no other package can touch it."""
    environment = checkout / ".local" / option
    assert not environment.exists()

    assert set_up(checkout, f"--{option}").stdout.startswith("Installing what ")

    listed = subprocess.run(  # noqa: S603 - our own
        [environment / "bin" / "python", "-m", "pip", "list", "--format", "json"], capture_output=True, check=True
    )
    assert {one["name"] for one in json.loads(listed.stdout)} <= {"pip", "setuptools"}
    assert set_up(checkout, f"--{option}").stdout == ""


def test_the_package_has_a_console_that_was_built_without_the_checkers_of_its_sources(checkout: Path) -> None:
    built = checkout / "shared" / "http" / "console_files"
    packages = checkout / ".local" / "console" / "node_modules"
    for folder in (built, packages):
        shutil.rmtree(folder)

    assert [line.partition("…")[0] for line in set_up(checkout, "--packager").stdout.splitlines()] == [
        "Installing what builds the console",
        "Building the console",
    ]
    assert (built / "files.json").exists()
    assert [path.name for path in packages.glob(".installed*")] == [".installed-without-checkers"]
    assert set_up(checkout, "--packager").stdout == ""

    assert set_up(checkout).stdout.startswith("Installing what builds the console")
    assert [path.name for path in packages.glob(".installed*")] == [".installed"]
    assert set_up(checkout, "--packager").stdout == ""


@pytest.mark.parametrize("changed", ["src/views/list.tsx", "src/styles/main.css", "packages.mjs", "package.json"])
def test_a_console_whose_sources_have_changed_is_built_again(checkout: Path, changed: str) -> None:
    source = checkout / "console" / changed
    source.parent.mkdir(parents=True, exist_ok=True)
    with source.open("a", encoding="utf-8") as file:
        file.write("\n")

    assert set_up(checkout).stdout.splitlines()[-1].startswith("Building the console…")
    assert set_up(checkout).stdout == ""


def test_a_console_that_cannot_be_built_fails_the_set_up(checkout: Path) -> None:
    build = checkout / "console" / "build.mjs"
    build.write_text("throw new Error('no such view')", "utf-8")

    for _ in range(2):
        failed = set_up(checkout)
        assert failed.returncode == 1
        assert "no such view" in failed.stderr

    build.write_text(BUILD, "utf-8")
    assert set_up(checkout).returncode == 0


def test_a_broken_environment_of_programs_is_made_again(checkout: Path) -> None:
    set_up(checkout, "--packager")
    next((checkout / ".local" / "packager").glob("lib/python3.*/site-packages/pip-*/RECORD")).unlink()

    assert set_up(checkout, "--packager").stdout.startswith("Installing what makes the package")


def probe(checkout: Path, *metadata: str) -> str:
    """Makes a wheel with nothing in it, and returns its hash."""
    wheel = checkout / "probe-1-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        lines = ["Metadata-Version: 2.1", "Name: probe", "Version: 1", *metadata, ""]
        archive.writestr("probe-1.dist-info/METADATA", "\n".join(lines))
        archive.writestr("probe-1.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr("probe-1.dist-info/RECORD", "")
    return hashlib.sha256(wheel.read_bytes()).hexdigest()


def test_only_what_has_the_pinned_hash_is_installed(checkout: Path) -> None:
    digest = probe(checkout)
    requirements = checkout / "requirements-package.txt"
    for pinned, reason in (
        ("./probe-1-py3-none-any.whl", "Hashes are required"),
        (f"./probe-1-py3-none-any.whl --hash=sha256:{'0' * 64}", "DO NOT MATCH"),
    ):
        requirements.write_text(f"{pinned}\n", "utf-8")
        failed = set_up(checkout, "--packager")
        assert failed.returncode == 1
        assert reason in failed.stderr

    requirements.write_text(f"./probe-1-py3-none-any.whl --hash=sha256:{digest}\n", "utf-8")
    assert set_up(checkout, "--packager").returncode == 0


def test_what_is_pinned_is_installed_and_nothing_is_resolved(checkout: Path) -> None:
    """Some versions of pip would resolve such a requirement to another version than the pinned one."""
    digest = probe(checkout, "Requires-Dist: coverage[toml]>=7")
    (checkout / "requirements-package.txt").write_text(f"./probe-1-py3-none-any.whl --hash=sha256:{digest}\n", "utf-8")
    assert set_up(checkout, "--packager").returncode == 0


def test_changed_requirements_are_installed(checkout: Path) -> None:
    (checkout / "requirements-dev.txt").write_text("# changed\n", "utf-8")

    assert set_up(checkout).stdout.startswith("Installing Python packages")
    assert set_up(checkout).stdout == ""


def test_a_failing_step_shows_the_end_of_its_output_and_is_tried_again(checkout: Path) -> None:
    requirements = checkout / "requirements-dev.txt"
    before = requirements.read_text("utf-8")
    requirements.write_text("./no-such-package\n", "utf-8")

    for _ in range(2):
        failed = set_up(checkout)
        assert failed.returncode == 1
        assert "no-such-package" in failed.stderr
        assert "Run `make setup` again to continue from here." in failed.stderr
        assert "Traceback" not in failed.stderr

    requirements.write_text(before, "utf-8")
    assert set_up(checkout).returncode == 0


def test_an_incomplete_virtual_environment_is_made_again(checkout: Path) -> None:
    next((checkout / ".venv").glob("lib/python3.*/site-packages/pip-*/RECORD")).unlink()

    again = set_up(checkout)

    assert again.returncode == 0
    assert again.stdout.startswith("Making a virtual environment")


def test_a_second_set_up_waits_for_the_first(checkout: Path) -> None:
    with (checkout / ".local" / "setup.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with subprocess.Popen(
            [sys.executable, "-m", "local.setup"], cwd=checkout, stdout=subprocess.PIPE, text=True
        ) as second:
            assert second.stdout
            assert second.stdout.readline() == "Another set-up of this checkout is running; waiting for it…\n"
            assert second.poll() is None
            fcntl.flock(lock, fcntl.LOCK_UN)
            assert second.wait(60) == 0
