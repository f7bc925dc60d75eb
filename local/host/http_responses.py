"""What a function returned, as the response that the platform makes of it."""

import re
from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from aiohttp import HttpVersion10, web
from azure.functions.http import HttpResponseConverter
from multidict import CIMultiDict

if TYPE_CHECKING:
    from http.cookies import Morsel

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[\t\x20-\x7e]*")
_BODILESS = (204, 205, 304)
_EXPIRES = "%a, %d %b %Y %H:%M:%S GMT"


class UnsendableError(Exception):
    """The platform fails to send what the function returned; the text says why."""


class BrokenOffError(UnsendableError):
    """It fails in the middle, and so closes the connection."""


def response_of(result: object) -> web.Response:
    """Make the response of what an HTTP function returned.

    Raises:
        UnsendableError: the platform fails too.
    """
    try:
        encoded = HttpResponseConverter.encode(result, expected_type=None)
    except NotImplementedError:
        kind = type(result).__name__
        raise UnsendableError(f"an HTTP function returned a {kind}, not an HttpResponse or a str") from None
    if encoded.type == "string":
        return _sent(200, {"Content-Type": "text/plain; charset=utf-8"}, [], encoded.value.encode())
    parts: dict[str, Any] = encoded.value
    headers = {name: datum.value for name, datum in parts["headers"].items()}
    cookies = [_cookie(morsel) for cookie in parts["cookies"] or () for morsel in cookie.values()]
    return _sent(int(parts["status_code"].value), headers, cookies, parts["body"].value)


def framed(response: web.Response, request: web.Request) -> web.Response:
    """Make a response go out as on the platform.

    Its body is sent in chunks unless its length is given. After HTTP/1.0, and after a 101, the connection is closed.
    """
    if request.version == HttpVersion10 or response.status == HTTPStatus.SWITCHING_PROTOCOLS:
        response.headers["Connection"] = "close"
        response.force_close()
    elif response.body and "Content-Length" not in response.headers:
        response.enable_chunked_encoding()
    return response


def _sent(status: int, given: Mapping[str, str], cookies: list[str], body: bytes) -> web.Response:
    headers = CIMultiDict(given)
    for name, value in headers.items():
        if not (_NAME.fullmatch(name) and _VALUE.fullmatch(value)):
            raise UnsendableError(f"the response header {name!r} has characters that can't be sent")
    body = b"" if status in _BODILESS else body
    length = headers.get("Content-Length", str(len(body)))
    if length != str(len(body)):
        raise BrokenOffError(f"the response header Content-Length is {length!r}, but the body has {len(body)} bytes")
    headers.extend(("Set-Cookie", cookie) for cookie in cookies)
    return web.Response(status=status, headers=headers, body=body)


def _cookie(morsel: "Morsel[str]") -> str:
    """A cookie as the host writes it anew; domain and path are there even if they are empty."""
    parts = [f"{morsel.key}={quote(morsel.value, safe='')}"]
    if morsel["expires"]:
        parts.append(f"expires={_expires(morsel['expires'])}")
    if morsel["max-age"]:
        parts.append(f"max-age={morsel['max-age']}")
    parts += [f"domain={morsel['domain']}", f"path={morsel['path']}"]
    if morsel["secure"]:
        parts.append("secure")
    if morsel["samesite"].lower() in ("lax", "strict", "none"):
        parts.append(f"samesite={morsel['samesite'].lower()}")
    if morsel["httponly"]:
        parts.append("httponly")
    return "; ".join(parts)


def _expires(text: str) -> str:
    try:
        datetime.strptime(text, _EXPIRES)  # noqa: DTZ007 - it ends with GMT
    except ValueError:
        raise UnsendableError("the expiry of a cookie is not a date like 'Thu, 26 Nov 2026 00:00:00 GMT'") from None
    return text
