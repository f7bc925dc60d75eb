"""The console's files over HTTP, from the running app: exact headers, encodings, and paths that try to leave."""

import gzip
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from local.stack.local_stack import Stack
from tests.e2e.caller import Caller

FOLDER = Path("shared", "http", "console_files")
OF_THE_CONNECTION = {"connection", "content-length", "date", "server", "transfer-encoding"}
FOR_EVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True)
class Answer:
    """A response as it came: nothing is decoded."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def code(self) -> Any:
        """The code of an error in the API's form."""
        return json.loads(self.content)["error"]["code"]


class Browser:
    """Sends paths as they are, and no token."""

    def __init__(self, stack: Stack) -> None:
        self._address = urlsplit(stack.api)

    def get(self, path: str, *, method: str = "GET", **headers: str) -> Answer:
        connection = HTTPConnection(self._address.hostname or "", self._address.port, timeout=30)
        try:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, headers={"Accept-Encoding": ""} | named)
            response = connection.getresponse()
            received = {name.lower(): value for name, value in response.getheaders()}
            assert len(received) == len(response.getheaders()), "a header is there twice"
            return Answer(response.status, received, response.read())
        finally:
            connection.close()


@pytest.fixture(scope="module")
def browser(stack: Stack) -> Browser:
    return Browser(stack)


@pytest.fixture(scope="module")
def folder(app: Path) -> Path:
    """The files that the app under test was built with."""
    return app / FOLDER


@pytest.fixture(scope="module")
def files(folder: Path) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = json.loads((folder / "files.json").read_text("utf-8"))
    return listed


@pytest.fixture(scope="module")
def security(stack: Stack) -> dict[str, str]:
    """The headers that every response has."""
    return {
        "content-security-policy": (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
            f"connect-src 'self' {stack.identity}; frame-src 'none'; base-uri 'none'; form-action 'none'; "
            "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
        ),
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
    }


def of_the_app(answer: Answer) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name not in OF_THE_CONNECTION}


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("accepted", ["", "gzip", "gzip, deflate, br, zstd", "identity;q=0, *"])
def test_every_file_has_exactly_these_headers_and_bytes(
    browser: Browser, folder: Path, files: list[dict[str, Any]], security: dict[str, str], accepted: str, method: str
) -> None:
    wanted = {"": [], "gzip": ["gzip"]}.get(accepted, ["br", "gzip"])
    for file in files:
        encoding = next((each for each in wanted if each in file["encodings"]), "identity")
        answer = browser.get(f"/api/console/{file['path']}", method=method, accept_encoding=accepted)
        assert of_the_app(answer) == security | {
            "content-type": file["type"],
            "cache-control": "no-cache" if file["path"] == "index.html" else FOR_EVER,
            "etag": f'"{file["sha256"]}-{encoding}"',
            "vary": "Accept-Encoding",
            **({} if encoding == "identity" else {"content-encoding": encoding}),
        }
        stored = folder / f"{file['path']}{ {'br': '.br', 'gzip': '.gz'}.get(encoding, '') }"
        assert answer.status == 200
        assert answer.content == (b"" if method == "HEAD" else stored.read_bytes())


def test_what_is_listed_is_what_was_built(folder: Path, files: list[dict[str, Any]]) -> None:
    assert {"index.html"} < {file["path"] for file in files}
    for file in files:
        content = (folder / file["path"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == file["sha256"]
        if "gzip" in file["encodings"]:
            assert gzip.decompress((folder / f"{file['path']}.gz").read_bytes()) == content


@pytest.mark.parametrize(
    "path",
    [
        "/api/console",
        "/api/console/",
        "/api/console?status=NotStarted,Running&top=",
        "/api/console/exports/3938ca43-3d89-49a3-8801-44a063cb5e65",
        "/api/console/new/many#code=x",
        "/api/console/%3Cscript%3E",
        "/api/console/assets/%2e%2e/new",
    ],
)
def test_the_path_of_a_view_leads_to_the_page(browser: Browser, folder: Path, path: str) -> None:
    answer = browser.get(path.partition("#")[0])
    assert (answer.status, answer.content) == (200, (folder / "index.html").read_bytes())


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_what_the_browser_has_is_not_sent_again(browser: Browser, security: dict[str, str], method: str) -> None:
    first = browser.get("/api/console", accept_encoding="br")
    again = browser.get("/api/console", method=method, accept_encoding="br", if_none_match=first.headers["etag"])
    assert (again.status, again.content) == (304, b"")
    assert {**security, "etag": first.headers["etag"]}.items() <= again.headers.items()
    assert browser.get("/api/console", accept_encoding="gzip", if_none_match=first.headers["etag"]).status == 200


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_anybody_gets_what_is_needed_to_sign_in(
    browser: Browser, stack: Stack, security: dict[str, str], method: str
) -> None:
    answer = browser.get("/api/console/config.json", method=method)
    assert of_the_app(answer) == security | {"content-type": "application/json", "cache-control": "no-cache"}
    if method == "GET":
        config = json.loads(answer.content)
        assert set(config) == {"clientId", "authority", "scope"}
        assert config["authority"].startswith(f"{stack.identity}/")


@pytest.mark.parametrize(
    "path",
    [
        "/api/console/assets/",
        "/api/console/assets/main-0000000000000000.js",
        "/api/console/assets/..%2F..%2F..%2Fsettings.py",
        "/api/console/assets/..%5C..%5Cconsole_handlers.py",
        "/api/console/assets//etc/passwd",
        "/api/console/assets/%252e%252e%252fsettings.py",
        "/api/console/assets/..;/index.html",
        "/api/console/assets/%FF%0A",
    ],
)
def test_what_is_not_listed_is_not_found(browser: Browser, security: dict[str, str], path: str) -> None:
    answer = browser.get(path)
    assert (answer.status, answer.code) == (404, "ConsoleNotFound")
    assert security.items() <= answer.headers.items()
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "path",
    [
        "/api/console/../me",
        "/api/console/%2e%2e/me",
        "/api/console/assets/%2E%2E/../me",
        "/api/console/..%2Fme/../../me",
        "/api/consoles",
    ],
)
def test_no_way_through_the_console_leads_to_the_api_without_a_token(browser: Browser, path: str) -> None:
    forged = {"x_ms_client_principal": "eyJjbGFpbXMiOltdfQ==", "x_ms_client_principal_id": "me"}
    assert browser.get(path, **forged).status == 401
    assert browser.get("/api/me", **forged).status == 401


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_the_console_is_there_to_be_read(browser: Browser, method: str) -> None:
    assert browser.get("/api/console", method=method).status == 404


def test_a_caller_is_told_who_it_is(caller: Caller) -> None:
    object_id = "5f9d8f3e-2c1b-4a0e-8d7c-6b5a4f3e2d1c"
    reader = caller.with_roles("Exports.Download", "Exports.Read", object_id=object_id)
    me = reader.call("GET", "me").json()
    assert (me["id"], me["roles"]) == (object_id, ["Exports.Read", "Exports.Download"])
    assert caller.with_roles().call("GET", "me").json()["roles"] == []
