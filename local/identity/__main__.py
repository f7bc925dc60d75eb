"""Command line: `IDENTITY_HEADER=secret python -m local.identity --port N --state DIR`."""

import argparse
import os
import sys
from pathlib import Path

from local.identity.identity_app import create_app
from local.stand_in_server import serve


def main() -> int:
    """Serve the identity; the exit status is 1 if there is no secret or the port is taken."""
    parser = argparse.ArgumentParser(prog="python -m local.identity", description="An Entra ID for the local stack.")
    parser.add_argument("--port", type=int, required=True, help="loopback port, 0 for a free one")
    parser.add_argument("--state", type=Path, required=True, help="folder that keeps the signing key")
    parser.add_argument(
        "--redirect-uri", action="append", default=[], help="where people who sign in come back to; may be repeated"
    )
    arguments = parser.parse_args()
    secret = os.environ.get("IDENTITY_HEADER")
    if not secret:
        print("IDENTITY_HEADER is not set. It is the secret that requests for tokens must send.", file=sys.stderr)
        return 1
    return serve(lambda: create_app(arguments.state, secret, arguments.redirect_uri), arguments.port)


if __name__ == "__main__":
    sys.exit(main())
