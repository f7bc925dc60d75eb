"""Command line of the host: `python -m local.host --app DIR --port N --state DIR [--identity URL]`."""

import argparse
import asyncio
import logging
import os
import sys
from pathlib import Path

from local.host.host_server import Options, serve
from local.host.host_settings import LoadError


def main() -> int:
    """Run the host; the exit status is 0 after SIGTERM or SIGINT, 1 if it could not start."""
    parser = argparse.ArgumentParser(prog="python -m local.host", description="Runs a Python v2 function app.")
    parser.add_argument("--app", type=Path, required=True, help="the folder of function_app.py and host.json")
    parser.add_argument("--port", type=int, required=True, help="the port on 127.0.0.1; 0 takes a free one")
    parser.add_argument("--state", type=Path, required=True, help="the folder for keys and durable state")
    parser.add_argument(
        "--identity", help="the issuer of tokens, whose keys are at /keys; if it is given, callers need a token"
    )
    arguments = parser.parse_args()
    _set_up_logging()
    options = Options(arguments.app, arguments.port, arguments.state, arguments.identity)
    try:
        asyncio.run(serve(options, os.environ))
    except LoadError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _set_up_logging() -> None:
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # Not sys.exit: that would wait for threads that still run a function.
    os._exit(status)
