"""App Service authentication of the local host, and as a proxy in front of a host, with keys of our own."""

import base64
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from local.app_service.platform_authentication import is_excluded
from local.identity.token_claims import API_CLIENT_ID
from tests.local.host.sample_app_host import SampleAppHost
from tests.local.stand_in_process import stand_in
from tests.loopback import NO_TLS

TENANT = "11111111-1111-4111-8111-111111111111"
CALLER = "22222222-2222-4222-8222-222222222222"


class Identity:
    """An identity provider: publishes keys, signs tokens, counts who asks."""

    def __init__(self) -> None:
        self.keys = {"first": rsa.generate_private_key(public_exponent=65537, key_size=2048)}
        self.asked = 0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked += 1
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(json.dumps(outer.published()).encode())

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def published(self) -> dict[str, Any]:
        return {
            "keys": [
                jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True) | {"kid": name, "use": "sig"}
                for name, key in self.keys.items()
            ]
        }

    def token(self, key: str = "first", **changes: Any) -> str:
        now = int(time.time())
        claims = {
            "aud": "api://personal-data-export",
            "iss": f"https://sts.windows.net/{TENANT}/",
            "tid": TENANT,
            "oid": CALLER,
            "preferred_username": "robin@contoso.example",
            "roles": ["Exports.Read", "Exports.Submit"],
            "nbf": now - 10,
            "exp": now + 600,
        } | changes
        present = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(present, self.keys[key], algorithm="RS256", headers={"kid": key})


@pytest.fixture(scope="module")
def identity() -> Iterator[Identity]:
    provider = Identity()
    thread = threading.Thread(target=provider.server.serve_forever)
    thread.start()
    yield provider
    provider.server.shutdown()
    thread.join()
    provider.server.server_close()


@dataclass(frozen=True)
class Guarded:
    """A host that nobody gets at without a token: `client` is a caller's, and `log` what was written about it."""

    host: SampleAppHost
    client: httpx.Client
    log: Callable[[], str]


@pytest.fixture(scope="module", params=["by itself", "by a proxy"])
def guarded(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, identity: Identity
) -> Iterator[Guarded]:
    folder = tmp_path_factory.mktemp("guarded")
    host = SampleAppHost(folder)
    if request.param == "by itself":
        host.start("--identity", identity.url)
        yield Guarded(host, host.client, host.log)
    else:
        host.start()
        log = folder / "proxy.log"
        with (
            stand_in("local.app_service", "--identity", identity.url, "--host", host.url, log=log) as proxy,
            httpx.Client(base_url=proxy.url, trust_env=False, timeout=20, verify=NO_TLS) as client,
        ):
            yield Guarded(host, client, partial(Path.read_text, log))
    host.process.terminate()
    host.release()


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_the_app_learns_who_calls(guarded: Guarded, identity: Identity) -> None:
    seen = guarded.client.get("/api/echo/me", headers=bearer(identity.token())).json()["headers"]
    assert seen["x-ms-client-principal-id"] == CALLER
    assert seen["x-ms-client-principal-name"] == "robin@contoso.example"
    assert seen["x-ms-client-principal-idp"] == "aad"
    principal = json.loads(base64.b64decode(seen["x-ms-client-principal"]))
    assert principal["auth_typ"] == "aad"
    claims = [(claim["typ"], claim["val"]) for claim in principal["claims"]]
    assert ("http://schemas.microsoft.com/identity/claims/objectidentifier", CALLER) in claims
    assert ("http://schemas.microsoft.com/identity/claims/tenantid", TENANT) in claims
    assert [value for name, value in claims if name == "roles"] == ["Exports.Read", "Exports.Submit"]


def test_a_forged_principal_is_removed(guarded: Guarded, identity: Identity) -> None:
    forged = {
        "X-MS-CLIENT-PRINCIPAL": "forged",
        "X-Ms-Client-Principal-Id": "forged",
        "X-MS-CLIENT-PRINCIPAL-NAME": "forged",
        "X-MS-TOKEN-AAD-ACCESS-TOKEN": "forged",
    }
    seen = guarded.client.get("/api/echo/me", headers=forged | bearer(identity.token())).json()["headers"]
    assert "forged" not in json.dumps(seen)
    assert guarded.client.get("/api/health", headers=forged).json() == {"principal": None}
    assert guarded.client.get("/api/echo/me", headers=forged).status_code == 401


