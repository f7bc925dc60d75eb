"""The refusals and conflicts that more than one package raises or handles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shared.exports.export import Problem


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason why a request is refused, as callers are told."""

    code: str
    """An error code of the API, to branch on."""
    message: str
    """What is wrong, then what to do."""
    target: str | None = None
    """The field, parameter or header that it is about, or the id of another export."""


class CallbackNotAllowedError(OSError):
    """A callback may not go to that address; the message says why, without the URL.

    An OSError, because that is what aiohttp passes on from a resolver.
    """


class NotPossibleError(Exception):
    """The state of an export rules out what a caller asks of it.

    Args:
        code: the API's error code, such as `ExportNotRetriable`.
        message: why it is not possible, and what to do instead.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class StorageRefusedError(Exception):
    """The export account refused a call, and will again until a person changes something.

    Args:
        problem: the account's code and what to do; it holds no secret.
    """

    def __init__(self, problem: Problem) -> None:
        super().__init__(f"{problem.code}: {problem.message}")
        self.problem = problem


class SourceChangedError(Exception):
    """A file of an export is not as it was when it was checked: it has changed, or it is gone. It stays so.

    Args:
        number: the file's line in the manifest; 0 where it is none of those, or it isn't known which.
    """

    def __init__(self, number: int = 0) -> None:
        super().__init__(f"File {number} of the manifest has changed or is gone.")
        self.number = number


class StorageFailedError(Exception):
    """A call to storage failed and may work later: an outage, or a missing role on the tables.

    Args:
        code: the error code of storage, or the kind of the failure; it holds no secret.
        message: what storage said, or nothing; it holds no secret.
    """

    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(f"{code}: {message}" if message else code)
        self.code = code
        self.message = message


class UnreadableRowError(Exception):
    """A row is damaged, was changed by hand, or is of a newer version, so it can't be read. It harms nothing else.

    Args:
        partition: the row's partition key.
        key: the row's key.
        why: what is wrong with it; it holds nothing that the row holds.
    """

    def __init__(self, partition: str, key: str, why: str) -> None:
        super().__init__(f"The row {key} of {partition} can't be read: {why}")
        self.partition = partition
        self.key = key


class IdempotencyKeyReusedError(Exception):
    """The caller already used this idempotency key for a different request."""


class ImpossibleDeadlineError(Exception):
    """The deadline that a request names is not after the receipt of the request, which is now unless it says so."""


class ImpossibleHandoverError(Exception):
    """The time of a hand-over that a caller names is before the receipt of the request, or in the future."""


class TooManySubscriptionsError(Exception):
    """The deployment, or one caller, has as many subscriptions as it may have; nothing was stored.

    Args:
        limit: how many that is.
    """

    def __init__(self, limit: int) -> None:
        super().__init__(f"There are {limit} subscriptions.")
        self.limit = limit


class QueueBusyError(Exception):
    """Too many processes change the queue of submissions at once; nothing was changed. Try again later."""


class AlreadyRecordedError(Exception):
    """An export with this id already exists."""


class SubjectBusyError(Exception):
    """Another export of the same subject is open.

    Args:
        export_id: the id of that export.
    """

    def __init__(self, export_id: str) -> None:
        super().__init__(f"Export {export_id} of the same subject is open.")
        self.export_id = export_id


class ConflictError(Exception):
    """The export has changed since it was read. Read it again and decide again."""
