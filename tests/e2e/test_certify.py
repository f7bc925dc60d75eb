"""The certification of a deployment, on the local stack as far as it calls the API."""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from local.stack.local_stack import Stack
from shared.exports.ids import GUID
from tests.e2e.caller import PATIENCE, Caller
from tests.local import waiting

DEPLOYED = ("Identity stage", "Identity stage, again", "Deploy", "Deploy, again")
SCRIPT = Path(__file__).parent.parent.parent / "infra" / "scripts" / "certify.py"


@dataclass
class Certification:
    """A certification of the stack, by a caller with the roles that the workflow has."""

    stack: Stack
    token: str
    person: str
    name: str
    folder: Path

    def run(self, *command: str, wait: float = PATIENCE, **environment: str) -> "subprocess.CompletedProcess[str]":
        until = datetime.now(UTC) + timedelta(seconds=wait * waiting.factor)
        return subprocess.run(  # noqa: S603 - our own script
            [sys.executable, "-W", "error", str(SCRIPT), *command],
            env={
                "PATH": os.environ["PATH"],
                "TOKEN": self.token,
                "API_BASE_URL": self.stack.api,
                "API_AUDIENCE": "api://tenant/certify",
                "SSL_CERT_FILE": str(self.stack.azurite.ca_bundle),
                "AZURE_ENV_NAME": self.name,
                "TEST_PERSON_ID": self.person,
                "WAIT_UNTIL": until.isoformat(),
                "CERTIFY_FOLDER": str(self.folder),
            }
            | environment,
            cwd=self.folder.parent,
            capture_output=True,
            text=True,
            timeout=(PATIENCE + 60) * waiting.factor,
            check=False,
        )

    def done(self, *command: str, wait: float = PATIENCE, **environment: str) -> str:
        """Runs a command that must succeed, and returns what it prints."""
        ran = self.run(*command, wait=wait, **environment)
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    def deployed(self) -> None:
        """Records that the workflow has deployed everything twice, which only Azure could."""
        for title in DEPLOYED:
            self.done("step", title, "true")

    @property
    def report(self) -> dict[str, Any]:
        """The report as it was written last."""
        found: dict[str, Any] = json.loads((self.folder / "report.json").read_text())
        return found

    @property
    def published(self) -> str:
        """All that the workflow publishes."""
        return "".join(path.read_text() for path in self.folder.iterdir())

    def exports(self) -> list[dict[str, Any]]:
        return Caller(self.stack, {"Authorization": f"Bearer {self.token}"}).exports_of(f"certify-{self.name}")


def certification(caller: Caller, folder: Path, name: str, person: str = "") -> Certification:
    token = caller.stack.token_for(["Exports.Operate", "Exports.Submit", "Exports.Download"])
    return Certification(caller.stack, token, person or caller.quick(caller.new_user()), name, folder / "certify")


def test_a_good_deployment_is_certified_from_the_preflight_to_the_erasure(caller: Caller, tmp_path: Path) -> None:
    run = certification(caller, tmp_path, "cgood")
    run.deployed()
    assert "Passed   grant: " in run.done("start")
    assert "Succeeded, Ended, 1 attempts" in run.done("wait")
    (export,) = run.exports()
    files = caller.call("GET", f"exports/{export['id']}/files").json()["value"]
    run.done("erase")
    said = run.done("report")

    report = run.report
    assert (report["verdict"], report["reasons"]) == ("Certified", [])
    assert [(step["name"], step["passed"]) for step in report["steps"]] == [
        (name, True)
        for name in (*DEPLOYED, "Preflight", "Request", "Export", "Files", "Package", "Hold", "Hand-over", "Erasure")
    ]
    assert {check["status"] for check in report["preflight"]} == {"Passed"}
    assert report["export"]["status"] == "Succeeded"
    assert report["export"]["files"] == {name: export["files"][name] for name in ("count", "totalBytes")}
    assert report["export"]["erasedDateTime"]
    trail = [(event["type"], event["by"]) for event in report["export"]["trail"]]
    assert trail[0] == ("Accepted", "caller")
    assert {("LinkCreated", "caller"), ("Succeeded", "app"), ("Erased", "app")} <= set(trail)
    handed = ("PackageRequested", "PackageMade", "HoldPlaced", "HoldLifted", "HandedOver")
    assert [each for each in trail if each[0] in handed] == [
        (name, "app" if name == "PackageMade" else "caller") for name in handed
    ]
    assert report["download"] == {"matches": True}
    assert (report["package"]["zips"], report["package"]["matches"]) == (1, True)
    assert said == (run.folder / "report.md").read_text()
    assert "# Certification cgood\n\nCertified: " in said
    assert "one file has the hash of the manifest" in said

    assert files
    for personal in (
        run.person,
        export["id"],
        export["requestedBy"],
        export["reference"],
        *(one["name"] for one in files),
    ):
        assert personal not in run.published
    assert not re.search(GUID, run.published)


