"""Every client of the app goes through the proxy that its environment names, and past it where NO_PROXY says so.

The app's own services, as a process makes them, work on the stack through a proxy that notes what it is asked for.
"""

import json
import os
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest

from local.checkout import ROOT
from local.graph.tenant_directory import SEEDED_USERS
from local.stack.local_stack import Stack
from local.stack.self_signed_certificate import certificate_in
from tests.e2e.receiver import SIGNING_SECRET
from tests.logging_proxy import LoggingProxy

USER = SEEDED_USERS[0]
CALL_EVERYBODY = """
import asyncio, json, sys
from dataclasses import replace
from datetime import UTC, datetime

from shared.bootstrap import services
from shared.exports.transitions.callback_deliveries import announce_end
from shared.protocols import CallbackReceiver
from shared.use_cases.run_preflight import run_preflight
from tests.exports.samples import NOW, succeeded

async def call(name, url):
    made, receiver = services(), CallbackReceiver(url)
    ended = announce_end(replace(succeeded(), has_callback=True), [], NOW)
    return {
        "preflight": {check.name: check.verdict for check in await run_preflight(made)},
        "user": await made.graph.resolve_user(name),
        "callback": type(await made.callbacks.send(ended, ended.deliveries[0], receiver, datetime.now(UTC))).__name__,
    }

print(json.dumps(asyncio.run(call(*sys.argv[1:]))))
"""
SIGN_IN = """
import asyncio
from shared.bootstrap import services

print(asyncio.run(services().graph.token_roles()))
"""
EXPORT_A_SPAN = """
from azure.monitor.opentelemetry.exporter import AzureMonitorTraceExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(AzureMonitorTraceExporter(disable_offline_storage=True, retry_total=0)))
with provider.get_tracer("app").start_as_current_span("step"):
    pass
provider.shutdown()
"""


@pytest.fixture(scope="module")
def receiver(stack: Stack) -> Iterator[str]:
    """The URL of a receiver of callbacks over HTTPS, with the stack's certificate."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    certificate = certificate_in(stack.azurite.ca_bundle.parent)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate.path, certificate.key_path)
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield f"https://localhost:{server.server_port}/hook?sig=secret"
        server.shutdown()


def run(script: str, *arguments: str, **environment: str) -> str:
    """The output of a fresh process of the app."""
    ran = subprocess.run(  # noqa: S603 - of our own
        [sys.executable, "-c", script, *arguments],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def call_everybody(stack: Stack, receiver: str, **proxies: str) -> None:
    """Graph, Resource Manager, both accounts, the identity and a receiver are called, and all answer."""
    callbacks = {"CALLBACK_ALLOWED_HOSTS": "localhost", "CALLBACK_SIGNING_SECRET": SIGNING_SECRET}
    environment = {**stack.app_environment, **callbacks, **proxies}
    found = json.loads(run(CALL_EVERYBODY, USER.user_principal_name, receiver, **environment))
    assert set(found.pop("preflight").values()) == {"Passed"}
    assert found == {"user": USER.id, "callback": "Delivered"}


@pytest.mark.parametrize("upper", [True, False], ids=["upper case", "lower case"])
def test_all_clients_go_through_the_proxy(stack: Stack, receiver: str, *, upper: bool) -> None:
    """The addresses that they are given exist for the proxy alone."""
    azurite = stack.azurite
    given = {
        "EXPORT_BLOB_ENDPOINT": (azurite.blob_endpoint, 1),
        "OUTCOME_TABLE_ENDPOINT": (azurite.table_endpoint, 2),
        "GRAPH_ENDPOINT": (stack.graph, 3),
        "receiver": (receiver, 4),
        "RESOURCE_MANAGER_ENDPOINT": (stack.app_environment["RESOURCE_MANAGER_ENDPOINT"], 5),
    }
    moved = {name: url.replace(f":{urlsplit(url).port}", f":{port}", 1) for name, (url, port) in given.items()}
    hosts = {urlsplit(moved[name]).netloc: int(urlsplit(url).port or 0) for name, (url, _) in given.items()}
    with LoggingProxy("svc:p@ss", hosts) as proxy, LoggingProxy(hosts=hosts) as plain:
        proxies = {
            "HTTPS_PROXY": f"http://svc:p%40ss@127.0.0.1:{proxy.port}",
            "HTTP_PROXY": plain.url,  # for the stand-ins of Graph and Resource Manager, which have no TLS
            "NO_PROXY": "contoso.com",
        }
        names = proxies if upper else {name.lower(): value for name, value in proxies.items()}
        call_everybody(stack, moved.pop("receiver"), **moved, **names)
    assert set(proxy.asked) == {"CONNECT 127.0.0.1:1", "CONNECT 127.0.0.1:2", "CONNECT localhost:4"}
    assert set(plain.asked) == {"GET 127.0.0.1:3", "GET 127.0.0.1:5"}, (
        "and not the identity, whose address is this machine's own"
    )


@pytest.mark.parametrize(("no_proxy", "asked"), [("127.0.0.1", ["CONNECT"]), ("localhost, 127.0.0.1", []), ("*", [])])
def test_what_is_excepted_goes_past_the_proxy(stack: Stack, receiver: str, no_proxy: str, asked: list[str]) -> None:
    with LoggingProxy() as proxy:
        proxies = {"HTTPS_PROXY": proxy.url, "HTTP_PROXY": proxy.url, "NO_PROXY": no_proxy}
        call_everybody(stack, receiver, **proxies)
    assert proxy.asked == [f"{method} {urlsplit(receiver).netloc}" for method in asked]


def test_the_sign_in_of_a_developer_goes_through_the_proxy() -> None:
    with LoggingProxy("svc:another") as proxy:
        answer = run(
            SIGN_IN,
            EXPORT_BLOB_ENDPOINT="https://exports.blob.core.windows.net",
            OUTCOME_TABLE_ENDPOINT="https://records.table.core.windows.net",
            AZURE_TENANT_ID="11111111-1111-4111-8111-111111111111",
            AZURE_CLIENT_ID="22222222-2222-4222-8222-222222222222",
            AZURE_CLIENT_SECRET="made up",  # noqa: S106 - it is
            HTTPS_PROXY=f"http://svc:p%40ss@127.0.0.1:{proxy.port}",
        )
    assert set(proxy.asked) == {"CONNECT login.microsoftonline.com:443"}
    assert "No token for Graph" in answer
    assert "p%40ss" not in answer


@pytest.mark.parametrize(("no_proxy", "asked"), [("", {"CONNECT ingest.invalid:443"}), (".invalid", set())])
def test_the_telemetry_that_the_platform_sets_up_goes_by_the_same_variables(no_proxy: str, asked: set[str]) -> None:
    key = "InstrumentationKey=33333333-3333-4333-8333-333333333333"
    with LoggingProxy("svc:another") as proxy:
        run(
            EXPORT_A_SPAN,
            APPLICATIONINSIGHTS_CONNECTION_STRING=f"{key};IngestionEndpoint=https://ingest.invalid/",
            APPLICATIONINSIGHTS_STATSBEAT_DISABLED_ALL="true",
            HTTPS_PROXY=proxy.url,
            NO_PROXY=no_proxy,
        )
    assert set(proxy.asked) == asked
