"""Which browser is found, in which order, and how one is installed."""

import os
from pathlib import Path

import pytest

from local.setup import browser_choice, debian_packages, installation, setup_steps
from local.setup.browser_choice import BrowserMissingError, find_browser, installations
from local.setup.installation import install_browser
from local.setup.setup_steps import SetupError
from tests.local.setup.test_installation import program

DEBIAN, UBUNTU = 'NAME="Debian GNU/Linux"\nID=debian\n', "NAME=Ubuntu\nID=ubuntu\nID_LIKE=debian\n"


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without a browser: its programs are in `bin`, Playwright's downloads in `browser`."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr(browser_choice, "FOLDER", tmp_path / "browser")
    monkeypatch.setattr(debian_packages, "OS_RELEASE", tmp_path / "os-release")
    monkeypatch.setattr(browser_choice, "_APPLICATIONS", ())
    monkeypatch.setattr(setup_steps, "LOG", tmp_path / "setup.log")
    return tmp_path


def test_the_browser_of_the_machine_comes_first(machine: Path) -> None:
    (machine / "browser").mkdir()
    program(machine / "browser" / "chrome")
    assert find_browser() == machine / "browser" / "chrome"
    program(machine / "bin" / "google-chrome")
    assert find_browser() == machine / "bin" / "google-chrome"


def test_a_browser_that_does_not_run_is_none(machine: Path) -> None:
    program(machine / "bin" / "chromium", status=127)
    with pytest.raises(BrowserMissingError, match="none was found"):
        find_browser()


@pytest.mark.parametrize(
    ("release", "user", "ways"),
    [(DEBIAN, 0, ["playwright", "apt-get"]), (DEBIAN, 1000, ["playwright"]), (UBUNTU, 0, ["playwright"])],
)
def test_debian_has_a_package_for_root(
    machine: Path, monkeypatch: pytest.MonkeyPatch, release: str, user: int, ways: list[str]
) -> None:
    (machine / "os-release").write_text(release)
    monkeypatch.setattr(os, "geteuid", lambda: user)
    found = [[word for command in way for word in command] for way in installations(Path("python"))]
    assert [next(name for name in ("playwright", "apt-get") if name in words) for words in found] == ways


def test_elsewhere_only_playwright_installs_one(machine: Path) -> None:
    assert not (machine / "os-release").exists()
    assert len(list(installations(Path("python")))) == 1


def test_nothing_is_installed_where_there_is_a_browser(machine: Path, capsys: pytest.CaptureFixture[str]) -> None:
    program(machine / "bin" / "chromium")
    install_browser()
    assert capsys.readouterr().out == ""


def test_a_way_that_fails_is_followed_by_the_next(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = f"printf '#!/bin/sh\\n' > {machine}/bin/chromium; chmod +x {machine}/bin/chromium"
    ways = [[["/bin/false"]], [["/bin/true"], ["/bin/sh", "-c", f"PATH=/bin:/usr/bin; {made}"]], [["/bin/false"]]]
    monkeypatch.setattr(installation, "installations", lambda _: ways)
    install_browser()
    assert find_browser() == machine / "bin" / "chromium"


def test_the_set_up_fails_where_no_way_brings_a_browser(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests that need a browser would be left out otherwise."""
    assert machine.exists()
    monkeypatch.setattr(installation, "installations", lambda _: [[["/bin/false"]], [["/bin/true"]]])
    with pytest.raises(
        SetupError, match=r"/bin/false\nfailed with exit status 1(?s:.*)Install Chromium, Chrome or Edge"
    ):
        install_browser()
