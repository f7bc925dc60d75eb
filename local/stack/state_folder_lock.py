"""The lock of a state folder: one run at a time uses it."""

import fcntl
import json
import os
from pathlib import Path
from typing import IO


class LockedError(Exception):
    """Another run uses the folder; the message says which."""


class StateFolderLock:
    """Held from `take` to `release` or to the end of the process, however it ends. The file names the holder."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[str] | None = None

    def take(self) -> None:
        """Take it.

        Raises:
            LockedError: another run holds it.
        """
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = self._path.open("a+", encoding="utf-8")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            with file:
                raise LockedError(_holder(file)) from None
        self._file = file
        self.announce("")

    def announce(self, api: str) -> None:
        """Write down for others which process this is, and where its API will be."""
        if self._file:
            self._file.truncate(0)
            json.dump({"pid": os.getpid(), "api": api}, self._file)
            self._file.flush()

    def release(self) -> None:
        """Release it. The file stays: removing it could let two runs take the lock."""
        if self._file:
            self._file.close()
            self._file = None


def _holder(file: IO[str]) -> str:
    file.seek(0)
    try:
        holder = json.load(file)
    except json.JSONDecodeError:
        # It has just taken the lock and not yet written its name.
        return "Another run is just starting."
    where = f", its API is {holder['api']}" if holder["api"] else ""
    return f"Another run uses this folder: process {holder['pid']}{where}. Stop it first."