def test_without_a_token_a_caller_is_refused(guarded: Guarded) -> None:
    response = guarded.client.get("/api/echo/me")
    assert (response.status_code, response.content) == (401, b"")
    assert response.headers["www-authenticate"] == "Bearer"


def test_a_token_of_version_2_is_taken_too(guarded: Guarded, identity: Identity) -> None:
    token = identity.token(aud=API_CLIENT_ID, iss=f"https://login.microsoftonline.com/{TENANT}/v2.0", ver="2.0")
    assert guarded.client.get("/api/echo/me", headers=bearer(token)).status_code == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "api://something-else"},
        {"iss": "https://sts.windows.net/another/"},
        {"iss": "https://login.microsoftonline.com/another/v2.0"},
        {"iss": f"http://login.microsoftonline.com/{TENANT}/v2.0"},
        {"tid": "another"},
        {"exp": 1},
        {"nbf": 4_000_000_000},
        {"exp": None},
        {"oid": None},
    ],
)
def test_a_token_that_is_not_for_us_is_refused(guarded: Guarded, identity: Identity, changes: dict[str, Any]) -> None:
    token = identity.token(**changes)
    assert guarded.client.get("/api/echo/me", headers=bearer(token)).status_code == 401
    assert token not in guarded.log()


@pytest.mark.parametrize("make", ["foreign key", "no signature", "shared secret", "garbage"])
def test_a_token_that_is_not_signed_by_the_provider_is_refused(guarded: Guarded, identity: Identity, make: str) -> None:
    claims = jwt.decode(identity.token(), options={"verify_signature": False})
    header = {"kid": "first"}
    tokens = {
        "foreign key": jwt.encode(claims, rsa.generate_private_key(65537, 2048), algorithm="RS256", headers=header),
        "no signature": jwt.encode(claims, "", algorithm="none", headers=header),
        "shared secret": jwt.encode(claims, "x" * 32, algorithm="HS256", headers=header),
        "garbage": "a.b.c",
    }
    assert guarded.client.get("/api/echo/me", headers=bearer(tokens[make])).status_code == 401


def test_a_new_key_is_fetched_when_it_is_first_seen(guarded: Guarded, identity: Identity) -> None:
    guarded.client.get("/api/echo/me", headers=bearer(identity.token()))
    asked = identity.asked
    assert guarded.client.get("/api/echo/me", headers=bearer(identity.token())).status_code == 200
    assert identity.asked == asked
    new = f"key {len(identity.keys)}"
    identity.keys[new] = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    assert guarded.client.get("/api/echo/me", headers=bearer(identity.token(new))).status_code == 200
    assert identity.asked == asked + 1


def test_excluded_paths_need_no_token_but_know_who_has_one(guarded: Guarded, identity: Identity) -> None:
    assert guarded.client.get("/api/health").json() == {"principal": None}
    assert guarded.client.get("/api/health", headers=bearer("bad")).json() == {"principal": None}
    assert guarded.client.get("/api/health", headers=bearer(identity.token())).json() == {"principal": CALLER}
    assert guarded.client.get("/api/healthy").status_code == 401


@pytest.mark.parametrize(
    ("path", "excluded"),
    [
        ("/api/health", True),
        ("/api/health/x", False),
        ("/api/console", True),
        ("/api/console/", True),
        ("/api/console/assets/main.js", True),
        ("/api/consoles", False),
        ("/api/console/../exports", False),
        ("/api/console*", False),
        ("/runtime/webhooks/durabletask/instances/x", True),
        ("/api/exports", False),
    ],
)
def test_a_pattern_stands_for_what_is_below(path: str, *, excluded: bool) -> None:
    assert is_excluded(path) is excluded


def test_a_path_that_leaves_an_excluded_one_needs_a_token(guarded: Guarded, identity: Identity) -> None:
    path = "/api/health/%2e%2e/echo/me"
    assert guarded.client.get(path).status_code == 401
    assert guarded.client.get(path, headers=bearer(identity.token())).status_code == 200


def test_durable_works_behind_it(guarded: Guarded, identity: Identity) -> None:
    started = guarded.client.post("/api/start/chain/guarded", headers=bearer(identity.token())).json()
    assert started["statusQueryGetUri"].startswith(str(guarded.client.base_url).rstrip("/"))
    assert guarded.host.ended(started["id"])["runtimeStatus"] == "Completed"
    assert guarded.client.get(started["statusQueryGetUri"]).status_code == 200
    assert guarded.client.get(started["statusQueryGetUri"].split("?")[0]).status_code == 401
