"""infra/scripts/certify.py without the app: names, steps, tokens, an app that is away, and the report."""

import hashlib
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from tests.infra.scripts.certification import DEPLOYED, EVENT, LOOKED_AT, OPEN, Server, certify, put, record
from tests.infra.stand_ins import SCRIPTS, Programs

# Names


@pytest.mark.parametrize(("run", "name"), [("0", "c0"), ("35", "cz"), ("18446744073", "c8h2pqtl"), ("36", "c10")])
def test_a_name_is_made_of_the_number_of_the_run_and_fits_the_templates(tmp_path: Path, run: str, name: str) -> None:
    ran = certify(tmp_path, "name", GITHUB_RUN_ID=run, TEST_PERSON_ID="somebody")
    assert ran.stdout.startswith(f"AZURE_ENV_NAME={name}\nBASE_NAME=pde\nRESOURCE_GROUP=rg-pde-{name}\nWAIT_UNTIL=")
    assert len(name) <= 8


def test_a_name_of_an_earlier_run_is_taken_and_no_other(tmp_path: Path) -> None:
    assert "RESOURCE_GROUP=rg-base-cabc\n" in certify(tmp_path, "name", GIVEN_NAME="cabc", BASE_NAME="base").stdout
    for wrong in ("prod", "c", "C1", "c12345678", "c1\nX=1", "c/.."):
        ran = certify(tmp_path, "name", GIVEN_NAME=wrong)
        assert (ran.returncode, ran.stdout) == (1, "")


def test_nothing_begins_without_a_person_to_export(tmp_path: Path) -> None:
    ran = certify(tmp_path, "name", GITHUB_RUN_ID="1", TEST_PERSON_ID="")
    assert (ran.returncode, ran.stdout, "TEST_PERSON_ID" in ran.stderr) == (1, "", True)


@pytest.mark.parametrize(("minutes", "most"), [("", 285), ("285", 285), ("0", 0), ("9999", 285)])
def test_a_run_waits_no_longer_than_leaves_time_to_take_everything_down(
    tmp_path: Path, minutes: str, most: int
) -> None:
    before = datetime.now(UTC)
    said = certify(tmp_path, "name", GIVEN_NAME="c1", WAIT_MINUTES=minutes).stdout
    until = datetime.fromisoformat(said.partition("WAIT_UNTIL=")[2].strip())
    assert timedelta(minutes=most, seconds=-1) <= until - before <= timedelta(minutes=most, seconds=60)


@pytest.mark.parametrize(
    ("given", "export", "afterwards", "down"),
    [
        ("", None, "when-ended", "true"),  # the deployment failed
        ("c1", None, "when-ended", "false"),  # nobody knows how far it is
        ("c1", None, "always", "true"),
        ("", None, "never", "false"),
    ],
)
def test_what_cannot_be_asked_again_is_taken_down(
    tmp_path: Path, given: str, export: object, afterwards: str, down: str
) -> None:
    put(tmp_path, export=export)
    ran = certify(tmp_path, "decide", GIVEN_NAME=given, AFTERWARDS=afterwards)
    assert ran.stdout == f"take-down={down}\n"


# Steps


def test_a_step_is_timed_with_the_steps_that_it_prints_and_exits_as_they_do(tmp_path: Path) -> None:
    ran = certify(tmp_path, "step", "Deploy", "sh", "-c", "echo a; echo '== One'; echo '== Two'; echo b; exit 7")
    assert (ran.returncode, ran.stdout) == (7, "a\n== One\n== Two\nb\n")
    steps = [(step["name"], step["passed"]) for step in record(tmp_path)["steps"]]
    assert steps == [("Deploy: One", True), ("Deploy: Two", False), ("Deploy", False)]
    assert {step["seconds"] for step in record(tmp_path)["steps"]} <= {0, 1, 2}
    assert certify(tmp_path, "step", "Deploy", "echo", "== Two").returncode == 0
    assert [step["passed"] for step in record(tmp_path)["steps"][3:]] == [True, True]


