"""Runs the examples in docs/callers.md unchanged, until their export has ended."""

import os
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import pytest

from local.stack.local_stack import Stack
from tests.documented_examples import example
from tests.e2e.caller import Caller

NOBODY = "00000000-0000-4000-8000-00000000dead"


def run(command: list[str], folder: Path, stack: Stack, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {
        "PATH": os.environ["PATH"],
        "API": stack.api,
        "TOKEN": stack.token,
        "SSL_CERT_FILE": str(stack.azurite.ca_bundle),
    }
    return subprocess.run(  # noqa: S603 - our own example
        command, cwd=folder, env=environment | more, capture_output=True, text=True, timeout=90, check=False
    )


@pytest.fixture
def python(tmp_path: Path) -> list[str]:
    (tmp_path / "export.py").write_text(example("Python", "python"))
    return [sys.executable, "-W", "error", "export.py"]


def test_python(python: list[str], tmp_path: Path, stack: Stack, caller: Caller) -> None:
    reference = f"python-{uuid4()}"
    ran = run([*python, caller.quick(caller.new_user()), reference, "files"], tmp_path, stack)
    assert ran.returncode == 0, ran.stderr
    (export,) = caller.call("GET", "exports", params={"reference": reference}).json()["value"]
    arrived = [path for path in (tmp_path / "files").rglob("*") if path.is_file()]
    assert len(arrived) == export["files"]["count"] > 0
    assert sum(path.stat().st_size for path in arrived) == export["files"]["totalBytes"]
    assert ran.stdout == f"{len(arrived)} files in files.\n"


def test_python_of_an_export_that_fails_and_of_one_that_is_refused(
    python: list[str], tmp_path: Path, stack: Stack
) -> None:
    for person, said in ((NOBODY, "424 Failed"), ("nobody", "400 refused")):
        ran = run([*python, person, str(uuid4()), "files"], tmp_path, stack)
        assert (ran.returncode, ran.stderr.startswith(said)) == (1, True), ran.stderr


def test_curl(tmp_path: Path, stack: Stack, caller: Caller) -> None:
    command = ["bash", "-c", example("curl", "bash")]
    person, reference = caller.quick(caller.new_user()), f"curl-{uuid4()}"
    ran = run(command, tmp_path, stack, PERSON=person, REFERENCE=reference)
    assert ran.returncode == 0, ran.stderr
    assert '"sha256"' in ran.stdout
    again = run(command, tmp_path, stack, PERSON=person, REFERENCE=reference)
    assert again.stdout == ran.stdout, "the same reference is the same export"


def test_curl_of_an_export_that_fails(tmp_path: Path, stack: Stack) -> None:
    ran = run(["bash", "-c", example("curl", "bash")], tmp_path, stack, PERSON=NOBODY, REFERENCE=str(uuid4()))
    assert ran.returncode == 1
    assert "ResourceNotFound" in ran.stderr
