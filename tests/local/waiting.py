"""Waiting for a condition, and looking at processes."""

import time
from collections.abc import Callable

import psutil

factor = 1.0
"""How many times longer everything may take than on the local host; `tests/conftest.py` sets it."""


def eventually(condition: Callable[[], bool], seconds: float = 20, *, pause: float = 0.05) -> bool:
    """Check a condition every `pause` seconds; return whether it came true in time, which grows with `factor`."""
    deadline = time.monotonic() + seconds * factor
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
    return True


def runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