@pytest.mark.parametrize(("command", "code"), [("true", 0), ("false", 1)])
def test_a_step_need_not_print_any(tmp_path: Path, command: str, code: int) -> None:
    ran = certify(tmp_path, "step", "Resource group", command)
    assert (ran.returncode, ran.stderr) == (code, "")
    assert [(step["name"], step["passed"]) for step in record(tmp_path)["steps"]] == [("Resource group", not code)]


def test_what_a_repeated_step_comes_to_is_what_counts(tmp_path: Path) -> None:
    step = {"name": "Take down", "startedDateTime": "2026-11-01T09:30:00Z", "seconds": 3700, "passed": False}
    export = OPEN | {
        "status": "Succeeded",
        "error": None,
        "subjectType": "user",
        "grantKind": None,
        "trail": [],
        "warnings": [],
    }
    good = {"name": "c1", "preflight": [], "download": {"matches": None}, "export": export}
    put(tmp_path, **good, steps=[*DEPLOYED, *LOOKED_AT, step])
    assert certify(tmp_path, "report").returncode == 1
    put(tmp_path, **good, steps=[*DEPLOYED, *LOOKED_AT, step, step | {"passed": True}])
    ran = certify(tmp_path, "report")
    assert ran.returncode == 0, ran.stdout
    assert "| Take down | 2026-11-01T09:30:00Z | 1 h 01 min | **failed** |" in ran.stdout
    assert "# Certification c1\n\nCertified" in ran.stdout


@pytest.mark.parametrize("killed", [step["name"] for step in DEPLOYED + LOOKED_AT])
def test_a_step_that_left_no_record_is_not_taken_for_one_that_passed(tmp_path: Path, killed: str) -> None:
    export = OPEN | {"status": "Succeeded", "subjectType": "user", "grantKind": None, "trail": [], "warnings": []}
    steps = [step for step in DEPLOYED + LOOKED_AT if step["name"] != killed]
    good = {"name": "c1", "preflight": [], "download": {"matches": None}, "export": export, "steps": steps}
    put(tmp_path, **good)
    ran = certify(tmp_path, "report")
    assert (ran.returncode, f"- The step has not ended: {killed}.\n" in ran.stdout) == (1, True)
    put(tmp_path, **good | {"export": export | {"status": "Running"}})
    assert certify(tmp_path, "report").returncode == 0, "it may still come"


# Tokens


def test_a_job_of_github_gets_tokens_for_as_long_as_it_runs(server: Server, tmp_path: Path) -> None:
    server.answer("GET /github", {"value": "of-the-job"})
    for token, seconds in (("first", 300), ("second", 3600), ("third", 3600)):
        server.answer("POST /tenant/oauth2/v2.0/token", {"access_token": token, "expires_in": seconds})
    server.answer("GET /api/exports", {"value": [OPEN]})
    server.answer("GET /api/exports/the-export", None, 401)
    server.answer("GET /api/exports/the-export", OPEN, Retry_After="2")
    server.answer("GET /api/exports/the-export/events", {"value": [EVENT]})
    ran = certify(
        tmp_path,
        "wait",
        TOKEN="",
        ACTIONS_ID_TOKEN_REQUEST_URL=f"{server.url}/github?api-version=2",
        ACTIONS_ID_TOKEN_REQUEST_TOKEN="of-the-runner",  # noqa: S106 - an example
        AZURE_AUTHORITY_HOST=f"{server.url}/",
        AZURE_CLIENT_ID="client",
        AZURE_TENANT_ID="tenant",
        AZURE_AUDIENCE="api://AzureADTokenExchangeChina",
        API_BASE_URL=f"{server.url}/api",
        WAIT_UNTIL="2026-01-01T00:00:00+00:00",
    )
    assert ran.returncode == 0, ran.stderr
    asked = [call for call in server.calls if call[1].startswith("/github")]
    assert asked[0][1:3] == (
        "/github?api-version=2&audience=api%3A%2F%2FAzureADTokenExchangeChina",
        "Bearer of-the-runner",
    )
    sent = next(parse_qs(sent) for _, path, _, sent in server.calls if path.endswith("/token"))
    assert {name: value[0] for name, value in sent.items()} == {
        "grant_type": "client_credentials",
        "client_id": "client",
        "scope": "api://t/c1/.default",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": "of-the-job",
    }
    assert server.bearers("/api/exports") == ["Bearer first"]
    # The first one ends soon, the second one is refused.
    assert server.bearers("/api/exports/the-export") == ["Bearer second", "Bearer third"]
    assert server.bearers("/api/exports/the-export/events") == ["Bearer third"]
    assert not [token for token in ("first", "second", "third", "of-the-") if token in ran.stdout + ran.stderr]


