"""Command line: `python -m local.resource_manager --port N --identity URL --account NAME`."""

import argparse
import sys

from local.resource_manager.resource_manager_app import create_app
from local.stand_in_server import serve


def main() -> int:
    """Serve this Azure Resource Manager; the exit status is 1 if the port is taken."""
    parser = argparse.ArgumentParser(
        prog="python -m local.resource_manager", description="An Azure Resource Manager for the local stack."
    )
    parser.add_argument("--port", type=int, required=True, help="loopback port, 0 for a free one")
    parser.add_argument("--identity", required=True, help="root URL of the identity whose tokens are accepted")
    parser.add_argument("--account", required=True, help="name of the storage account that it shows")
    arguments = parser.parse_args()
    return serve(lambda: create_app(arguments.identity, arguments.account), arguments.port)


if __name__ == "__main__":
    sys.exit(main())
