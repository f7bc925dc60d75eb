"""The whole host: puts its parts together, serves on the loopback address, stops on a signal."""

import asyncio
import logging
import os
import signal
import socket
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from aiohttp import web

from local.app_service.platform_authentication import TokenVerifier
from local.host.access_keys import read_or_make_keys
from local.host.durable_engine import DurableEngine
from local.host.durable_management_api import DurableManagementApi
from local.host.function_invocation import Invoker, thread_count
from local.host.function_loader import ACTIVITY, HTTP, ORCHESTRATION, TIMER, Function, by_trigger, load_functions
from local.host.function_signature import AppError
from local.host.host_api import HostApi
from local.host.host_settings import HostJsonError, LoadError, read_settings
from local.host.host_telemetry import Telemetry
from local.host.http_server import http_server, refused
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
    management: DurableManagementApi
    engine: DurableEngine
    timers: TimerTriggers
    invoker: Invoker
    store: TaskHubStore
    telemetry: Telemetry
    largest_body: int
    is_durable: bool


async def serve(options: Options, environment: Mapping[str, str]) -> None:
    """Serve until SIGTERM or SIGINT.

    Raises:
        LoadError: the app can't be run here, or the port is taken.
        FunctionTimeoutError: a call took too long. Its caller has the answer.
    """
    with _listen(options.port) as listener, _listen(0) as rpc_listener:
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        try:
            host = _build(options, environment, _origin(listener), _origin(rpc_listener))
        except HostJsonError as error:
            logger.error("%s; so the host answers everything with 503", error)  # noqa: TRY400  the text says it all
            await _run_without_settings(listener, stop)
        else:
            await _run(host, listener, rpc_listener, stop)


def _listen(port: int) -> socket.socket:
    try:
        return socket.create_server((HOST, port))
    except OSError as error:
        raise LoadError(f"cannot listen on {HOST}:{port}: {os.strerror(error.errno or 0)}") from error


def _origin(listener: socket.socket) -> str:
    return f"http://{HOST}:{listener.getsockname()[1]}"


def _build(options: Options, environment: Mapping[str, str], origin: str, rpc_origin: str) -> _Host:
    state = options.state.resolve()
    app = options.app.resolve()
    settings = read_settings(app, environment)
    state.mkdir(parents=True, exist_ok=True)
    telemetry = Telemetry(environment)
    functions = _functions(app, environment)
    keys = read_or_make_keys(state / "keys.json")
    urls = ManagementUrls(origin, settings.hub_name, keys.durable, rpc_origin)
    invoker = Invoker(urls.client_binding, timeout=settings.function_timeout, threads=thread_count(environment))
    routes = Routes(by_trigger(functions, HTTP).values(), settings.route_prefix)
    timers = TimerTriggers(by_trigger(functions, TIMER).values(), invoker, state / "timers", settings.timer_lease)
    store = TaskHubStore(state / "durable" / f"{settings.hub_name}.sqlite3", settings.timing.timers)
    engine = DurableEngine(
        store, functions, invoker, version=settings.default_version, interrupted=settings.timing.interrupted
    )
    verifier = TokenVerifier(options.identity) if options.identity else None
    management = DurableManagementApi(engine, urls)
    http = HttpTriggers(
        routes=routes,
        invoker=invoker,
        keys=keys,
        management=management,
        host_api=HostApi(keys, functions, invoker),
        verifier=verifier,
        largest_body=settings.largest_body,
        has_home_page=settings.has_home_page,
    )
    logger.info("Functions: %s", ", ".join(f"{each.name} ({each.trigger})" for each in functions) or "none")
    is_durable = any(each.trigger in (ORCHESTRATION, ACTIVITY) for each in functions)
    return _Host(http, management, engine, timers, invoker, store, telemetry, settings.largest_body, is_durable)


def _functions(app: Path, environment: Mapping[str, str]) -> list[Function]:
    """The functions of an app; none, with the reason in the log, where Microsoft's worker refuses it."""
    try:
        return load_functions(app, environment.get("PYTHON_SCRIPT_FILE_NAME", "function_app.py"))
    except AppError as error:
        logger.error("%s; so the host has no functions and answers their callers with 404", error)  # noqa: TRY400
        return []


async def _run(host: _Host, listener: socket.socket, rpc_listener: socket.socket, stop: asyncio.Event) -> None:
    runner = await _serving(host.http.handle, host.largest_body)
    rpc = await _serving(host.management.handle_rpc, host.largest_body)  # without a key, as on the platform
    try:
        await web.SockSite(rpc, rpc_listener).start()
        await web.SockSite(runner, listener).start()
        if host.is_durable:  # otherwise instances would fail for want of their orchestrators
            host.engine.start()
        host.timers.start()
        print(f"ready {_origin(listener)}", flush=True)
        await _until_stopped(host, stop)
    finally:
        await host.timers.stop()
        await runner.cleanup()
        await rpc.cleanup()
        await host.engine.stop()
        host.invoker.close()
        host.store.close()
        host.telemetry.stop()


async def _run_without_settings(listener: socket.socket, stop: asyncio.Event) -> None:
    async def refuse(_: web.Request) -> web.Response:
        return refused(HTTPStatus.SERVICE_UNAVAILABLE)

    runner = await _serving(refuse, largest_body=0)
    try:
        await web.SockSite(runner, listener).start()
        print(f"ready {_origin(listener)}", flush=True)
        await stop.wait()
    finally:
        await runner.cleanup()


async def _serving(handle: Callable[[web.Request], Awaitable[web.Response]], largest_body: int) -> web.ServerRunner:
    """What gives all requests to the handler."""
    runner = web.ServerRunner(http_server(handle, largest_body), shutdown_timeout=_GRACE_SECONDS)
    await runner.setup()
    return runner


async def _until_stopped(host: _Host, stop: asyncio.Event) -> None:
    """Wait for the signal; what fails or hangs ends the host instead of leaving it half alive."""
    waits = [asyncio.create_task(stop.wait()), asyncio.create_task(host.invoker.wait())]
    if host.is_durable:
        waits.append(asyncio.create_task(host.engine.wait()))
    done, pending = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    for task in done:
        task.result()