def test_elsewhere_a_token_of_the_azure_cli_is_taken(server: Server, tmp_path: Path) -> None:
    server.answer("GET /api/exports", {"value": []})
    programs = Programs(tmp_path)
    programs.answer("az account get-access-token --resource api://t/c1 --query accessToken", says="of-the-cli\n")
    given = {"AZURE_ENV_NAME": "c1", "API_AUDIENCE": "api://t/c1", "CERTIFY_FOLDER": str(tmp_path / "certify")}
    ran = programs.run("certify.py", "erase", API_BASE_URL=f"{server.url}/api", **given)
    assert ran.returncode == 0, ran.stderr
    assert server.bearers("/api/exports") == ["Bearer of-the-cli"]


def test_a_new_registration_is_waited_for_until_it_gives_tokens(server: Server, tmp_path: Path) -> None:
    server.answer("GET /github", None, 503, Retry_After="0")
    server.answer("GET /github", {"value": "of-the-job"})
    server.answer("POST /tenant/oauth2/v2.0/token", {"error_description": "AADSTS500011"}, 400, Retry_After="0")
    server.answer("POST /tenant/oauth2/v2.0/token", {"access_token": "a-secret", "expires_in": 3600})
    given = {"AZURE_AUTHORITY_HOST": server.url, "AZURE_CLIENT_ID": "client", "AZURE_TENANT_ID": "tenant"}
    given |= {"ACTIONS_ID_TOKEN_REQUEST_URL": f"{server.url}/github?v=2", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "t"}
    ran = certify(tmp_path, "token", TOKEN="", **given)
    assert ran.returncode == 0
    assert ran.stderr.splitlines() == [
        "Not yet: GitHub answered 503 instead of giving this job a token.",
        "Not yet: Entra ID gives no token for the API: AADSTS500011.",
    ]
    assert [step["name"] for step in record(tmp_path)["steps"]] == ["Token"]


def test_a_token_goes_to_the_api_alone_and_never_in_the_clear(server: Server, tmp_path: Path) -> None:
    ran = certify(tmp_path, "erase", API_BASE_URL="http://app.azurewebsites.net/api")
    assert (ran.returncode, ran.stderr) == (1, "The base URL of the API must start with https://.\n")
    server.answer("GET /api/exports", {"value": [OPEN | {"status": "Succeeded"}]})
    server.answer("DELETE /api/exports/the-export/data", OPEN, 202, Location=f"{server.url}/elsewhere", Retry_After="0")
    ran = certify(tmp_path, "erase", API_BASE_URL=f"{server.url}/api")
    assert (ran.returncode, "outside its base URL" in ran.stderr) == (1, True)
    assert server.bearers("/elsewhere") == []
    server.answers["GET /api/exports"] = [(302, None, {"Location": f"{server.url}/elsewhere"})]
    assert certify(tmp_path, "erase", API_BASE_URL=f"{server.url}/api").returncode == 1
    assert server.bearers("/elsewhere") == []


# An app that is away


def test_an_app_that_is_being_replaced_is_waited_for(server: Server, tmp_path: Path) -> None:
    for status in (503, 502, 429):
        server.answer("GET /api/exports", {"error": {"code": "Busy", "message": "m"}}, status, Retry_After="0")
    server.answer("GET /api/exports", b"<html>", 404, Retry_After="0")
    server.answer("GET /api/exports", {"value": []})
    ran = certify(tmp_path, "erase", API_BASE_URL=f"{server.url}/api")
    assert ran.returncode == 0, ran.stderr
    assert ran.stderr.splitlines() == [f"Not yet: the API answered {status}." for status in (503, 502, 429, 404)]


