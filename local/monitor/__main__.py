"""Command line: `python -m local.monitor --port N --state DIR`."""

import argparse
import sys
from pathlib import Path

from local.monitor.monitor_app import create_app
from local.stand_in_server import serve


def main() -> int:
    """Serve this ingestion of Azure Monitor; the exit status is 1 if the port is taken."""
    parser = argparse.ArgumentParser(
        prog="python -m local.monitor", description="Azure Monitor's ingestion for the local stack."
    )
    parser.add_argument("--port", type=int, required=True, help="loopback port, 0 for a free one")
    parser.add_argument("--state", type=Path, required=True, help="folder that keeps the telemetry")
    arguments = parser.parse_args()
    return serve(lambda: create_app(arguments.state), arguments.port)


if __name__ == "__main__":
    sys.exit(main())
