"""Command line: `python -m local.app_service --port N --identity URL --host URL`."""

import argparse
import sys

from local.app_service.reverse_proxy import create_app
from local.stand_in_server import serve


def main() -> int:
    """Serve until a signal; the exit status is 1 if the port is taken."""
    parser = argparse.ArgumentParser(
        prog="python -m local.app_service", description="App Service authentication in front of a Functions host."
    )
    parser.add_argument("--port", type=int, required=True, help="the port on 127.0.0.1; 0 takes a free one")
    parser.add_argument("--identity", required=True, help="the issuer of tokens, whose keys are at /keys")
    parser.add_argument("--host", required=True, help="the root URL of the host, such as http://127.0.0.1:7071")
    arguments = parser.parse_args()
    return serve(lambda: create_app(arguments.identity, arguments.host), arguments.port)


if __name__ == "__main__":
    sys.exit(main())
