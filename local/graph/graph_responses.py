"""Graph's HTTP responses, and the variants that faults ask for."""

from typing import Any

from aiohttp import web

from local.graph.data_policy_operations import POLL_AFTER
from local.graph.service_clock import Clock


def json_reply(body: dict[str, Any], status: int = 200) -> web.Response:
    """A JSON response with Graph's content type."""
    response = web.json_response(body, status=status)
    response.headers["Content-Type"] = "application/json;odata.metadata=minimal;charset=utf-8"
    return response


def service_root(request: web.Request) -> str:
    """The root URL of this Graph, without a version: its own address, whatever the `Host` header says."""
    host, port = request.transport.get_extra_info("sockname")[:2] if request.transport else ("127.0.0.1", 0)
    return f"http://{host}:{port}"


def accepted(operation_id: str, root: str, clock: Clock, variant: str | None) -> web.Response:
    """The 202 of a submission, without a body. Its URL is that of v1.0, for calls of beta too.

    Args:
        operation_id: The operation that was started.
        root: The root URL of the service.
        clock: Scales `Retry-After`.
        variant: `noLocation`, `headersInBody` or `oddCase` for a response of that kind.
    """
    location = f"{root}/v1.0/dataPolicyOperations/{operation_id}"
    retry_after = clock.real_seconds(POLL_AFTER)
    if variant == "noLocation":
        return web.Response(status=202)
    if variant == "headersInBody":
        return json_reply({"Location": location, "Retry-After": retry_after}, 202)
    names = ("Location", "Operation-Location", "Retry-After")
    if variant == "oddCase":
        names = ("LOCATION", "operation-LOCATION", "retry-AFTER")
    return web.Response(status=202, headers=dict(zip(names, (location, location, str(retry_after)), strict=True)))


def redirected(target: str) -> web.Response:
    """A 307 to `target`."""
    return web.Response(status=307, headers={"Location": target})


def broken_gateway() -> web.Response:
    """What a proxy in front of Graph returns when Graph doesn't answer it."""
    return web.Response(
        status=502,
        content_type="text/html",
        text="<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>",
    )
