"""Programs of the system are installed with apt, by root alone, and what can't be installed is named."""

import os
from pathlib import Path

import pytest

from local.setup import debian_packages, setup_steps
from local.setup.debian_packages import apt_commands
from local.setup.installation import install_unzip
from local.setup.setup_steps import SetupError
from tests.local.setup.test_installation import program

DEBIAN, UBUNTU = 'NAME="Debian GNU/Linux"\nID=debian\n', "NAME=Ubuntu\nID=ubuntu\nID_LIKE=debian\n"


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Debian of root's, whose programs are in `bin`: apt-get, which installs nothing, and what makes it run."""
    for name in ("apt-get", "env"):
        program(tmp_path / "bin" / name)
    (tmp_path / "os-release").write_text(DEBIAN)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(debian_packages, "OS_RELEASE", tmp_path / "os-release")
    monkeypatch.setattr(setup_steps, "LOG", tmp_path / "setup.log")
    return tmp_path


def installs(package: str, *systems: str) -> bool:
    commands = apt_commands(package, *systems)
    assert [command[-1] for command in commands] in ([], ["update", package])
    return bool(commands)


def test_a_system_that_has_the_package_installs_it(machine: Path) -> None:
    assert installs("unzip", "debian", "ubuntu")
    assert not installs("chromium", "ubuntu")
    (machine / "os-release").write_text(UBUNTU)
    assert installs("unzip", "debian", "ubuntu")
    assert not installs("chromium", "debian")


def test_another_system_installs_nothing(machine: Path) -> None:
    (machine / "os-release").unlink()
    assert not installs("unzip", "debian", "ubuntu")


def test_root_alone_installs(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert (machine / "os-release").exists()
    assert not installs("unzip", "debian", "ubuntu")


def test_a_machine_with_unzip_installs_nothing(machine: Path, capsys: pytest.CaptureFixture[str]) -> None:
    program(machine / "bin" / "unzip")
    install_unzip()
    assert capsys.readouterr().out == ""


def test_unzip_is_installed(machine: Path, capsys: pytest.CaptureFixture[str]) -> None:
    script = (
        f'#!/bin/sh\ncase "$*" in *"install"*unzip) : > {machine}/bin/unzip; /bin/chmod +x {machine}/bin/unzip;; esac\n'
    )
    (machine / "bin" / "env").write_text(script)
    install_unzip()
    assert "unzip" in capsys.readouterr().out


def test_without_unzip_the_message_names_what_to_install(machine: Path) -> None:
    with pytest.raises(SetupError, match="sudo apt-get install unzip"):
        install_unzip()
    assert not (machine / "bin" / "unzip").exists()
