"""The web application: takes telemetry as Azure Monitor's ingestion does, and gives it back for tests."""

from collections.abc import AsyncIterator
from pathlib import Path

from aiohttp import web

from local.monitor.envelope_file import EnvelopeFile
from local.monitor.track_request import UnreadableError, judge

LARGEST_BODY = 64 * 2**20
"""In bytes. SDKs send batches of kilobytes; what was kept while the service was away comes in larger ones."""

_ANY_SLASH = "/{slash:/?}"
"""Endpoints in connection strings end with a slash, and some SDKs add another one."""


def create_app(state: Path) -> web.Application:
    """Return the web application, which keeps what it gets under `state`.

    Routes:
        `POST /v2.1/track` and `/v2/track`: telemetry, as SDKs of either generation send it.
        `POST /QuickPulseService.svc/{call}`: live metrics; nobody watches them.
        `GET /_local/envelopes`: everything that arrived, one item a line, as JSON.
    """
    received = EnvelopeFile(state)

    async def close(_app: web.Application) -> AsyncIterator[None]:
        yield
        received.close()

    monitor = _Monitor(received)
    app = web.Application(client_max_size=LARGEST_BODY)
    app.cleanup_ctx.append(close)
    for version in ("v2", "v2.1"):
        app.router.add_post(_ANY_SLASH + f"{version}/track", monitor.track)
    app.router.add_post(_ANY_SLASH + "QuickPulseService.svc/{call}", monitor.live_metrics)
    app.router.add_get("/_local/envelopes", monitor.envelopes)
    return app


class _Monitor:
    def __init__(self, received: EnvelopeFile) -> None:
        self._received = received

    async def track(self, request: web.Request) -> web.Response:
        """Keep the items of a request that are valid. aiohttp has decompressed the body."""
        try:
            verdict = judge((await request.read()).decode())
        except (UnreadableError, UnicodeDecodeError) as error:
            fault = {"index": 0, "statusCode": 400, "message": f"The body can't be read: {error}"}
            return web.json_response({"itemsReceived": 0, "itemsAccepted": 0, "errors": [fault]}, status=400)
        self._received.add(verdict.accepted)
        return web.json_response(verdict.answer, status=verdict.status)

    async def live_metrics(self, _request: web.Request) -> web.Response:
        """Tell an SDK that nobody watches, so that it sends no live metrics."""
        return web.Response(headers={"x-ms-qps-subscribed": "false"})

    async def envelopes(self, _request: web.Request) -> web.FileResponse:
        """Everything that arrived, in the order of its arrival."""
        return web.FileResponse(self._received.path, headers={"Content-Type": "application/x-ndjson"})