def test_a_refusal_is_final_and_says_why_but_not_of_whom(server: Server, tmp_path: Path) -> None:
    server.answer("GET /api/exports", {"value": [OPEN]})
    refused = {"error": {"code": "Forbidden", "message": "It takes the app role Exports.Submit."}}
    server.answer("POST /api/exports/the-export/cancel", refused, 403)
    ran = certify(tmp_path, "erase", API_BASE_URL=f"{server.url}/api")
    assert ran.returncode == 1
    assert ran.stderr == "POST exports: 403 Forbidden It takes the app role Exports.Submit.\n"
    assert [step["passed"] for step in record(tmp_path)["steps"]] == [False]


def test_an_app_that_stays_away_is_waited_for_as_long_as_the_export_and_no_longer(
    server: Server, tmp_path: Path
) -> None:
    program = (
        "import certify, certify_api, datetime, json, os;"
        "clock = [0.0]; begun = datetime.datetime.now(datetime.timezone.utc);"
        "certify_api.time.monotonic = lambda: clock[0];"
        "certify_api.time.sleep = lambda seconds: clock.__setitem__(0, clock[0] + seconds);"
        "later = type('later', (datetime.datetime,), {'now': classmethod("
        "    lambda cls, zone: begun + datetime.timedelta(seconds=clock[0]))});"
        "certify.datetime = later;"
        "os.environ['WAIT_UNTIL'] = (begun + datetime.timedelta(seconds=6000)).isoformat()\n"
        "try: certify.wait()\n"
        "finally: print(clock[0])"
    )
    server.answer("GET /api/exports", {"value": [OPEN]})
    for _ in range(19):
        server.answer("GET /api/exports/the-export", OPEN, Retry_After="300")
    server.answer("GET /api/exports/the-export", {}, 503, Retry_After="300")
    given = {"AZURE_ENV_NAME": "c1", "API_AUDIENCE": "a", "TOKEN": "t", "API_BASE_URL": f"{server.url}/api"}
    ran = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, "-c", program],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(SCRIPTS)} | given,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ran.returncode, "the API answered 503, for 900 seconds" in ran.stderr) == (1, True), ran.stderr
    assert 6000 <= float(ran.stdout.splitlines()[-1]) <= 6900


# What arrived


@pytest.mark.parametrize(
    ("file", "matches", "code"),
    [
        ({"name": "a", "size": 4, "sha256": "0" * 64}, False, 1),
        ({"name": "a", "size": 4, "sha256": None}, None, 0),
        ({"name": "a", "size": 10_000_001, "sha256": hashlib.sha256(b"data").hexdigest()}, None, 0),
    ],
)
def test_a_file_is_compared_with_the_manifest_where_it_can_be(
    server: Server, tmp_path: Path, file: dict[str, Any], matches: object, code: int
) -> None:
    server.succeed({"a": b"data"})
    server.answers["GET /api/exports/the-export/files"] = [(200, {"value": [file]}, {})]
    if matches is None:  # no link is asked for
        server.answers["POST /api/exports/the-export/links"].pop(0)
    put(tmp_path, steps=DEPLOYED)
    ran = certify(tmp_path, "wait", API_BASE_URL=f"{server.url}/api", WAIT_UNTIL="2026-01-01T00:00:00+00:00")
    assert ran.returncode == code, ran.stderr
    assert record(tmp_path)["download"] == {"matches": matches}
    assert server.bearers("/blob") in ([], [""]), "the link needs no token and gets none"
    assert certify(tmp_path, "report").returncode == code


