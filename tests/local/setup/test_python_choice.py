"""Which Python `make` takes, and that every place names the same versions."""

import os
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml

from local.checkout import ROOT
from local.setup.supported_python import NEWEST, OLDEST

WORKS = "#!/bin/sh\nexit 0\n"
FAILS = "#!/bin/sh\necho 'pyenv: command not found' >&2\nexit 127\n"
DEPLOYED = "3.13"
VERSIONS = [f"3.{minor}" for minor in range(OLDEST[1], NEWEST[1] + 1)]


def install(folder: Path, version: str, program: str = WORKS) -> Path:
    python = folder / f"python{version}"
    folder.mkdir(parents=True, exist_ok=True)
    python.write_text(program, "utf-8")
    python.chmod(0o755)
    return python


def chosen(home: Path) -> str:
    """What `make` takes with `home/bin` on PATH and pyenv in its usual place."""
    done = subprocess.run(
        ["/usr/bin/env", "make", "--no-print-directory", "--eval", "chosen: ; @echo $(PYTHON)", "chosen"],
        cwd=ROOT,
        env={"PATH": f"{home / 'bin'}:{os.defpath}", "HOME": str(home)},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


@pytest.mark.parametrize(
    ("installed", "taken"),
    [
        (["3.11", "3.12", "3.13", "3.14"], DEPLOYED),
        (["3.11", "3.12", "3.14"], "3.14"),
        (["3.11", "3.12"], "3.12"),
    ],
)
def test_the_version_that_is_deployed_comes_first(tmp_path: Path, installed: list[str], taken: str) -> None:
    for version in VERSIONS:
        install(tmp_path / "bin", version, WORKS if version in installed else FAILS)
    assert chosen(tmp_path) == f"python{taken}"


def test_a_version_that_pyenv_has_is_taken_though_its_shim_fails(tmp_path: Path) -> None:
    for version in VERSIONS:
        install(tmp_path / "bin", version, FAILS if version == DEPLOYED else WORKS)
    python = install(tmp_path / ".pyenv" / "versions" / "3.13.7" / "bin", DEPLOYED)
    assert chosen(tmp_path) == str(python)


def test_where_none_will_do_python3_says_so(tmp_path: Path) -> None:
    for version in (*VERSIONS, "3"):
        install(tmp_path / "bin", version, FAILS)
    assert chosen(tmp_path) == "python3"


def test_every_place_names_the_same_versions() -> None:
    def text(name: str) -> str:
        return (ROOT / name).read_text("utf-8")

    span = f"Python {VERSIONS[0]} to {VERSIONS[-1]}"
    assert span in text("README.md")
    assert span in text("CONTRIBUTING.md")
    project = tomllib.loads(text("pyproject.toml"))["project"]
    assert project["requires-python"] == f">={VERSIONS[0]},<3.{NEWEST[1] + 1}"
    allowed = re.search(r"@allowed\(\[(.*)\]\)\n.*\nparam pythonVersion string = '(.+)'", text("infra/main.bicep"))
    assert allowed
    assert re.findall(r"'(.+?)'", allowed[1]) == VERSIONS
    assert allowed[2] == DEPLOYED
    tried = [VERSIONS[0], DEPLOYED, VERSIONS[-1]]
    matrix = yaml.safe_load(text(".github/workflows/checks.yml"))["jobs"]["test"]["strategy"]["matrix"]
    assert matrix["python"] == tried
    (test, *_) = yaml.safe_load(text("pipelines/azure-pipelines.yml"))["stages"][0]["jobs"]
    assert [each["pythonVersion"] for each in test["strategy"]["matrix"].values()] == tried
    assert f"({OLDEST[0]}, {OLDEST[1]}) <= sys.version_info[:2] <= ({NEWEST[0]}, {NEWEST[1]})" in text("Makefile")
    for name in ("azure.yaml", ".github/workflows/deploy.yml", "pipelines/azure-pipelines.yml"):
        assert f"make package PYTHON_VERSION={DEPLOYED}" in text(name)
