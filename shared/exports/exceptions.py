"""The refusals and conflicts that more than one package knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shared.exports.export import Problem


class CallbackNotAllowedError(OSError):
    """A callback may not go there; the message says why, without the URL.

    An OSError, because that is what aiohttp passes on from a resolver.
    """


class NotPossibleError(Exception):
    """What a caller asks of an export can't be done in its state; `code` and the message say why."""

    def __init__(self, code: str, message: str) -> None:
        """A refusal with that code."""
        super().__init__(message)
        self.code = code


class StorageRefusedError(Exception):
    """The storage account refused a call for good; `problem` has its code and what to do, and no secret."""

    def __init__(self, problem: Problem) -> None:
        """A refusal for that reason."""
        super().__init__(f"{problem.code}: {problem.message}")
        self.problem = problem


class StorageFailedError(Exception):
    """A call to storage failed, and may work later: an outage, or a right that the app lacks.

    `code` is storage's own, or the kind of the failure; neither it nor the message holds a secret.
    """

    def __init__(self, code: str, message: str = "") -> None:
        """A failure for that reason."""
        super().__init__(f"{code}: {message}" if message else code)
        self.code = code
        self.message = message


class IdempotencyKeyReusedError(Exception):
    """The caller used the same idempotency key for another request."""


class TooManySubscriptionsError(Exception):
    """The deployment has as many subscriptions as it may have; nothing was stored."""


class SlotsBusyError(Exception):
    """Others reserve all the time; nothing was reserved, try again later."""


class AlreadyRecordedError(Exception):
    """There is an export with this id."""


class SubjectBusyError(Exception):
    """Another export of the subject is open: `export_id`."""

    def __init__(self, export_id: str) -> None:
        """Busy with that export."""
        super().__init__(f"Export {export_id} of the same subject is open.")
        self.export_id = export_id


class ConflictError(Exception):
    """The export has changed since it was read; read it again and decide anew."""
