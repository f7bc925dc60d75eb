"""A call to Graph or to the export account failed."""

from dataclasses import replace
from datetime import datetime

import pytest

from shared.exports.export import Export, Problem
from shared.exports.graph_results import NotDone, Refused, Unclear
from shared.exports.next_step import Step, next_step
from shared.exports.states_and_codes import Status, SubjectType
from shared.exports.transitions import data_erasure, data_hold
from shared.exports.transitions.failed_call import back_off, record_graph_refusal, record_storage_refusal
from tests.exports.samples import (
    CALLER,
    DAY,
    HOUR,
    LIMITS,
    MINUTE,
    NOW,
    SECOND,
    USER,
    accepted,
    complete,
    event_types,
    ready,
    running,
    submitting,
    succeeded,
    warning_codes,
)

FORBIDDEN = Refused(403, "Forbidden", "Access is denied.")
NO_ROLE = Problem("AuthorizationPermissionMismatch", "Assign the app's identity the role.")


def test_an_export_waits_after_a_failed_call() -> None:
    export = back_off(running(), Unclear("no answer"), NOW, LIMITS)
    assert export.failures == 1
    assert export.next_step_at is not None
    assert NOW + LIMITS.poll_floor <= export.next_step_at <= NOW + 2 * LIMITS.poll_floor
    event = export.unsaved[-1]
    assert (event.type, event.detail["reason"]) == ("BackedOff", "no answer")
    assert set(event.detail) == {"reason", "until"}


@pytest.mark.parametrize(
    "result", [NotDone("Graph throttles (429).", 7200), Unclear("Graph answered 503.", 7200)], ids=["429", "503"]
)
def test_it_waits_as_long_as_graph_asks(result: NotDone | Unclear) -> None:
    export = back_off(running(), result, NOW, LIMITS)
    assert export.next_step_at == NOW + 2 * HOUR


def test_it_waits_longer_after_many_failures_in_a_row() -> None:
    export = running()
    for _ in range(12):
        export = back_off(export, NotDone("busy"), NOW, LIMITS)
    assert export.failures == 12
    assert export.next_step_at is not None
    assert export.next_step_at > NOW + 5 * MINUTE


def test_an_ended_export_does_not_back_off() -> None:
    with pytest.raises(ValueError, match="has ended"):
        back_off(succeeded(), NotDone("busy"), NOW, LIMITS)


def test_a_refusal_of_graph_fails_the_export() -> None:
    export = record_graph_refusal(running(), Refused(400, "StorageLocationInvalid", "Bad."), NOW, LIMITS)
    assert export.error is not None
    assert (export.status, export.error.code) == (Status.FAILED, "StorageLocationInvalid")


@pytest.mark.parametrize("status", [401, 403])
def test_a_missing_permission_is_waited_for_until_the_limit(status: int) -> None:
    refused = replace(FORBIDDEN, status=status)
    export = record_graph_refusal(ready(), refused, NOW, LIMITS)
    assert (export.refused_since, export.failures) == (NOW, 1)
    assert warning_codes(export) == ["PermissionPending"]
    assert "User.Export.All" in export.warnings[0].message
    assert event_types(export)[-2:] == ["Warned", "BackedOff"]
    export = record_graph_refusal(export, refused, NOW + HOUR - SECOND, LIMITS)
    assert (export.refused_since, export.status) == (NOW, Status.RUNNING)
    export = record_graph_refusal(export, refused, NOW + HOUR, LIMITS)
    assert export.error is not None
    assert export.error.code == "Forbidden"
    assert "User.Export.All" in export.error.message
    assert export.refused_since is None


def test_the_permissions_named_are_those_of_the_subject() -> None:
    inbound = replace(USER, type=SubjectType.INBOUND_SHARED_USER_PROFILE)
    export = record_graph_refusal(accepted(inbound), FORBIDDEN, NOW, LIMITS)
    assert "CrossTenantUserProfileSharing.Read.All" in export.warnings[0].message


@pytest.mark.parametrize("export", [accepted(), ready()])
def test_an_export_account_that_refuses_before_the_submission_fails_the_export_in_the_end(export: Export) -> None:
    for _ in range(LIMITS.max_attempts - 1):
        export = record_storage_refusal(export, NO_ROLE, NOW, LIMITS)
        assert not export.status.is_terminal
    assert warning_codes(export) == ["StorageRefused"]
    export = record_storage_refusal(export, NO_ROLE, NOW, LIMITS)
    assert (export.status, export.error) == (Status.FAILED, NO_ROLE)


@pytest.mark.parametrize("export", [submitting(), running(), complete()])
def test_an_export_account_that_refuses_does_not_end_what_microsoft_may_have_begun(export: Export) -> None:
    for _ in range(10):
        export = record_storage_refusal(export, NO_ROLE, NOW, LIMITS)
    assert (export.status, export.failures) == (Status.RUNNING, 10)
    assert warning_codes(export) == ["StorageRefused"]


def test_an_export_account_that_refuses_postpones_the_erasure() -> None:
    asked_at = NOW + 2 * DAY
    export = data_erasure.request_erasure(succeeded(), CALLER, asked_at)

    def refused(export: Export, now: datetime) -> Export:
        return record_storage_refusal(export, NO_ROLE, now, LIMITS)

    export = refused(export, asked_at)
    assert export.erase_at == export.next_step_at
    assert export.erase_at is not None
    assert asked_at + LIMITS.poll_floor <= export.erase_at <= asked_at + 2 * LIMITS.poll_floor
    assert next_step(export, asked_at, LIMITS) is Step.END
    assert next_step(export, export.erase_at, LIMITS) is Step.ERASE
    assert (export.failures, warning_codes(export), event_types(export)[-1]) == (1, ["StorageRefused"], "BackedOff")
    for _ in range(10):
        assert export.erase_at is not None
        export = refused(export, export.erase_at)
    assert (export.status, export.failures) == (Status.SUCCEEDED, 11)


def test_an_export_account_that_refuses_brings_no_erasure_forward() -> None:
    export = succeeded()
    warned = record_storage_refusal(export, NO_ROLE, NOW + DAY, LIMITS)
    assert warning_codes(warned) == ["StorageRefused"]
    assert (warned.erase_at, warned.next_step_at) == (export.erase_at, export.next_step_at)
    held = data_hold.place_hold(succeeded(), "court", CALLER, NOW)
    assert held.erase_at is not None
    assert record_storage_refusal(held, NO_ROLE, held.erase_at, LIMITS).failures == 0
