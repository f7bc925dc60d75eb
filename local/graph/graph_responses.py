"""Graph's answers as they go on the wire, the odd ones included."""

from typing import Any

from aiohttp import web

from local.graph.data_policy_operations import POLL_AFTER
from local.graph.service_clock import Clock


def json_reply(body: dict[str, Any], status: int = 200) -> web.Response:
    """A JSON answer, in the media type Graph gives."""
    response = web.json_response(body, status=status)
    response.headers["Content-Type"] = "application/json;odata.metadata=minimal;charset=utf-8"
    return response


def service_root(request: web.Request) -> str:
    """Where this Graph is, whatever the client called it: its own address, without a version."""
    host, port = request.transport.get_extra_info("sockname")[:2] if request.transport else ("127.0.0.1", 0)
    return f"http://{host}:{port}"


def accepted(operation_id: str, root: str, clock: Clock, manner: str | None) -> web.Response:
    """The 202 of an export: where to look for it, and when. It has no body.

    The address is that of v1.0, for calls of beta too.

    Args:
        operation_id: The operation that was started.
        root: The service's own address.
        clock: Says what the service's seconds are here.
        manner: `noLocation`, `headersInBody` or `oddCase` for an answer of that sort.
    """
    location = f"{root}/v1.0/dataPolicyOperations/{operation_id}"
    retry_after = clock.real_seconds(POLL_AFTER)
    if manner == "noLocation":
        return web.Response(status=202)
    if manner == "headersInBody":
        return json_reply({"Location": location, "Retry-After": retry_after}, 202)
    names = ("Location", "Operation-Location", "Retry-After")
    if manner == "oddCase":
        names = ("LOCATION", "operation-LOCATION", "retry-AFTER")
    return web.Response(status=202, headers=dict(zip(names, (location, location, str(retry_after)), strict=True)))


def redirected(target: str) -> web.Response:
    """A 307 to `target`."""
    return web.Response(status=307, headers={"Location": target})


def broken_gateway() -> web.Response:
    """What something in front of Graph says when Graph doesn't answer it."""
    return web.Response(
        status=502,
        content_type="text/html",
        text="<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>",
    )
