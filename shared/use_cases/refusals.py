"""Why a request is refused, as callers are told: a code to branch on, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

from shared.exports.exceptions import (
    CallbackNotAllowedError,
    ConflictError,
    IdempotencyKeyReusedError,
    NotPossibleError,
    SubjectBusyError,
    TooManySubscriptionsError,
)
from shared.exports.subscription import MAX_SUBSCRIPTIONS

RefusedError = (
    CallbackNotAllowedError
    | ConflictError
    | IdempotencyKeyReusedError
    | NotPossibleError
    | SubjectBusyError
    | TooManySubscriptionsError
)
"""What use cases raise to refuse a request."""
REFUSED_ERRORS: tuple[type[RefusedError], ...] = get_args(RefusedError)
"""The same, to be caught."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason why a request is refused."""

    code: str
    message: str
    target: str | None = None
    """The field, parameter or header that it is about, or the id of another export."""


def explain_refusal(error: RefusedError) -> Refusal:
    """The refusal that an exception of a use case means."""
    match error:
        case CallbackNotAllowedError():
            return Refusal("CallbackNotAllowed", f"callbackUrl: {error}", "callbackUrl")
        case ConflictError():
            return Refusal("Busy", "Other calls concern the same export or person. Nothing was done: call again.")
        case IdempotencyKeyReusedError():
            message = "This idempotency key was used with another body. Use a fresh key for another request."
            return Refusal("IdempotencyKeyReused", message, "Idempotency-Key")
        case NotPossibleError():
            return Refusal(error.code, str(error))
        case SubjectBusyError():
            message = f"The export {error.export_id} of the same person is open. Follow it, or send allowDuplicate."
            return Refusal("ExportInProgress", message, error.export_id)
        case TooManySubscriptionsError():
            message = f"There are {MAX_SUBSCRIPTIONS} subscriptions already. Delete one that nobody needs."
            return Refusal("TooManySubscriptions", message)
