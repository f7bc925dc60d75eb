"""A stack on a host that it is given: the local host, started by a command, without its own authentication."""

import json
import os
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from azure.data.tables import TableServiceClient
from azure.storage.blob import BlobServiceClient

from local.checkout import ROOT
from local.stack.child_processes import StartError
from local.stack.local_stack import Stack
from tests.local.waiting import eventually, runs
from tests.loopback import NO_TLS

APP = Path(__file__).parent / "stack_app"
ENVIRONMENT = {"PATH": os.environ["PATH"]}
COMMAND = f"env PYTHONPATH={shlex.quote(str(ROOT))} python -m local.host --app . --port {{port}} --state {{state}}"
HOST_WITH_WORKER = f"""sh -c 'sleep 600 & echo worker $! && exec "$@"' sh {COMMAND}"""
"""As Microsoft's host: it starts a worker, which outlives it."""
UNLOADED = """
import http.server, sys

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(404)
        self.end_headers()

print("the reason", flush=True)
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(tmp_path_factory.mktemp("a stack"), ENVIRONMENT, app=APP, host=HOST_WITH_WORKER) as running:
        yield running
        workers = workers_of(running)
    assert not any(runs(worker) for worker in workers)


def get(url: str, headers: Any = None) -> httpx.Response:
    return httpx.get(url, headers=headers, trust_env=False, verify=NO_TLS)


def setting(stack: Stack, name: str) -> str:
    return get(f"{stack.api}/settings/{name}", stack.credentials).text


def workers_of(stack: Stack) -> list[int]:
    lines = (stack.logs / "host.log").read_text("utf-8").splitlines()
    return [int(line.split()[1]) for line in lines if line.startswith("worker ")]


def pids(stack: Stack) -> dict[str, int]:
    announced: dict[str, int] = json.loads((stack.state / "stack.json").read_text("utf-8"))["pids"]
    return announced


def test_its_parts_are_announced(stack: Stack) -> None:
    assert {"app_service", "host", "host_storage"} < set(pids(stack))
    assert all(runs(pid) for pid in pids(stack).values())


def test_the_proxy_in_front_asks_for_a_token(stack: Stack) -> None:
    assert setting(stack, "AUTH_MODE") == "entra"
    refused = get(f"{stack.api}/settings/AUTH_MODE")
    assert (refused.status_code, refused.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert get(f"{stack.api}/health").status_code == 200


def test_the_host_has_a_storage_of_its_own_over_http(stack: Stack) -> None:
    storage = setting(stack, "AzureWebJobsStorage")
    assert "https:" not in storage
    assert "QueueEndpoint=http://127.0.0.1:" in storage
    with BlobServiceClient.from_connection_string(storage) as blobs, blobs.create_container("leases") as container:
        assert list(container.list_blobs()) == []
    with TableServiceClient.from_connection_string(storage) as tables, tables.create_table("Hub") as table:
        assert list(table.list_entities()) == []


def test_the_app_trusts_our_certificate_and_those_of_the_machine(stack: Stack) -> None:
    bundle = setting(stack, "SSL_CERT_FILE")
    assert setting(stack, "REQUESTS_CA_BUNDLE") == bundle
    assert stack.azurite.ca_bundle.read_text("utf-8") in Path(bundle).read_text("utf-8")


def test_its_keys_are_those_that_it_keeps_with_the_stacks_state(stack: Stack) -> None:
    hub = f"{stack.api.removesuffix('/api')}/runtime/webhooks/durabletask/instances/x?code={stack.durable_key}"
    assert get(hub).status_code == 404
    assert get(f"{stack.api}/keyed", {**stack.credentials, "x-functions-key": stack.function_key}).is_success


def test_a_killed_host_dies_with_its_worker_and_another_takes_its_place(stack: Stack) -> None:
    before, (worker,) = pids(stack), workers_of(stack)
    stack.kill_host()
    assert not runs(worker)
    assert eventually(lambda: pids(stack)["host"] != before["host"])
    assert eventually(lambda: get(f"{stack.api}/health").status_code == 200)
    assert pids(stack) == before | {"host": stack.host_pid}, "all else goes on"


def test_with_function_keys_nothing_stands_in_front(tmp_path: Path) -> None:
    environment = {**ENVIRONMENT, "AUTH_MODE": "functionKey"}
    with Stack(tmp_path / "state", environment, app=APP, host=COMMAND) as stack:
        assert "app_service" not in pids(stack)
        assert stack.credentials == {"x-functions-key": stack.function_key}
        assert get(f"{stack.api}/keyed", stack.credentials).status_code == 200
        assert get(f"{stack.api}/keyed").status_code == 401


def test_a_host_that_has_not_loaded_the_app_is_reported_with_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("local.stack.host_supervisor.UNLOADED_SECONDS", 0.3)
    host = f"python -c {shlex.quote(UNLOADED)} {{port}}"
    with pytest.raises(StartError, match=r"has not loaded the app: GET \S+/api/health answers 404(?s:.*)the reason"):
        Stack(tmp_path / "state", ENVIRONMENT, app=APP, host=host).start()
    assert list((tmp_path / "state" / "children").iterdir()) == []


def test_a_host_that_does_not_exist_is_reported(tmp_path: Path) -> None:
    with pytest.raises(StartError, match="host can't be started: no-such-host: No such file"):
        Stack(tmp_path / "state", ENVIRONMENT, app=APP, host="no-such-host {port}").start()
