"""Command line of the local stack: `python -m local run` and `python -m local demo`."""

import argparse
import os
import signal
import sys
import threading
from types import FrameType

from local.checkout import ROOT
from local.demo.demonstration import demonstrate
from local.setup.nodejs import NodeMissingError
from local.stack.child_processes import StartError
from local.stack.local_stack import Stack
from local.stack.startup_message import startup_message
from local.stack.state_folder_lock import LockedError

STATE = ROOT / ".local"
INTERRUPTED = 130
HOST_HELP = "another Functions host than the local one, such as 'func start --port {port}'"


def main() -> int:
    """Run a command; the exit status is 1, with a message on stderr, if the stack can't start."""
    parser = argparse.ArgumentParser(prog="python -m local", description="The app on this machine, without Azure.")
    commands = parser.add_subparsers(dest="command", required=True)
    helps = {
        "run": "start everything and stay until Ctrl-C",
        "demo": "export people's data, show what arrived, and save a package",
    }
    for name, text in helps.items():
        commands.add_parser(name, help=text).add_argument("--host", default="", help=HOST_HELP)
    arguments = parser.parse_args()
    command: str = arguments.command
    _stop_on_signals()
    try:
        return _run(arguments.host) if command == "run" else demonstrate(STATE / "demo", os.environ, arguments.host)
    except (LockedError, NodeMissingError, StartError) as error:
        print(error, file=sys.stderr)
        return 1
    except BrokenPipeError:
        # Whoever read the output is gone. Without this, Python would fail again when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return 0 if command == "run" else INTERRUPTED


def _run(host: str) -> int:
    print("Starting (minutes the first time)…" if host else "Starting (a few seconds)…", flush=True)
    announcement = STATE / "stack.json"
    with Stack(STATE / "run", os.environ, announcement=announcement, host=host) as stack:
        print(startup_message(stack, announcement), flush=True)
        try:
            threading.Event().wait()
        finally:
            print("Stopping…", flush=True)
    return 0


def _stop_on_signals() -> None:
    """Make every termination signal unwind the stack, even if the shell started us with SIGINT ignored."""
    numbers = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
    if signal.getsignal(signal.SIGHUP) == signal.SIG_IGN:
        # Started with nohup, to outlive the terminal.
        numbers.remove(signal.SIGHUP)

    def stop(_number: int, _frame: FrameType | None) -> None:
        for number in numbers:
            # Stopping takes seconds. A second Ctrl-C must not leave processes behind.
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    for number in numbers:
        signal.signal(number, stop)


if __name__ == "__main__":
    sys.exit(main())
