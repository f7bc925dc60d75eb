"""Handler for the console: the files of a single-page application, which `console/` is built into.

They hold no data and no secret, so anybody gets them; the page signs people in and calls the API with their tokens.
Nothing of a request becomes a path of the file system: only what `files.json` lists is read.
"""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

import azure.functions as func

from shared.http.content_encoding import IDENTITY, best_encoding
from shared.http.request_context import JSON, RequestContext

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shared.http import error_schema
    from shared.settings import ConsoleSettings, Settings

FILES = Path(__file__).parent / "console_files"
LIST = "files.json"
PAGE = "index.html"
_CONFIG = "config.json"
_ASSETS = "assets/"
_SUFFIXES = {"br": ".br", "gzip": ".gz"}
_NOT_FOUND = "ConsoleNotFound"
_ASK_FIRST = "no-cache"
_FOR_EVER = "public, max-age=31536000, immutable"
"""For assets: what changes gets another name."""


class ConsoleFile(TypedDict):
    """One file, as the list of files has it."""

    path: str
    """Below the folder, such as `assets/app-1a2b3c4d.js`."""
    type: str
    """The whole `Content-Type`."""
    sha256: str
    """Of the file as it is, not encoded."""
    encodings: list[str]
    """The encodings that it is there in too, the smallest first: `br` at `path` + `.br`, `gzip` at `path` + `.gz`."""


def get_console(request: func.HttpRequest, settings: Settings, folder: Path = FILES) -> func.HttpResponse:
    """Gets a file of the console or its configuration; for any other path the page, which shows the view of the path.

    404 if this deployment has no console, or the asset is not one of this version.
    """
    if settings.console is None:
        return _not_found(request, settings, "This deployment has no console.")
    headers = security_headers(settings.console)
    path = str(request.route_params.get("path", ""))
    if path == _CONFIG:
        config = {
            "clientId": settings.console.client_id,
            "authority": settings.console.authority,
            "scope": settings.console.scope,
        }
        return func.HttpResponse(json.dumps(config), headers={**headers, "Cache-Control": _ASK_FIRST}, mimetype=JSON)
    files = listed_files(folder)
    file = files.get(path if path.startswith(_ASSETS) else PAGE)
    if file is None:
        return _not_found(request, settings, "This version of the console has no such file. Load the page again.")
    return _sent(request, file, folder, headers)


def listed_files(folder: Path) -> dict[str, ConsoleFile]:
    """The files that are served, by their paths; none if the console was not built."""
    listed = folder / LIST
    found: list[ConsoleFile] = json.loads(listed.read_text("utf-8")) if listed.exists() else []
    return {file["path"]: file for file in found}


def security_headers(console: ConsoleSettings | None) -> dict[str, str]:
    """The headers that let the page do what it has to do, and nothing else; without a console even less.

    Strict-Transport-Security is not among them: it is for the platform, which has the certificate.
    """
    tokens = f" {console.authority_origin}" if console else ""
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        f"connect-src 'self'{tokens}; frame-src 'none'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    )
    return {
        "Content-Security-Policy": policy,
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }


def _sent(request: func.HttpRequest, file: ConsoleFile, folder: Path, headers: Mapping[str, str]) -> func.HttpResponse:
    encoding = best_encoding(request.headers.get("accept-encoding"), file["encodings"])
    tag = f'"{file["sha256"]}-{encoding}"'
    sent = {
        **headers,
        "Content-Type": file["type"],  # as mimetype it would get a second charset
        "Cache-Control": _FOR_EVER if file["path"].startswith(_ASSETS) else _ASK_FIRST,
        "ETag": tag,
        "Vary": "Accept-Encoding",
    }
    if _is_known(request.headers.get("if-none-match", ""), tag):
        return func.HttpResponse(status_code=304, headers=sent)
    if encoding != IDENTITY:
        sent["Content-Encoding"] = encoding
    content = (folder / (file["path"] + _SUFFIXES.get(encoding, ""))).read_bytes()
    return func.HttpResponse(content, headers=sent)


def _is_known(if_none_match: str, tag: str) -> bool:
    """Whether the client has this representation already."""
    tags = [given.strip().removeprefix("W/") for given in if_none_match.split(",")]
    return tag in tags or "*" in tags


def _not_found(request: func.HttpRequest, settings: Settings, message: str) -> func.HttpResponse:
    body: error_schema.ErrorResponse = {
        "error": {"code": _NOT_FOUND, "message": message, "target": None, "details": []}
    }
    headers = security_headers(settings.console) | {"x-ms-error-code": _NOT_FOUND}
    return RequestContext(request, str(uuid.uuid4()), settings).respond(404, body, headers)
