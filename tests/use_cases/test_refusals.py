"""What use cases raise, as callers are told of it."""

import pytest

from shared.exports.exceptions import (
    CallbackNotAllowedError,
    ConflictError,
    IdempotencyKeyReusedError,
    ImpossibleDeadlineError,
    ImpossibleHandoverError,
    NotPossibleError,
    SubjectBusyError,
    TooManySubscriptionsError,
    UnreadableRowError,
)
from shared.exports.subscription import MAX_SUBSCRIPTIONS, MAX_SUBSCRIPTIONS_OF_CALLER
from shared.use_cases.refusals import (
    BUSY_ITEM,
    REFUSED_ERRORS,
    RefusedError,
    explain_refusal,
    explain_unreadable,
)

EXPORT_ID = "3c0ff6de-3a3e-4f2b-a7a6-3f9a9f6c7e10"
REFUSALS: list[tuple[RefusedError, str, str | None]] = [
    (CallbackNotAllowedError("Takes an https URL."), "CallbackNotAllowed", "callbackUrl"),
    (ConflictError(EXPORT_ID), "Busy", None),
    (IdempotencyKeyReusedError(), "IdempotencyKeyReused", "Idempotency-Key"),
    (ImpossibleDeadlineError(), "InvalidValue", "dueDateTime"),
    (ImpossibleHandoverError(), "InvalidValue", "handedOverDateTime"),
    (NotPossibleError("ExportNotEnded", "The export has not ended. Cancel it first."), "ExportNotEnded", None),
    (SubjectBusyError(EXPORT_ID), "ExportInProgress", EXPORT_ID),
    (TooManySubscriptionsError(MAX_SUBSCRIPTIONS), "TooManySubscriptions", None),
]


@pytest.mark.parametrize(("error", "code", "target"), REFUSALS, ids=[code for _, code, _ in REFUSALS])
def test_it_has_a_code_a_target_and_what_to_do(error: RefusedError, code: str, target: str | None) -> None:
    refusal = explain_refusal(error)
    assert (refusal.code, refusal.target) == (code, target)
    assert refusal.message.endswith(".")


def test_all_of_them_can_be_caught() -> None:
    assert {type(error) for error, _, _ in REFUSALS} == set(REFUSED_ERRORS)


def test_the_reason_is_told() -> None:
    assert explain_refusal(CallbackNotAllowedError("Takes an https URL.")).message == "callbackUrl: Takes an https URL."
    assert EXPORT_ID in explain_refusal(SubjectBusyError(EXPORT_ID)).message


def test_it_is_told_whose_subscriptions_are_too_many() -> None:
    of_all = explain_refusal(TooManySubscriptionsError(MAX_SUBSCRIPTIONS)).message
    own = explain_refusal(TooManySubscriptionsError(MAX_SUBSCRIPTIONS_OF_CALLER)).message
    assert of_all.startswith("This deployment has 100 subscriptions")
    assert own.startswith("You have 20 subscriptions")


def test_a_busy_item_of_a_batch_has_the_code_of_a_busy_export() -> None:
    assert BUSY_ITEM.code == explain_refusal(ConflictError(EXPORT_ID)).code


def test_a_row_that_can_not_be_read_is_told_of_without_what_is_wrong_with_it() -> None:
    refusal = explain_unreadable(UnreadableRowError(EXPORT_ID, "export", "polls is no int"))
    assert (refusal.code, refusal.target) == ("RecordUnreadable", EXPORT_ID)
    assert "polls" not in refusal.message
    assert explain_unreadable(UnreadableRowError("subscription", "x", "y")).target is None
