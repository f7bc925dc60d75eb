"""Command line: `python -m local.graph --port N --state DIR --identity URL [--scale S] [--storage-ca PEM]`."""

import argparse
import logging
import sys
from pathlib import Path

from local.graph.graph_app import create_app
from local.graph.service_clock import Clock
from local.stand_in_server import serve


def main() -> int:
    """Serve this Graph; the exit status is 1 if the port is taken."""
    parser = argparse.ArgumentParser(prog="python -m local.graph", description="A Microsoft Graph for the local stack.")
    parser.add_argument("--port", type=int, required=True, help="loopback port, 0 for a free one")
    parser.add_argument("--state", type=Path, required=True, help="folder that keeps people and operations")
    parser.add_argument("--identity", required=True, help="root URL of the identity whose tokens are accepted")
    parser.add_argument(
        "--scale", type=_scale, default=1.0, help="how many seconds pass for the service in a real second"
    )
    parser.add_argument("--storage-ca", type=Path, help="PEM file to trust for HTTPS to storage")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    # The storage SDK logs the URLs it calls, and those contain a SAS.
    logging.getLogger("azure").setLevel(logging.WARNING)
    clock = Clock(arguments.scale)
    return serve(lambda: create_app(arguments.state, arguments.identity, clock, arguments.storage_ca), arguments.port)


def _scale(text: str) -> float:
    scale = float(text)
    if scale <= 0:
        raise argparse.ArgumentTypeError("the scale must be above 0")
    return scale


if __name__ == "__main__":
    sys.exit(main())
