"""The stack: what it announces, what it gives the app, and that its host is restarted when it dies."""

import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from azure.core.credentials import AzureNamedKeyCredential
from azure.data.tables import TableServiceClient

from local.stack.child_processes import StartError
from local.stack.local_stack import Stack
from local.stack.startup_message import startup_message
from local.stack.state_folder_lock import LockedError
from tests.local.waiting import eventually, runs
from tests.loopback import NO_TLS

APP = Path(__file__).parent / "stack_app"
ENVIRONMENT = {"PATH": os.environ["PATH"]}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(tmp_path_factory.mktemp("a stack"), ENVIRONMENT, app=APP) as running:
        yield running


def announced(stack: Stack) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((stack.state / "stack.json").read_text("utf-8"))
    return content


def get(url: str, headers: Any = None) -> httpx.Response:
    return httpx.get(url, headers=headers, trust_env=False, verify=NO_TLS)


def answers(url: str) -> bool:
    try:
        return get(url).is_success
    except httpx.TransportError:
        return False


def setting(stack: Stack, name: str) -> str:
    return get(f"{stack.api}/settings/{name}", stack.credentials).text


def test_it_announces_where_everything_is(stack: Stack) -> None:
    announcement = announced(stack)

    pids = announcement.pop("pids")
    assert sorted(pids) == ["azurite", "graph", "host", "identity", "monitor", "resource_manager"]
    assert all(runs(pid) for pid in pids.values())
    assert announcement == {
        "api": stack.api,
        "console": f"{stack.api}/console",
        "token": stack.token,
        "graph": stack.graph,
        "resourceManager": stack.resource_manager,
        "monitor": stack.monitor,
        "blobEndpoint": stack.azurite.blob_endpoint,
        "tableEndpoint": stack.azurite.table_endpoint,
        "caBundle": str(stack.azurite.ca_bundle),
    }
    assert get(f"{announcement['api']}/health").status_code == 200
    assert get(f"{announcement['graph']}/v1.0/users").status_code == 401
    trust = announcement["caBundle"]
    credential = AzureNamedKeyCredential("records", stack.azurite.records_key)
    with TableServiceClient(announcement["tableEndpoint"], credential=credential, connection_verify=trust) as tables:
        assert list(tables.list_tables()) == []


def test_its_secrets_are_for_its_owner_only(stack: Stack) -> None:
    assert (stack.state / "stack.json").stat().st_mode & 0o777 == 0o600


def test_its_token_opens_the_app(stack: Stack) -> None:
    assert get(f"{stack.api}/settings/AUTH_MODE", {"Authorization": f"Bearer {stack.token}"}).text == "entra"
    assert get(f"{stack.api}/settings/AUTH_MODE").status_code == 401


def test_the_app_trusts_azurite_and_has_an_identity(stack: Stack) -> None:
    assert setting(stack, "SSL_CERT_FILE") == setting(stack, "REQUESTS_CA_BUNDLE") == str(stack.azurite.ca_bundle)
    endpoint, secret = setting(stack, "IDENTITY_ENDPOINT"), setting(stack, "IDENTITY_HEADER")
    query = "?api-version=2019-08-01&resource=https://storage.azure.com"
    assert get(endpoint + query, {"X-IDENTITY-HEADER": secret}).is_success


def kill_host_and_await_the_next(stack: Stack) -> None:
    before = announced(stack)["pids"]["host"]
    stack.kill_host()
    assert eventually(lambda: announced(stack)["pids"]["host"] != before)
    assert eventually(lambda: answers(f"{stack.api}/health"))
    assert not runs(before)


def test_a_killed_host_is_replaced_on_the_same_port_again_and_again(stack: Stack) -> None:
    for _ in range(2):
        kill_host_and_await_the_next(stack)
        assert announced(stack)["pids"]["host"] == stack.host_pid


def test_a_second_run_with_the_same_state_is_refused(stack: Stack) -> None:
    with pytest.raises(LockedError, match=stack.api), Stack(stack.state, ENVIRONMENT, app=APP):
        pass

    assert answers(f"{stack.api}/health")
    assert announced(stack)["api"] == stack.api


def test_the_callers_graph_replaces_the_stacks(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        theirs = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with Stack(tmp_path / "state", {**ENVIRONMENT, "GRAPH_ENDPOINT": theirs}, app=APP) as stack:
            assert announced(stack)["graph"] == theirs
            assert "graph" not in announced(stack)["pids"]
            assert setting(stack, "GRAPH_ENDPOINT") == theirs


def test_function_keys_open_the_app_where_they_are_asked_for(tmp_path: Path) -> None:
    with Stack(tmp_path / "state", {**ENVIRONMENT, "AUTH_MODE": "functionKey"}, app=APP) as stack:
        assert list(stack.credentials) == ["x-functions-key"]
        assert get(f"{stack.api}/keyed", stack.credentials).status_code == 200
        assert get(f"{stack.api}/keyed").status_code == 401
        assert announced(stack)["token"] == stack.token
        assert announced(stack)["console"] == setting(stack, "CONSOLE_CLIENT_ID") == ""
        message = startup_message(stack, stack.state / "stack.json")
        assert "Console" not in message
        assert f"x-functions-key: {stack.function_key}" in message


def test_a_restart_keeps_addresses_and_stops_cleanly(tmp_path: Path) -> None:
    addresses = []
    for _ in range(2):
        with Stack(tmp_path / "state", ENVIRONMENT, app=APP) as stack:
            pids = announced(stack)["pids"].values()
            addresses.append((stack.api, stack.graph, stack.azurite.blob_endpoint))
        assert not any(runs(pid) for pid in pids)
        assert not (stack.state / "stack.json").exists()

    assert addresses[0] == addresses[1]


def test_an_app_that_cannot_start_is_reported_and_nothing_stays(tmp_path: Path) -> None:
    broken = tmp_path / "app"
    broken.mkdir()
    (broken / "host.json").write_text('{"version": "2.0"}', "utf-8")
    (broken / "function_app.py").write_text("raise RuntimeError('the reason')", "utf-8")
    stack = Stack(tmp_path / "state", ENVIRONMENT, app=broken)

    with pytest.raises(StartError, match=r"host runs, but has not loaded the app(?s:.*)the reason"):
        stack.start()

    assert list((tmp_path / "state" / "children").iterdir()) == []
    assert not (tmp_path / "state" / "stack.json").exists()
