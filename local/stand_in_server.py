"""Serves one stand-in's web application on the loopback until it is told to stop."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Callable

from aiohttp import web

HOST = "127.0.0.1"

# Handlers still at work when the process is told to stop get this long, in seconds.
_GRACE = 0.5


def serve(build: Callable[[], web.Application], port: int) -> int:
    """Serves what `build` returns and comes back on SIGTERM or SIGINT.

    `build` is called only once the port is ours, so that a second process on a busy port never touches the state of
    the first.

    Args:
        build: Makes the application.
        port: The loopback port; 0 takes a free one. The `ready` line on stdout names it.

    Returns:
        The exit status: 0 after a stop, 1 when the port can't be had (one line on stderr says why).
    """
    try:
        listener = socket.create_server((HOST, port))
    except OSError as error:
        print(f"cannot listen on {HOST}:{port}: {os.strerror(error.errno or 0)}", file=sys.stderr)
        return 1
    with listener:
        asyncio.run(_serve(build(), listener))
    return 0


async def _serve(app: web.Application, listener: socket.socket) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=_GRACE)
    await runner.setup()
    try:
        await web.SockSite(runner, listener).start()
        print(f"ready http://{HOST}:{listener.getsockname()[1]}", flush=True)
        await stop.wait()
    finally:
        await runner.cleanup()
