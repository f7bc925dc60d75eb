"""Which Python runs the host, and what it can import."""

import subprocess
import sys
from pathlib import Path

import pytest

from local.stack.host_interpreter import APP_PACKAGES, interpreter_for


def test_an_app_without_packages_runs_with_those_of_this_environment(tmp_path: Path) -> None:
    interpreter = interpreter_for(tmp_path, tmp_path / "links")
    assert (interpreter.command, interpreter.environment) == ((sys.executable,), {})
    assert not (tmp_path / "links").exists()


@pytest.mark.parametrize(
    ("module", "is_found"), [("ours", True), ("local", True), ("croniter", True), ("psutil", False), ("shared", False)]
)
def test_an_app_with_packages_runs_with_those_and_the_host_alone(tmp_path: Path, module: str, is_found: bool) -> None:  # noqa: FBT001 - a case
    packages = tmp_path / "app" / APP_PACKAGES
    packages.mkdir(parents=True)
    (packages / "ours.py").touch()
    interpreter = interpreter_for(tmp_path / "app", tmp_path / "links")
    question = f"import importlib.util, sys; sys.exit(importlib.util.find_spec({module!r}) is None)"
    command = [*interpreter.command, "-c", question]
    status = subprocess.run(command, env=interpreter.environment, check=False).returncode  # noqa: S603 - our own
    assert (status == 0) is is_found
