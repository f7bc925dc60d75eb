"""The exported data is to be erased, and is erased."""

import pytest

from shared.exports.exceptions import NotPossibleError
from shared.exports.export import Problem
from shared.exports.next_step import Step, next_step
from shared.exports.states_and_codes import AttemptStatus
from shared.exports.transitions.data_erasure import begin_erasure, is_erasure_pending, mark_erased, request_erasure
from shared.exports.transitions.failed_call import postpone_erasure
from shared.exports.transitions.write_grant import attempts_to_revoke
from tests.exports.samples import (
    CALLER,
    DAY,
    LIMITS,
    NOW,
    accepted,
    attempt_status,
    canceled,
    event_types,
    running,
    succeeded,
)


def test_data_is_erased_on_request() -> None:
    wanted = request_erasure(succeeded(), CALLER, NOW + DAY)
    assert next_step(wanted, NOW + DAY, LIMITS) is Step.ERASE
    assert (event_types(wanted)[-1], wanted.unsaved[-1].actor) == ("EraseRequested", CALLER)
    assert wanted.erasure_begun_at == NOW + DAY
    assert request_erasure(wanted, "other", NOW + DAY) == wanted


def test_a_request_begins_what_the_end_of_the_retention_has_made_due() -> None:
    due_at = succeeded().erase_at
    assert due_at is not None
    wanted = request_erasure(succeeded(), CALLER, due_at + DAY)
    assert (wanted.erase_at, wanted.erasure_begun_at) == (due_at + DAY, due_at + DAY)
    assert wanted.unsaved[-1].actor == CALLER


def test_an_erasure_is_begun_once() -> None:
    begun = begin_erasure(succeeded(), NOW + DAY)
    again = begin_erasure(begun, NOW + 2 * DAY)
    assert (begun.erasure_begun_at, again.erasure_begun_at) == (NOW + DAY, NOW + DAY)
    assert begun.erase_at == again.erase_at == succeeded().erase_at


def test_an_erasure_leaves_the_export_and_its_trail() -> None:
    erased = mark_erased(request_erasure(succeeded(), CALLER, NOW + DAY), NOW + DAY)
    assert (erased.erase_at, erased.erased_at, erased.next_step_at) == (None, NOW + DAY, None)
    assert erased.erasure_begun_at == NOW + DAY
    assert erased.unsaved[-1].detail == {"containers": 1}
    assert request_erasure(erased, CALLER, NOW + 2 * DAY) == erased
    assert attempt_status(erased) is AttemptStatus.COMPLETE


def test_an_erasure_ends_the_right_to_write_that_could_not_be_revoked_before() -> None:
    wanted = request_erasure(canceled(running()), CALLER, NOW + DAY)
    assert attempts_to_revoke(wanted)
    erased = mark_erased(wanted, NOW + DAY)
    assert attempts_to_revoke(erased) == ()
    assert event_types(erased)[-2:] == ["GrantRevoked", "Erased"]


def test_an_erasure_is_pending_from_its_time_on_until_it_is_done_however_often_it_fails() -> None:
    assert not is_erasure_pending(running(), NOW)
    kept = succeeded()
    assert not is_erasure_pending(kept, NOW + DAY), "it is due at the end of the retention"
    wanted = request_erasure(kept, CALLER, NOW + DAY)
    assert is_erasure_pending(wanted, NOW + DAY)
    postponed = postpone_erasure(wanted, Problem("ServerBusy", "Busy."), NOW + DAY, LIMITS)
    assert is_erasure_pending(postponed, NOW + DAY)
    assert not is_erasure_pending(mark_erased(postponed, NOW + 2 * DAY), NOW + 2 * DAY)


def test_an_export_without_a_container_is_left_as_it_is() -> None:
    export = canceled(accepted())
    assert request_erasure(export, CALLER, NOW) == export


def test_an_open_export_is_not_erased() -> None:
    with pytest.raises(NotPossibleError) as raised:
        request_erasure(running(), CALLER, NOW)
    assert raised.value.code == "ExportNotEnded"
