"""Every app of the repository, as Microsoft's worker and as the local host find it."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from local.checkout import ROOT
from tests.worker.microsofts_worker import MicrosoftsWorker, environment_in

CLIENT = "durableClient"
TABLES = ROOT / "tests" / "local" / "host"
REFUSED: dict[str, dict[str, str]] = yaml.safe_load((TABLES / "refused_apps.yaml").read_text("utf-8"))
ACCEPTED: dict[str, dict[str, Any]] = yaml.safe_load((TABLES / "accepted_apps.yaml").read_text("utf-8"))


def apps() -> list[Path]:
    """The folders of all apps, as Git knows them."""
    git = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "function_app.py", "**/function_app.py"]
    listed = subprocess.run(git, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603  our own command
    return [Path(line).parent for line in listed.stdout.splitlines()]


def found_by_the_local_host(app: Path, environment: dict[str, str]) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.worker.local_loader", str(app)]
    loaded = subprocess.run(  # noqa: S603  our own command
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert loaded.returncode == 0, loaded.stderr
    found: dict[str, Any] = json.loads(loaded.stdout)
    return found


def as_the_local_host_sees_it(function: dict[str, Any]) -> dict[str, Any]:
    bindings = function.pop("bindings")
    (trigger,) = (binding for binding in bindings if binding["type"].endswith("Trigger"))
    clients = [binding["name"] for binding in bindings if binding["type"] == CLIENT]
    return function | {"trigger": trigger, "clients": clients}


def test_all_apps_are_known() -> None:
    assert {str(app) for app in apps()} >= {".", "bench/bare", "tests/local/host/sample_app"}


@pytest.mark.parametrize("app", apps(), ids=str)
def test_both_find_the_same_functions(app: Path, tmp_path: Path) -> None:
    environment = environment_in(tmp_path)
    with MicrosoftsWorker(environment, tmp_path / "worker.log") as worker:
        found = worker.index(ROOT / app)
    assert "refusal" not in found
    functions = [as_the_local_host_sees_it(function) for function in found["functions"]]
    assert functions
    assert found_by_the_local_host(ROOT / app, environment)["functions"] == functions


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MicrosoftsWorker]:
    """One that indexes one small app after another."""
    folder = tmp_path_factory.mktemp("worker")
    with MicrosoftsWorker(environment_in(folder), folder / "worker.log") as process:
        yield process


@pytest.mark.parametrize("name", REFUSED)
def test_microsofts_worker_refuses_what_the_local_host_refuses(
    worker: MicrosoftsWorker, name: str, tmp_path: Path
) -> None:
    assert REFUSED[name]["worker"] in index(worker, REFUSED[name], tmp_path)["refusal"]


@pytest.mark.parametrize("name", ACCEPTED)
def test_microsofts_worker_takes_what_the_local_host_takes(worker: MicrosoftsWorker, name: str, tmp_path: Path) -> None:
    functions = index(worker, ACCEPTED[name], tmp_path)["functions"]
    assert [function["name"] for function in functions] == ACCEPTED[name]["functions"]


def index(worker: MicrosoftsWorker, case: dict[str, Any], folder: Path) -> dict[str, Any]:
    script = case.get("script", "function_app.py")
    (folder / Path(script).name).write_text(case["app"], encoding="utf-8")
    return worker.index(folder, script)
