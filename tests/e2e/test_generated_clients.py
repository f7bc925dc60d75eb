"""Clients that are generated from the OpenAPI document: type-checked, then used against the running app."""

import base64
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.setup.installation import CHECKERS
from tests.e2e.caller import Caller, NewStack
from tests.node_programs import MODULES, run_node, run_program

PROGRAMS = Path(__file__).parent / "generated_clients"
PACKAGE = "personal_data_export_client"
NOBODY = "00000000-0000-4000-8000-00000000dead"
CALLBACK_URL = "http://127.0.0.1:9/ended"
EXPECTED = {
    "health": "Healthy",
    "preflight": {"status": "Passed", "failed": []},
    "succeeded": {
        "status": "Succeeded",
        "stage": "Ended",
        "error": None,
        "files": True,
        "listed": True,
        "linked": True,
        "events": ["Accepted", "Succeeded"],
        "canceled": "Succeeded",
        "answered": {
            "package": ["Ready", "de", 1],
            "linked": True,
            "held": "Case 12",
            "refused": "OnHold",
            "lifted": ["Lifted"],
            "method": "portal",
            "trail": True,
        },
    },
    "clock": {"extended": True, "paused": True, "resumed": True, "canceled": "Canceled"},
    "failed": {
        "status": "Failed",
        "code": "OperationFailed",
        "attempt": ["Failed", "OperationFailed"],
    },
    "batch": {
        "status": "Completed",
        "items": ["Failed", "Refused"],
        "codes": ["ResourceNotFound", "InvalidValue"],
        "exports": [True, False],
        "counts": {"Failed": 1, "Refused": 1},
    },
    "subscription": {"status": ["Failed"], "reference": None, "deleted": 204},
    "refused": {"status": 400, "code": "InvalidValue", "details": ["subject.id"]},
}
"""What each program gets."""


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory, new_stack: NewStack) -> Iterator[Caller]:
    """A caller of a separate stack, because these tests subscribe to callbacks."""
    environment = {
        "PATH": os.environ["PATH"],
        "CALLBACK_ALLOWED_HOSTS": "127.0.0.1",
        "CALLBACK_SIGNING_SECRET": f"whsec_{base64.b64encode(bytes(24)).decode()}",
    }
    with new_stack(tmp_path_factory.mktemp("clients"), environment) as stack:
        yield Caller.of(stack)


@pytest.fixture
def workplace(tmp_path: Path, own: Caller) -> Path:
    """A folder with the document that the app gives out, and the programs."""
    (tmp_path / "openapi.json").write_text(own.call("GET", "openapi.json").text)
    for program in PROGRAMS.glob("*.*"):
        if program.name != "__init__.py":
            shutil.copy(program, tmp_path)
    return tmp_path


def people(caller: Caller) -> list[str]:
    """Somebody who can be exported, somebody whose export fails, one whose export never ends, and nobody."""
    person, broken = (caller.quick(caller.new_user()) for _ in range(2))
    slow = caller.new_user()
    caller.fault("submit", "fails", broken)
    caller.fault("submit", "never", slow)
    return [person, broken, slow, NOBODY]


def environment(caller: Caller) -> dict[str, str]:
    return {"API": caller.stack.api, "TOKEN": caller.stack.token, "CALLBACK_URL": CALLBACK_URL}


def run(command: list[str], folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own programs
        command,
        cwd=folder,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def got(ran: subprocess.CompletedProcess[str]) -> Any:
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return json.loads(ran.stdout)


def test_a_python_client_by_openapi_python_client(workplace: Path, own: Caller) -> None:
    options = ["--path", "openapi.json", "--meta", "none", "--output-path", PACKAGE]
    made = run(["openapi-python-client", "generate", *options], workplace, PATH=f"{CHECKERS / 'bin'}:/usr/bin:/bin")
    assert made.returncode == 0, made.stdout + made.stderr
    # It knows no text/csv, so its clients send batches as JSON. Whatever else it can't express is a fault.
    assert made.stderr.count("WARNING") == made.stderr.count("Unsupported content type text/csv") == 1, made.stderr
    # Not what is the same for every document: the generator's own client.py.
    checked_parts = ["python_program.py", f"{PACKAGE}/api", f"{PACKAGE}/models"]
    options = ["--strict", "--follow-imports", "silent"]
    checked = run([sys.executable, "-m", "mypy", *options, *checked_parts], workplace)
    assert checked.returncode == 0, checked.stdout
    command = [sys.executable, "-W", "error", "python_program.py", *people(own)]
    assert got(run(command, workplace, **environment(own))) == EXPECTED


def test_a_typescript_client_by_openapi_typescript(workplace: Path, own: Caller) -> None:
    made = run_program("openapi-typescript", "openapi.json", "--output", "api.ts", folder=workplace)
    assert made.returncode == 0, made.stdout + made.stderr
    (workplace / "node_modules").symlink_to(MODULES)
    (workplace / "package.json").write_text('{"type": "module"}')
    compiled = run_program("tsc", "--project", ".", folder=workplace)
    assert compiled.returncode == 0, compiled.stdout
    assert got(run_node("typescript_program.js", *people(own), folder=workplace, **environment(own))) == EXPECTED
