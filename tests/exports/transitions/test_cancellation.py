"""An export is to be canceled, and is canceled."""

import pytest

from shared.exports.audit_trail import add_warning
from shared.exports.export import Export, ExportWarning
from shared.exports.next_step import Step, next_step
from shared.exports.states_and_codes import AttemptStatus, GrantKind, Stage, Status, WarningCode
from shared.exports.transitions.cancellation import cancel, is_cancellation_pending, request_cancellation
from shared.exports.transitions.write_grant import mark_grant_revoked
from tests.exports.samples import (
    CALLER,
    DAY,
    LIMITS,
    NAMED,
    NOW,
    SECOND,
    accepted,
    attempt_status,
    canceled,
    complete,
    event_types,
    ready,
    running,
    submitting,
    warning_codes,
)


@pytest.mark.parametrize("export", [accepted(NAMED), accepted(), ready(), submitting(), running(), complete()])
def test_any_open_export_can_be_canceled(export: Export) -> None:
    wanted = request_cancellation(export, CALLER, NOW)
    assert wanted.unsaved[-1].actor == CALLER
    assert next_step(wanted, NOW, LIMITS) is Step.CANCEL
    assert request_cancellation(wanted, "other", NOW) == wanted
    export = cancel(wanted, NOW, LIMITS)
    assert (export.status, export.stage) == (Status.CANCELED, Stage.ENDED)
    assert event_types(export)[-1] == "Canceled"
    assert request_cancellation(export, CALLER, NOW) == export
    assert "ana@" not in repr(export)


def test_a_canceled_attempt_says_so() -> None:
    export = canceled(running())
    assert export.attempt is not None
    assert export.attempt.error is not None
    assert (attempt_status(export), export.attempt.error.code) == (AttemptStatus.CANCELED, "Canceled")


def test_a_cancellation_is_pending_until_the_export_has_ended_and_nobody_can_write() -> None:
    export = running()
    assert not is_cancellation_pending(export)
    wanted = request_cancellation(export, CALLER, NOW)
    assert is_cancellation_pending(wanted)
    ended = cancel(wanted, NOW, LIMITS)
    assert is_cancellation_pending(ended)
    assert not is_cancellation_pending(mark_grant_revoked(ended, ended.attempts[0], NOW))
    refused = add_warning(ended, ExportWarning(WarningCode.GRANT_NOT_REVOKED, "No."), NOW)
    assert not is_cancellation_pending(refused), "the warning says so; nobody has to wait for the sweeper"


@pytest.mark.parametrize(
    ("export", "codes"),
    [
        (running(GrantKind.USER_DELEGATION), ["GrantNotRevocable"]),
        (submitting(GrantKind.USER_DELEGATION), ["GrantNotRevocable"]),
        (ready(GrantKind.USER_DELEGATION), []),
        (running(), []),
        (complete(), []),
    ],
)
def test_a_grant_that_cannot_be_revoked_is_warned_about(export: Export, codes: list[str]) -> None:
    assert warning_codes(canceled(export)) == codes


def test_a_user_delegation_that_has_ended_is_not_warned_about() -> None:
    export = request_cancellation(running(GrantKind.USER_DELEGATION), CALLER, NOW)
    ends = export.attempts[0].grant.expires_at
    assert warning_codes(cancel(export, ends - SECOND, LIMITS)) == ["GrantNotRevocable"]
    assert warning_codes(cancel(export, ends, LIMITS)) == []
    assert ends < NOW + 7 * DAY
