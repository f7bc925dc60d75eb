"""The console over HTTP: what is served, with which headers, and that nothing else is."""

import gzip
import json
from pathlib import Path
from uuid import UUID

import azure.functions as func
import pytest

from shared.http.console_handlers import get_console
from shared.settings import read_settings
from tests.console_folder import BROTLI, FILES, PAGE, SCRIPT, SCRIPT_PATH, TEXTS, TEXTS_PATH, sha256, write_console
from tests.test_settings import CONSOLE, LEAST

URL = "https://exports.contoso.example/api/console"
SECURITY = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self' https://login.microsoftonline.com; frame-src 'none'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
SECURITY_WITHOUT_SIGN_IN = SECURITY | {
    "Content-Security-Policy": SECURITY["Content-Security-Policy"].replace(" https://login.microsoftonline.com", "")
}
FOR_EVER = "public, max-age=31536000, immutable"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("console")
    write_console(folder)
    return folder


def got(
    folder: Path, path: str = "", *, method: str = "GET", settings: dict[str, str] = CONSOLE, **headers: str
) -> func.HttpResponse:
    """The response to a request; the host gives no value for what is not there."""
    request = func.HttpRequest(
        method,
        f"{URL}/{path}",
        headers={name.replace("_", "-"): value for name, value in headers.items()},
        route_params={"path": path} if path else {},
        body=b"",
    )
    return get_console(request, read_settings(LEAST | settings), folder)


def error_code(response: func.HttpResponse) -> str:
    body = json.loads(response.get_body())["error"]
    assert response.headers["x-ms-error-code"] == body["code"]
    UUID(response.headers["x-ms-request-id"])
    assert response.headers["Cache-Control"] == "no-store"
    return f"{response.status_code} {body['code']}"


@pytest.mark.parametrize(
    "path", ["", "index.html", "new", "exports/3938ca43-3d89-49a3-8801-44a063cb5e65", "asset", "a/b/"]
)
def test_every_path_of_a_view_is_the_page(folder: Path, path: str) -> None:
    response = got(folder, path)
    assert (response.status_code, response.get_body()) == (200, PAGE)
    assert dict(response.headers) == SECURITY | {
        "Content-Type": "text/html; charset=utf-8",
        "Cache-Control": "no-cache",
        "ETag": f'"{sha256(PAGE)}-identity"',
        "Vary": "Accept-Encoding",
    }


def test_an_asset_is_kept_for_ever(folder: Path) -> None:
    response = got(folder, SCRIPT_PATH)
    assert (response.status_code, response.get_body()) == (200, SCRIPT)
    assert dict(response.headers) == SECURITY | {
        "Content-Type": "text/javascript; charset=utf-8",
        "Cache-Control": FOR_EVER,
        "ETag": f'"{sha256(SCRIPT)}-identity"',
        "Vary": "Accept-Encoding",
    }


@pytest.mark.parametrize(("accepted", "encoding"), [("gzip, br", "br"), ("gzip", "gzip")])
def test_an_encoded_file_is_another_representation(folder: Path, accepted: str, encoding: str) -> None:
    response = got(folder, SCRIPT_PATH, accept_encoding=accepted)
    content = response.get_body()
    assert (content if encoding == "br" else gzip.decompress(content)) == (BROTLI if encoding == "br" else SCRIPT)
    assert response.headers["Content-Encoding"] == encoding
    assert response.headers["ETag"] == f'"{sha256(SCRIPT)}-{encoding}"'


def test_a_file_that_encoding_does_not_make_smaller_is_sent_as_it_is(folder: Path) -> None:
    response = got(folder, TEXTS_PATH, accept_encoding="gzip, br")
    assert response.get_body() == TEXTS
    assert "Content-Encoding" not in response.headers


@pytest.mark.parametrize("form", ["{}", "W/{}", '"other", {}', "W/{} , x", "*"])
def test_what_the_browser_has_is_not_sent_again(folder: Path, form: str) -> None:
    first = got(folder, accept_encoding="br")
    again = got(folder, accept_encoding="br", if_none_match=form.format(first.headers["ETag"]))
    assert (again.status_code, again.get_body()) == (304, b"")
    assert {name: again.headers.get(name) for name in ("ETag", "Cache-Control", "Vary", "Content-Security-Policy")} == {
        name: first.headers[name] for name in ("ETag", "Cache-Control", "Vary", "Content-Security-Policy")
    }


@pytest.mark.parametrize("accepted", ["gzip", ""])
def test_what_the_browser_has_in_another_encoding_is_sent(folder: Path, accepted: str) -> None:
    brotli = got(folder, accept_encoding="br").headers["ETag"]
    assert got(folder, accept_encoding=accepted, if_none_match=brotli).status_code == 200


def test_anybody_gets_what_is_needed_to_sign_in(folder: Path) -> None:
    response = got(folder, "config.json")
    assert json.loads(response.get_body()) == {
        "clientId": CONSOLE["CONSOLE_CLIENT_ID"],
        "authority": CONSOLE["CONSOLE_AUTHORITY"],
        "scope": CONSOLE["CONSOLE_SCOPE"],
    }
    assert (response.status_code, response.mimetype) == (200, "application/json")
    assert dict(response.headers) == SECURITY | {"Cache-Control": "no-cache"}


@pytest.mark.parametrize(
    "path",
    [
        "assets/",
        "assets/other-5e6f.js",
        "assets/unlisted.js",
        f"{SCRIPT_PATH}.br",
        f"{SCRIPT_PATH}/",
        SCRIPT_PATH.upper().replace("ASSETS", "assets"),
        "assets/../index.html",
        "assets/../../console_handlers.py",
        "assets/..%2Ffiles.json",
        "assets/..\\files.json",
        "assets//etc/passwd",
        "assets/\n",
        "assets/" + "a" * 8000,
    ],
)
def test_an_asset_that_this_version_does_not_have_is_not_found(folder: Path, path: str) -> None:
    response = got(folder, path)
    assert error_code(response) == "404 ConsoleNotFound"
    assert SECURITY.items() <= dict(response.headers).items()
    assert b"passwd" not in response.get_body()


@pytest.mark.parametrize(
    "path", ["../files.json", "..%2Fsettings.py", "/etc/passwd", "C:\\x", "files.json", "index.html.br"]
)
def test_no_other_path_is_read_from_disk(folder: Path, path: str) -> None:
    assert got(folder, path).get_body() == PAGE


@pytest.mark.parametrize("path", ["", "config.json", SCRIPT_PATH, "exports/1"])
@pytest.mark.parametrize("settings", [{}, CONSOLE | {"AUTH_MODE": "functionKey"}], ids=["unset", "functionKey"])
def test_a_deployment_without_a_console_has_none_of_it(folder: Path, settings: dict[str, str], path: str) -> None:
    response = got(folder, path, settings=settings)
    assert error_code(response) == "404 ConsoleNotFound"
    assert SECURITY_WITHOUT_SIGN_IN.items() <= dict(response.headers).items()


def test_a_package_without_the_files_says_so(tmp_path: Path) -> None:
    assert error_code(got(tmp_path)) == "404 ConsoleNotFound"


def test_the_sample_is_in_the_form_that_is_built(folder: Path) -> None:
    listed = json.loads((folder / "files.json").read_text())
    assert [set(file) for file in listed] == [{"path", "type", "sha256", "encodings"}] * len(FILES)
