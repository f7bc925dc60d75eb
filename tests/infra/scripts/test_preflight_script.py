"""infra/scripts/preflight.py, where the app is starting, refuses, redirects or is away. The real app: tests/e2e."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from local.stack.loopback_ports import ports_for
from tests.infra.stand_ins import SCRIPTS, Programs

PASSED = {"status": "Passed", "checks": [{"name": "identity", "status": "Passed", "message": "It has one."}]}
FAILED = {
    "status": "Failed",
    "checks": [
        {"name": "graphRoles", "status": "Warning", "message": "50 % of\nthem."},
        {"name": "grant", "status": "Failed", "message": "It is refused."},
    ],
}


class App:
    """A server that gives answers in turn, the last for ever, and keeps what it was sent."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, object, dict[str, str]]] = []
        self.credentials: list[tuple[str, str, str | None, str | None]] = []
        app = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                headers = self.headers
                app.credentials.append((self.command, self.path, headers["Authorization"], headers["x-functions-key"]))
                status, body, more = app.answers.pop(0) if len(app.answers) > 1 else app.answers[0]
                content = json.dumps(body).encode() if body is not None else b"<html>"
                self.send_response(status)
                for name, value in more.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST  # noqa: N815 - the name is the server's

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.api = f"http://127.0.0.1:{self.server.server_port}/api"

    def answer(self, status: int, body: object = None, **headers: str) -> None:
        self.answers.append((status, body, {name.replace("_", "-"): value for name, value in headers.items()}))


@pytest.fixture
def app() -> Iterator[App]:
    app = App()
    with app.server as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        yield app
        server.shutdown()


def preflight(api: str, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own script
        [sys.executable, "-W", "error", str(SCRIPTS / "preflight.py"), api, *options],
        env={"PATH": os.environ["PATH"], "TOKEN": "a-token"} | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_failed_check_fails_the_run_and_is_annotated(app: App) -> None:
    app.answer(200, FAILED)
    ran = preflight(app.api)
    assert ran.returncode == 1
    assert "Failed   grant       It is refused." in ran.stdout
    assert "::" not in ran.stdout
    on_github = preflight(app.api, GITHUB_ACTIONS="true").stdout.splitlines()
    assert "::warning title=Preflight::graphRoles: 50 %25 of%0Athem." in on_github
    assert "::error title=Preflight::grant: It is refused." in on_github
    on_azure = preflight(app.api, TF_BUILD="True").stdout.splitlines()
    assert "##vso[task.logissue type=error]grant: It is refused." in on_azure


def test_a_warning_does_not_fail_the_run(app: App) -> None:
    app.answer(200, {"status": "Passed", "checks": FAILED["checks"][:1]})
    assert preflight(app.api).returncode == 0


def test_it_waits_while_the_app_is_starting(app: App) -> None:
    for status in (404, 502, 503):
        app.answer(status, Retry_After="0")
    app.answer(200, PASSED)
    ran = preflight(app.api)
    assert ran.returncode == 0, ran.stderr
    assert app.credentials == [("POST", "/api/preflight", "Bearer a-token", None)] * 4
    assert ran.stderr.count("Not yet") == 3


@pytest.mark.parametrize(
    ("status", "says"),
    [
        (404, "the app's code could not be loaded, or the base URL of the API is wrong"),
        (503, "it can't read host.json, or can't reach its own storage account"),
    ],
)
def test_an_app_that_never_starts_is_reported_with_what_to_do(app: App, status: int, says: str) -> None:
    app.answer(status)
    ran = preflight(app.api, "--wait", "0", GITHUB_ACTIONS="true")
    assert ran.returncode == 1
    assert f"There is no report after 0 seconds: the app answered {status}. The Functions host" in ran.stderr
    assert says in ran.stderr
    assert says in ran.stdout, "the pipeline shows it"
    assert "'The app does not start' in docs/operations.md" in ran.stderr


def test_the_reason_that_the_app_gives_is_shown(app: App) -> None:
    app.answer(503, {"error": {"code": "ServiceUnavailable", "message": "The records can't be reached."}})
    assert preflight(app.api, "--wait", "0").stderr.endswith("the app answered 503. The records can't be reached.\n")


def test_other_answers_give_no_advice(app: App) -> None:
    app.answer(502)
    assert preflight(app.api, "--wait", "0").stderr.endswith(
        "There is no report after 0 seconds: the app answered 502.\n"
    )


def test_an_html_page_is_not_a_report(app: App) -> None:
    app.answer(200)
    ran = preflight(app.api, "--wait", "0")
    assert (ran.returncode, "not JSON" in ran.stderr) == (1, True)


def test_it_gives_up_where_nobody_answers(tmp_path: Path) -> None:
    port = ports_for(["nobody"], tmp_path / "ports.json")["nobody"]
    ran = preflight(f"http://127.0.0.1:{port}/api", "--wait", "0", GITHUB_ACTIONS="true")
    assert ran.returncode == 1
    assert "no report after 0 seconds" in ran.stderr
    assert ran.stdout.startswith("::error title=Preflight::")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"error": {"code": "Forbidden", "message": "It takes the app role Exports.Operate."}}, "Exports.Operate"),
        (None, "Is the token for this app"),
        ({"error": {"code": "Unauthorized", "message": "App Service authentication is off."}}, "WEBSITE_AUTH_ENABLED"),
    ],
)
def test_a_refusal_is_final_and_says_why(app: App, body: object, said: str) -> None:
    app.answer(403, body)
    ran = preflight(app.api)
    assert ran.returncode == 1
    assert said in ran.stderr
    assert len(app.credentials) == 1


def test_a_refusal_by_the_network_names_the_address_and_not_the_token(app: App) -> None:
    app.answer(403, x_ms_forbidden_ip="192.0.2.7:1234")
    ran = preflight(app.api)
    assert ran.returncode == 1
    assert "(ALLOWED_NETWORKS) refuse the address 192.0.2.7:1234." in ran.stderr
    assert "PREFLIGHT=skip" in ran.stderr
    assert "token" not in ran.stderr


def test_a_redirect_is_not_followed(app: App) -> None:
    app.answer(302, Location=f"{app.api}/elsewhere")
    app.answer(200, PASSED)
    assert preflight(app.api).returncode == 1
    assert len(app.credentials) == 1


def test_the_token_is_not_sent_over_plain_http() -> None:
    ran = preflight("http://app.azurewebsites.net/api", "--wait", "0")
    assert (ran.returncode, "https://" in ran.stderr) == (1, True)


def test_a_token_of_the_azure_cli_is_taken(app: App, tmp_path: Path) -> None:
    app.answer(200, PASSED)
    programs = Programs(tmp_path)
    programs.answer("az account get-access-token --resource api://tenant/pde-dev ", says="from-the-cli\n")
    ran = programs.run("preflight.py", app.api, "--audience", "api://tenant/pde-dev")
    assert ran.returncode == 0, ran.stderr
    assert app.credentials[0][2] == "Bearer from-the-cli"
    assert "from-the-cli" not in ran.stdout + ran.stderr


def test_a_key_is_taken(app: App) -> None:
    app.answer(200, PASSED)
    assert preflight(app.api, FUNCTION_KEY="a-key").returncode == 0
    assert app.credentials[0][2:] == (None, "a-key")
