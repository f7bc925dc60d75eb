"""Why a request is refused, as callers are told: a code to branch on, and what to do."""

from __future__ import annotations

from typing import get_args

from shared.exports.exceptions import (
    CallbackNotAllowedError,
    ConflictError,
    IdempotencyKeyReusedError,
    ImpossibleDeadlineError,
    ImpossibleHandoverError,
    NotPossibleError,
    Refusal,
    SubjectBusyError,
    TooManySubscriptionsError,
    UnreadableRowError,
)
from shared.exports.ids import is_guid
from shared.exports.subscription import MAX_SUBSCRIPTIONS

RefusedError = (
    CallbackNotAllowedError
    | ConflictError
    | IdempotencyKeyReusedError
    | ImpossibleDeadlineError
    | ImpossibleHandoverError
    | NotPossibleError
    | SubjectBusyError
    | TooManySubscriptionsError
)
"""What use cases raise to refuse a request."""
REFUSED_ERRORS: tuple[type[RefusedError], ...] = get_args(RefusedError)
"""The same, to be caught."""

_ALWAYS_THE_SAME: dict[type[RefusedError], Refusal] = {
    ConflictError: Refusal("Busy", "Other calls concern the same export or person. Nothing was done: call again."),
    IdempotencyKeyReusedError: Refusal(
        "IdempotencyKeyReused",
        "This idempotency key was used with another body. Use a fresh key for another request.",
        "Idempotency-Key",
    ),
    ImpossibleDeadlineError: Refusal(
        "InvalidValue",
        "dueDateTime: Takes a time after receivedDateTime, which is now unless you send it.",
        "dueDateTime",
    ),
    ImpossibleHandoverError: Refusal(
        "InvalidValue",
        "handedOverDateTime: Takes a time from the export's receivedDateTime on, and none in the future.",
        "handedOverDateTime",
    ),
}

BUSY_ITEM = Refusal(
    "Busy",
    "This export is not recorded: it is about to be, storage failed, or other calls concern the same person. Nothing "
    "is lost: look again in a minute, then send the batch again with the same key (without one, this export alone).",
)
"""Why a batch has no export for an item that was not refused."""
BUSY_HOLD = Refusal(
    "Busy", "Storage failed, or other calls concern the same export. Nothing was done to it: send the same call again."
)
"""Why the hold of one of several exports could not be changed at this moment."""


def explain_refusal(error: RefusedError) -> Refusal:
    """The refusal that an exception of a use case means."""
    match error:
        case CallbackNotAllowedError():
            return Refusal("CallbackNotAllowed", f"callbackUrl: {error}", "callbackUrl")
        case ConflictError() | IdempotencyKeyReusedError() | ImpossibleDeadlineError() | ImpossibleHandoverError():
            return _ALWAYS_THE_SAME[type(error)]
        case NotPossibleError():
            return Refusal(error.code, str(error))
        case SubjectBusyError():
            message = f"The export {error.export_id} of the same person is open. Follow it, or send allowDuplicate."
            return Refusal("ExportInProgress", message, error.export_id)
        case TooManySubscriptionsError():
            whose = "This deployment has" if error.limit == MAX_SUBSCRIPTIONS else "You have"
            message = f"{whose} {error.limit} subscriptions already, which is the most. Delete one that nobody needs."
            return Refusal("TooManySubscriptions", message)


def explain_unreadable(error: UnreadableRowError) -> Refusal:
    """What callers are told where a row can't be read."""
    message = "The record is damaged, or of a newer version of this service. Ask an administrator to repair it."
    return Refusal("RecordUnreadable", message, error.partition if is_guid(error.partition) else None)
