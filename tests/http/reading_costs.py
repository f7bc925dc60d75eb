"""What it costs to read a body, or to refuse it."""

import time
import tracemalloc
from collections.abc import Callable
from contextlib import suppress

from shared.http.api_errors import ApiError


def cost(read: Callable[[], object]) -> float:
    """The seconds that this process computes. Other processes don't count, so a busy machine changes little."""
    begun = time.process_time()
    with suppress(ApiError):
        read()
    return time.process_time() - begun


def memory(read: Callable[[], object]) -> int:
    """The most bytes that are taken at a time."""
    tracemalloc.start()
    try:
        with suppress(ApiError):
            read()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
