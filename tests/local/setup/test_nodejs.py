"""Which Node runs Azurite."""

import subprocess
import sys
from pathlib import Path

import pytest

from local.checkout import ROOT
from local.setup import nodejs
from local.setup.nodejs import NodeMissingError, find_node, find_npm


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder on PATH, on a machine without the Python package."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(nodejs, "VENV", tmp_path / "no-environment")
    return tmp_path


def install(folder: Path, name: str, says: str = "") -> Path:
    program = folder / name
    program.write_text(f"#!/bin/sh\necho '{says}'\n", "utf-8")
    program.chmod(0o700)
    return program


def test_a_node_on_path_is_used_if_it_is_new_enough(programs: Path) -> None:
    node = install(programs, "node", "v20.1.0")
    assert find_node() == node


@pytest.mark.parametrize("says", ["v18.20.0", "nonsense", ""])
def test_an_old_or_broken_node_is_not_used(programs: Path, says: str) -> None:
    install(programs, "node", says)
    with pytest.raises(NodeMissingError, match="No Node 20 or later was found"):
        find_node()


def test_npm_comes_from_path_too(programs: Path) -> None:
    install(programs, "node", "v22.0.0")
    with pytest.raises(NodeMissingError, match="has no npm"):
        find_npm()
    npm = install(programs, "npm")
    assert find_npm() == [str(npm)]


def test_a_script_runs_in_its_folder(tmp_path: Path) -> None:
    (tmp_path / "script.mjs").write_text("console.log(process.cwd(), ...process.argv.slice(2))", "utf-8")
    command = [sys.executable, "-m", "local.setup.nodejs", str(tmp_path), "script.mjs", "--flag", "a b"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603 - our own
    assert done.stdout == f"{tmp_path} --flag a b\n"