def test_it_can_be_asked_again_for_the_end_by_another_run(caller: Caller, tmp_path: Path) -> None:
    person = caller.new_user()
    caller.fault("submit", "duration", person, seconds=15)
    run = certification(caller, tmp_path / "first", "cagain", person)
    (tmp_path / "first").mkdir()
    run.deployed()
    run.done("start", GITHUB_RUN_ID="1", GITHUB_SERVER_URL="https://github.com", GITHUB_REPOSITORY="o/r")
    run.done("wait", wait=0)
    said = run.done("report", GITHUB_ACTIONS="true")
    assert run.report["verdict"] == "Waiting"
    assert "::warning title=Certification::Not finished. Start it again with the name cagain." in said
    assert "- https://github.com/o/r/actions/runs/1" in said
    assert run.done("decide") == "take-down=false\n"
    assert run.done("decide", AFTERWARDS="always") == "take-down=true\n"
    run.done("start")
    assert len(run.exports()) == 1, "a step that is repeated starts nothing"

    later = certification(caller, tmp_path / "second", "cagain", person)
    later.folder.parent.mkdir()
    later.token = run.token
    later.done("wait")
    assert later.run("report").returncode == 1, "nobody knows any more how it was deployed"
    assert "The step has not ended: Deploy." in later.report["reasons"]
    shutil.copytree(run.folder, later.folder, dirs_exist_ok=True)
    later.done("wait")
    later.done("report")
    assert later.report["verdict"] == "Certified"
    assert later.done("decide") == "take-down=true\n"
    assert later.done("decide", AFTERWARDS="never") == "take-down=false\n"
    assert len(run.exports()) == 1


def test_an_export_that_fails_is_not_certified(caller: Caller, tmp_path: Path) -> None:
    run = certification(caller, tmp_path, "cfailed")
    caller.fault("submit", "fails", run.person, times=100)
    run.done("start")
    ran = run.run("wait")
    assert (ran.returncode, ran.stderr.startswith("The export ended as Failed: ")) == (1, True)
    assert run.run("report").returncode == 1
    assert run.report["verdict"] == "NotCertified"
    assert any(reason.startswith("The export ended as Failed: ") for reason in run.report["reasons"])
    assert "The step failed: Files." in run.report["reasons"]
    assert run.done("decide") == "take-down=true\n"


def test_taking_down_ends_an_export_that_runs_and_erases_what_it_left(caller: Caller, tmp_path: Path) -> None:
    person = caller.new_user()
    caller.fault("submit", "duration", person, seconds=3600)
    run = certification(caller, tmp_path, "cgivenup", person)
    run.done("erase")
    assert run.exports() == [], "nothing was started, and nothing is started by the end"
    run.done("start")
    run.done("erase")
    (export,) = run.exports()
    assert (export["status"], export["erasedDateTime"] is None) == ("Canceled", False)
    run.run("report")
    assert run.report["reasons"] == ["The export ended as Canceled: None."]


def test_nobody_is_exported_where_the_preflight_fails_or_a_role_is_missing(caller: Caller, tmp_path: Path) -> None:
    run = certification(caller, tmp_path, "crefused")
    run.token = caller.stack.token_for(["Exports.Submit"])
    ran = run.run("start")
    assert (ran.returncode, "Exports.Operate" in ran.stderr) == (1, True)
    assert run.exports() == []
    assert run.run("wait").stderr == "No export was started.\n"
    run.run("report")
    assert run.report["reasons"] == ["The step failed: Preflight.", "No export was started."]
