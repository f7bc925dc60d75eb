"""Requests as the platform's web server lets them in, and as functions get them."""

import re
from collections.abc import Iterable

from aiohttp import HttpVersion10, HttpVersion11, web
from azure.functions.http import HttpRequest

from local.host.request_targets import Target

Headers = list[tuple[str, str]]

LONGEST_REQUEST_LINE = 8192  # bytes, its line end included
LARGEST_HEADERS = 32 * 1024  # bytes of all lines together, their ends included
_MOST_HEADERS = 100

_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9!$&'()._~-]*)(:\d+)?")
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


def refusal(request: web.Request) -> int | None:
    """The status with which a request is refused before anything looks at its target; None if it is let in."""
    if request.version not in (HttpVersion10, HttpVersion11):
        return 505
    if len(f"{request.method} {request.raw_path} HTTP/1.1\r\n".encode(errors="surrogateescape")) > LONGEST_REQUEST_LINE:
        return 414
    lines = request.raw_headers
    if len(lines) > _MOST_HEADERS or sum(len(name) + len(value) + 4 for name, value in lines) > LARGEST_HEADERS:
        return 431
    is_known = all(_is_utf8(value) for _, value in lines) and _names_one_host(request)
    return None if is_known else 400


def _is_utf8(value: bytes) -> bool:
    try:
        value.decode()
    except UnicodeDecodeError:
        return False
    return True


def _names_one_host(request: web.Request) -> bool:
    hosts = request.headers.getall("Host", [])
    if not hosts:
        return request.version == HttpVersion10
    return len(hosts) == 1 and _HOST.fullmatch(hosts[0]) is not None


async def function_request(
    request: web.Request, target: Target, headers: Headers, route_values: dict[str, str]
) -> HttpRequest:
    """Make the request that a function gets. Its body is read; one in chunks doesn't reach the function."""
    return HttpRequest(
        method=request.method,
        url=f"http://{request.headers['Host']}{target.url}",
        headers=_joined((name.lower(), value) for name, value in headers),
        params=target.parameters(),
        route_params=route_values,
        body_type="bytes",
        body=b"" if request.content_length is None else await _body(request),
    )


async def _body(request: web.Request) -> bytes:
    if request.headers.get("Expect", "").lower() == "100-continue" and not request.content.is_eof():
        await request.writer.write(_CONTINUE)
        request.writer.output_size = 0  # nothing of the response is sent yet
    return await request.read()


def _joined(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Join repeated values with commas. An empty value stays only where it is alone."""
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    return {name: ",".join(filter(None, each)) for name, each in values.items()}
