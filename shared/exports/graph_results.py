"""What a call to Graph can come back with, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Accepted:
    """202: the operation exists. `retry_after` is in seconds, None where Graph named none."""

    operation_id: str
    retry_after: int | None


class OperationStatus(StrEnum):
    """`dataPolicyOperationStatus`; any word that is not known counts as still running."""

    NOT_STARTED = "notStarted"
    RUNNING = "running"
    COMPLETE = "complete"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Operation:
    """What Graph says of an operation. `progress` has no documented scale and is never a test of completion."""

    status: OperationStatus
    progress: float | None = None
    retry_after: int | None = None


@dataclass(frozen=True, slots=True)
class NotDone:
    """Nothing was done, and later it may be: 429, no connection, no token.

    Graph sends no `Retry-After` for these calls; if one comes (seconds), it is honoured.
    """

    reason: str
    retry_after: int | None = None


@dataclass(frozen=True, slots=True)
class Unclear:
    """No answer, or none that can be read: what was asked may have been done or not."""

    reason: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Graph said no. `code` is Graph's own."""

    status: int
    code: str
    message: str


SubmitResult = Accepted | NotDone | Unclear | Refused
OperationResult = Operation | NotDone | Unclear | Refused
ResolveResult = str | NotDone | Unclear | Refused
"""The object id, or why there is none."""
OPERATION_NOT_FOUND = "OperationNotFound"
"""The code of the 400 for an operation id that Graph does not (or not yet, or no longer) know."""
STORAGE_ALREADY_USED = "StorageLocationAlreadyUsed"
"""The code of the 400 for a container that holds a RequestInfo.json: a submission went through before."""
