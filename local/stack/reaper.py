"""Stops what a killed parent leaves running: `python -m local.stack.reaper RECORD [ANNOUNCEMENT]`."""

import sys
from pathlib import Path

from local.stack.orphaned_processes import stop_recorded


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
