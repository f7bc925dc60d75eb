"""Stops what a killed parent leaves running: `python -m local.stack.reaper RECORD [ANNOUNCEMENT]`."""

import sys
from pathlib import Path

from local.stack.orphaned_processes import stop_recorded


def main() -> None:
    """Wait for stdin to close, as it does when the parent ends. A parent that stopped in order leaves no record."""
    record, *announcements = (Path(argument) for argument in sys.argv[1:])
    sys.stdin.buffer.read()
    if record.exists():
        for announcement in announcements:
            announcement.unlink(missing_ok=True)
        stop_recorded(record)


if __name__ == "__main__":
    main()