def test_a_result_or_a_manifest_that_does_not_fit_is_said(server: Server, tmp_path: Path) -> None:
    ended = OPEN | {"status": "Succeeded", "files": {"count": 2, "totalBytes": 4}}
    server.answer("GET /api/exports", {"value": [ended]})
    server.answer("GET /api/exports/the-export", ended)
    server.answer("GET /api/exports/the-export/events", {"value": [EVENT]})
    server.answer("GET /api/exports/the-export/result", ended, 424)
    server.answer("GET /api/exports/the-export/result", ended)
    server.answer("GET /api/exports/the-export/files", {"value": []})
    given = {"API_BASE_URL": f"{server.url}/api", "WAIT_UNTIL": "2026-01-01T00:00:00+00:00"}
    assert "GET exports: 424" in certify(tmp_path, "wait", **given).stderr
    assert "does not have the number of files" in certify(tmp_path, "wait", **given).stderr
    assert "The step failed: Files." in certify(tmp_path, "report").stdout


# The report


def test_the_record_takes_nothing_that_names_or_describes_a_person(server: Server, tmp_path: Path) -> None:
    server.answer("GET /api/exports", {"value": [OPEN]})
    server.answer("GET /api/exports/the-export", OPEN)
    server.answer("GET /api/exports/the-export/events", {"value": [EVENT], "nextLink": f"{server.url}/api/more"})
    server.answer("GET /api/more", {"value": [EVENT | {"type": "Submitted", "actor": "monitor"}]})
    ran = certify(tmp_path, "wait", API_BASE_URL=f"{server.url}/api", WAIT_UNTIL="2026-01-01T00:00:00+00:00")
    assert ran.returncode == 0, ran.stderr
    ran = certify(tmp_path, "report")
    assert ran.returncode == 0
    published = "".join(path.read_text() for path in (tmp_path / "certify").iterdir())
    assert "the-" not in published
    assert "| 2026-11-01T09:31:05Z | 1 min 05 s | Accepted | caller |" in published
    assert "| 2026-11-01T09:31:05Z | 1 min 05 s | Submitted | app |" in published
    assert "| warnings | NoData |" in published
    assert "Start the workflow again with the name `c1`." in published


def test_it_tells_what_is_deployed_as_far_as_that_is_known(server: Server, tmp_path: Path) -> None:
    server.answer("GET /api/openapi.json", {"info": {"version": "1.2.3"}})
    programs = Programs(tmp_path)
    programs.answer("az functionapp show --resource-group g --name app", says="/subscriptions/s/sites/app\n")
    programs.answer("az cloud show", says="https://management.azure.com/\n")
    status = "https://management.azure.com/subscriptions/s/sites/app/hostruntime/admin/host/status?api-version="
    programs.answer("az rest --method get", status, says="4.1047.100.26071\n")
    programs.answer("az version", says="2.91.0\n")
    programs.answer("az bicep version", says="Bicep CLI version 0.49.2\n")
    given = {"AZURE_ENV_NAME": "c1", "API_AUDIENCE": "a", "TOKEN": "t", "CERTIFY_FOLDER": str(tmp_path / "certify")}
    given |= {"RESOURCE_GROUP": "g", "FUNCTION_APP_NAME": "app", "API_BASE_URL": f"{server.url}/api"}
    summary = tmp_path / "summary.md"
    assert programs.run("certify.py", "versions", **given).returncode == 0
    known = record(tmp_path)["versions"]
    assert (known["app"], known["Functions host"], known["Azure CLI"]) == ("1.2.3", "4.1047.100.26071", "2.91.0")
    assert known["Microsoft Graph SDK"]
    programs.run("certify.py", "report", GITHUB_STEP_SUMMARY=str(summary), **given)
    assert "| Functions host | 4.1047.100.26071 |" in summary.read_text()

    (tmp_path / "other").mkdir()
    unknown = Programs(tmp_path / "other")
    unknown.answer("az", code=1)
    given["CERTIFY_FOLDER"] = str(tmp_path / "certify")
    assert unknown.run("certify.py", "versions", **given).returncode == 0
    assert record(tmp_path)["versions"]["Functions host"] is None
    assert "| Functions host | not known |" in unknown.run("certify.py", "report", **given).stdout


def test_without_a_command_it_explains_itself(tmp_path: Path) -> None:
    ran = certify(tmp_path)
    assert (ran.returncode, "certify.py wait" in ran.stderr) == (1, True)
