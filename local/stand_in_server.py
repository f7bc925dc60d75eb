"""Serves the web application of a stand-in on the loopback address until a signal stops it."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Callable

from aiohttp import web

HOST = "127.0.0.1"

_GRACE_SECONDS = 0.5
"""What running requests get to end."""


def serve(build: Callable[[], web.Application], port: int) -> int:
    """Serve what `build` returns, until SIGTERM or SIGINT.

    `build` is called once the port is ours: a second process on the same port never touches the state of the first.

    Args:
        build: Makes the application.
        port: The loopback port; 0 takes a free one. The `ready` line on stdout names it.

    Returns:
        The exit status: 0 after a signal, 1 if the port is taken (one line on stderr says so).
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
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=_GRACE_SECONDS)
    await runner.setup()
    try:
        await web.SockSite(runner, listener).start()
        print(f"ready http://{HOST}:{listener.getsockname()[1]}", flush=True)
        await stop.wait()
    finally:
        await runner.cleanup()
