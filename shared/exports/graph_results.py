"""What a call to Graph can come back with, and what Microsoft notes in the container, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Accepted:
    """202: Graph has created the operation. `retry_after` is in seconds, None if Graph gave none."""

    operation_id: str
    retry_after: int | None


class OperationStatus(StrEnum):
    """Graph's `dataPolicyOperationStatus`; a value that isn't listed here counts as still running."""

    NOT_STARTED = "notStarted"
    RUNNING = "running"
    COMPLETE = "complete"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Operation:
    """What Graph says about an operation.

    `progress` has no documented scale, so it never decides whether the operation is complete. `retry_after` is in
    seconds, None if Graph gave none.
    """

    status: OperationStatus
    progress: float | None = None
    retry_after: int | None = None


@dataclass(frozen=True, slots=True)
class NotDone:
    """Graph did nothing, and may do it later: 429, no connection, no token.

    Graph documents no `Retry-After` for these calls; if one comes (in seconds), it is honoured.
    """

    reason: str
    retry_after: int | None = None


@dataclass(frozen=True, slots=True)
class Unclear:
    """There was no answer, or none that can be read: Graph may or may not have done what was asked.

    `retry_after` is in seconds, None if Graph gave none: it comes with a 503, for one. `code` is a `StepFailureCode`
    where the call failed in the app itself.
    """

    reason: str
    retry_after: int | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """Graph refused. `status` is the HTTP status, `code` and `message` are Graph's own."""

    status: int
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class NotedOperation:
    """What the container of a submission says about its operation.

    `id` is None where Microsoft may have begun, but no note that names the operation can be read.
    """

    id: str | None


SubmitResult = Accepted | NotDone | Unclear | Refused
OperationResult = Operation | NotDone | Unclear | Refused
ResolveResult = str | NotDone | Unclear | Refused
"""The user's object id, or why it isn't known."""
OPERATION_NOT_FOUND = "OperationNotFound"
"""The code of the 400 for an operation id that Graph does not know: not yet, no longer, or never."""
STORAGE_ALREADY_USED = "StorageLocationAlreadyUsed"
"""The code of the 400 for a container that holds a RequestInfo.json: a submission went through before."""
