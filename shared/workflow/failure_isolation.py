"""Logs failures, and keeps that of one part of a timer's work from the other parts."""

from __future__ import annotations

import asyncio
import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from shared.exports.exceptions import StorageFailedError, StorageRefusedError, UnreadableRowError
from shared.redaction import redact, redacted_stack

if TYPE_CHECKING:
    from collections.abc import Awaitable, Iterator
    from datetime import timedelta

T = TypeVar("T")
_log = logging.getLogger(__name__)
_FORESEEN = (StorageFailedError, StorageRefusedError, TimeoutError, UnreadableRowError)


async def isolated(what: str, work: Awaitable[T], time_limit: timedelta | None = None) -> T | None:
    """The result of a part; None where it raised an error or took too long, which is logged.

    Args:
        what: the part, for the log.
        work: what to do.
        time_limit: how long it may take; None where it ends by itself.
    """
    try:
        async with asyncio.timeout(None if time_limit is None else time_limit.total_seconds()):
            return await work
    except Exception as error:  # noqa: BLE001 - whatever it is, the rest has to go on
        log_failure(what, error)
        return None


@contextmanager
def logged(what: str) -> Iterator[None]:
    """Logs an error of what happens inside, and lets it pass.

    For a whole function: the host has such an error too, but keeps it from Azure Monitor where the worker sends
    telemetry itself, and the worker doesn't send it.

    Args:
        what: the function's work, for the log.
    """
    try:
        yield
    except Exception as error:
        log_failure(what, error)
        raise


def log_failure(what: str, error: Exception) -> None:
    """Logs a failure that can always happen in a line, anything else with its stack. No text in it holds a secret."""
    if isinstance(error, _FORESEEN):
        _log.warning("%s failed: %s", what, redact(f"{type(error).__name__}: {error}"))
    else:
        _log.error("%s failed: %s", what, redacted_stack(error))
