"""The whole host: puts its parts together, serves on the loopback address, stops on a signal."""

import asyncio
import logging
import os
import signal
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from local.app_service.platform_authentication import TokenVerifier
from local.host.access_keys import read_or_make_keys
from local.host.durable_engine import DurableEngine
from local.host.durable_management_api import DurableManagementApi
from local.host.function_invocation import Invoker
from local.host.function_loader import HTTP, TIMER, by_trigger, load_functions
from local.host.host_settings import LoadError, read_settings
from local.host.host_telemetry import Telemetry
from local.host.http_triggers import HttpTriggers
from local.host.management_urls import ManagementUrls
from local.host.route_templates import Routes
from local.host.task_hub_store import TaskHubStore
from local.host.timer_triggers import TimerTriggers

logger = logging.getLogger(__name__)

HOST = "127.0.0.1"

_GRACE_SECONDS = 1.0
"""What requests get to end when the host stops."""


@dataclass(frozen=True)
class Options:
    """What the command line says.

    Attributes:
        app: the folder of function_app.py.
        port: to listen on; 0 takes a free one.
        state: the folder for keys and durable state.
        identity: the address of the identity provider; App Service authentication is on if there is one.
    """

    app: Path
    port: int
    state: Path
    identity: str | None


@dataclass(frozen=True)
class _Host:
    http: HttpTriggers
    engine: DurableEngine
    timers: TimerTriggers
    invoker: Invoker
    store: TaskHubStore
    telemetry: Telemetry
    largest_body: int


async def serve(options: Options, environment: Mapping[str, str]) -> None:
    """Serve until SIGTERM or SIGINT.

    Raises:
        LoadError: the app can't be run here, or the port is taken.
    """
    with _listen(options.port) as listener:
        origin = f"http://{HOST}:{listener.getsockname()[1]}"
        host = _build(options, environment, origin)
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        await _run(host, listener, origin, stop)


def _listen(port: int) -> socket.socket:
    try:
        return socket.create_server((HOST, port))
    except OSError as error:
        raise LoadError(f"cannot listen on {HOST}:{port}: {os.strerror(error.errno or 0)}") from error


def _build(options: Options, environment: Mapping[str, str], origin: str) -> _Host:
    state = options.state.resolve()
    app = options.app.resolve()
    settings = read_settings(app, environment)
    state.mkdir(parents=True, exist_ok=True)
    telemetry = Telemetry(state / "telemetry", environment)
    functions = load_functions(app)
    keys = read_or_make_keys(state / "keys.json")
    urls = ManagementUrls(origin, settings.hub_name, keys.durable)
    invoker = Invoker(urls.client_binding)
    routes = Routes(by_trigger(functions, HTTP).values(), settings.route_prefix)
    timers = TimerTriggers(by_trigger(functions, TIMER).values(), invoker, state / "timers")
    store = TaskHubStore(state / "durable" / f"{settings.hub_name}.sqlite3", settings.timing.timers)
    engine = DurableEngine(
        store, functions, invoker, version=settings.default_version, interrupted=settings.timing.interrupted
    )
    verifier = TokenVerifier(options.identity) if options.identity else None
    management = DurableManagementApi(engine, urls)
    http = HttpTriggers(routes, invoker, keys, management, verifier, settings.largest_body)
    logger.info("Functions: %s", ", ".join(f"{each.name} ({each.trigger})" for each in functions) or "none")
    return _Host(http, engine, timers, invoker, store, telemetry, settings.largest_body)


async def _run(host: _Host, listener: socket.socket, origin: str, stop: asyncio.Event) -> None:
    application = web.Application(client_max_size=host.largest_body + 1)  # this is the first length that is refused
    application.router.add_route("*", r"/{path:[\s\S]*}", host.http.handle)
    # As on the platform, the app gets bodies as they were sent and unpacks them itself.
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=_GRACE_SECONDS, auto_decompress=False)
    await runner.setup()
    try:
        await web.SockSite(runner, listener).start()
        host.engine.start()
        host.timers.start()
        print(f"ready {origin}", flush=True)
        await _until_stopped(host.engine, stop)
    finally:
        await host.timers.stop()
        await runner.cleanup()
        await host.engine.stop()
        host.invoker.close()
        host.store.close()
        host.telemetry.stop()


async def _until_stopped(engine: DurableEngine, stop: asyncio.Event) -> None:
    """Wait for the signal; an engine that fails ends the host instead of leaving it half alive."""
    waits = [asyncio.create_task(stop.wait()), asyncio.create_task(engine.wait())]
    done, pending = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    for task in done:
        task.result()
