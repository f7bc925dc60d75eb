"""The command lines of hosts."""

import sys
from pathlib import Path

import pytest

from local.stack.child_processes import StartError
from local.stack.host_command import given_host, local_host

APP, STATE = Path("/an app"), Path("/the state")


def test_the_local_host_asks_for_tokens_where_somebody_issues_them(tmp_path: Path) -> None:
    options = ("-m", "local.host", "--app", tmp_path, "--port", "7", "--state", tmp_path)
    assert local_host(tmp_path, 7, tmp_path, "").command == (sys.executable, *options)
    assert local_host(tmp_path, 7, tmp_path, "http://i").command == (sys.executable, *options, "--identity", "http://i")


def test_a_given_host_starts_in_the_folder_of_the_app() -> None:
    host = given_host("env 'A=b c' func start --port {port} --json '{x}'", APP, 7, STATE, "/bin")
    assert host.command == ("env", "A=b c", "func", "start", "--port", "7", "--json", "{x}")
    assert host.folder == APP


def test_its_state_may_be_kept_with_the_stacks() -> None:
    command = given_host("host --urls=http://127.0.0.1:{port} --state {state}", APP, 7, STATE, "").command
    assert command == ("host", "--urls=http://127.0.0.1:7", "--state", "/the state")


def test_its_worker_is_the_python_of_this_environment() -> None:
    environment = given_host("func start --port {port}", APP, 7, STATE, "/usr/bin:/bin").environment
    assert environment["PATH"] == f"{sys.prefix}/bin:/usr/bin:/bin"
    assert environment["VIRTUAL_ENV"] == sys.prefix
    assert environment["FUNCTIONS_WORKER_RUNTIME"] == "python"
    assert given_host("func start --port {port}", APP, 7, STATE, "").environment["PATH"] == f"{sys.prefix}/bin"


@pytest.mark.parametrize(
    ("given", "says"),
    [("func start", "must say where the port goes"), ("func 'start --port {port}", "is no command line")],
)
def test_what_cannot_be_run_is_refused(given: str, says: str) -> None:
    with pytest.raises(StartError, match=says):
        given_host(given, APP, 7, STATE, "")
