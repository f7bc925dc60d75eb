"""Command line of the host: `python -m local.host --app DIR --port N --state DIR [--identity URL]`."""

import argparse
import asyncio
import logging
import os
import sys
from pathlib import Path
from typing import NoReturn

from local.checkout import ROOT
from local.host.function_invocation import FunctionTimeoutError
from local.host.host_server import Options, serve
from local.host.host_settings import LoadError


def main() -> None:
    """Run the host; the exit status is 0 after SIGTERM or SIGINT, 1 if it could not start or a call took too long."""
    parser = argparse.ArgumentParser(prog="python -m local.host", description="Runs a Python v2 function app.")
    parser.add_argument("--app", type=Path, required=True, help="the folder of function_app.py and host.json")
    parser.add_argument("--port", type=int, required=True, help="the port on 127.0.0.1; 0 takes a free one")
    parser.add_argument("--state", type=Path, required=True, help="the folder for keys and durable state")
    parser.add_argument(
        "--identity", help="the issuer of tokens, whose keys are at /keys; if it is given, callers need a token"
    )
    arguments = parser.parse_args()
    _set_up_logging()
    # The app sees its own modules and the packages, but not the checkout.
    sys.path[:] = [entry for entry in sys.path if Path(entry).resolve() != ROOT]
    asyncio.run(_run(Options(arguments.app, arguments.port, arguments.state, arguments.identity)))


async def _run(options: Options) -> NoReturn:
    status = 0
    try:
        await serve(options, os.environ)
    except (LoadError, FunctionTimeoutError) as error:
        print(f"error: {error}", file=sys.stderr)
        status = 1
    sys.stdout.flush()
    sys.stderr.flush()
    # Not by returning: that would wait for functions that still run in threads, or don't let themselves be cancelled.
    os._exit(status)


def _set_up_logging() -> None:
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    # The exporter of telemetry tells of each request that it sends.
    logging.getLogger("azure").setLevel(logging.WARNING)


if __name__ == "__main__":
    main()
