"""Waits for its parent to go, and stops what that leaves running: `python -m local.reaper RECORD [ANNOUNCEMENT]`."""

import sys
from pathlib import Path

from local.leftovers import stop_recorded


def main() -> None:
    """Block on stdin, which closes with the parent; a parent that ended in order has left no record."""
    record, *announcements = (Path(argument) for argument in sys.argv[1:])
    sys.stdin.buffer.read()
    if record.exists():
        for announcement in announcements:
            announcement.unlink(missing_ok=True)
        stop_recorded(record)


if __name__ == "__main__":
    main()
