"""How an export ends, and what callers can still ask of it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.exports.exceptions import NotPossibleError
from shared.exports.export import Export, File, ManifestProgress, Problem, next_attempt_number
from shared.exports.next_step import Step, next_step
from shared.exports.states_and_codes import AttemptStatus, GrantKind, Stage, Status
from shared.exports.transitions import (
    cancellation,
    data_erasure,
    export_retry,
    lost_submission,
    manifest,
    submission,
    write_grant,
)
from shared.exports.transitions.ending import fail
from tests.exports.samples import (
    CALLER,
    DAY,
    LIMITS,
    NAMED,
    NOW,
    SECOND,
    accepted,
    complete,
    ready,
    running,
    submitting,
    succeeded,
    told,
)


def file(name: str, sha256: str | None = "0" * 64) -> File:
    return File(name=name, size=10, md5=sha256 and "0" * 32, sha256=sha256, modified_at=NOW)


def canceled(export: Export) -> Export:
    return cancellation.cancel(cancellation.request_cancellation(export, CALLER, NOW), NOW, LIMITS)


def broken() -> Export:
    return fail(running(), Problem("X", "x"), NOW, LIMITS)


def test_what_arrived_is_counted() -> None:
    export = succeeded(7, 9000)
    assert (export.status, export.warnings, export.completed_at) == (Status.SUCCEEDED, (), NOW + DAY)
    assert export.files is not None
    assert (export.files.count, export.files.total_bytes, export.files.manifest_sha256) == (7, 9000, "0" * 64)


@pytest.mark.parametrize(("count", "total_bytes"), [(0, 0), (3, 0)])
def test_an_empty_complete_is_not_silently_green(count: int, total_bytes: int) -> None:
    export = succeeded(count, total_bytes)
    assert export.status is Status.SUCCEEDED
    assert [w.code for w in export.warnings] == ["NoData"]


@pytest.mark.parametrize(("age", "codes"), [(29 * DAY, []), (30 * DAY, ["CompletedAtLimit"])])
def test_a_completion_at_the_longest_documented_time_is_looked_at(age: timedelta, codes: list[str]) -> None:
    assert [w.code for w in succeeded(now=NOW + age).warnings] == codes


def test_the_manifest_is_made_page_by_page_and_goes_on_where_it_stopped() -> None:
    export = manifest.add_files(complete(), [file("a")], 2, "next", NOW)
    assert export.files == ManifestProgress(count=1, total_bytes=10, in_page=1)
    assert next_step(export, NOW) is Step.CHECK
    export = manifest.add_files(export, [file("b")], 2, "next", NOW)
    assert export.files == ManifestProgress(count=2, total_bytes=20, marker="next")
    export = manifest.add_files(export, [], 0, None, NOW)
    assert export.files == ManifestProgress(count=2, total_bytes=20, is_listed=True)


def test_a_file_too_large_to_hash_is_warned_about() -> None:
    export = manifest.add_files(complete(), [file("a", None), file("b", None)], 2, None, NOW)
    assert [w.code for w in export.warnings] == ["FilesNotHashed"]


def test_every_change_of_status_is_told() -> None:
    expected = [
        "Accepted",
        "AttemptStarted",
        "Submitting",
        "Submitted",
        "OperationComplete",
        "GrantRevoked",
        "Succeeded",
    ]
    assert told(succeeded()) == expected
    assert succeeded().event_count == len(expected)


@pytest.mark.parametrize("export", [accepted(NAMED), accepted(), ready(), submitting(), running(), complete()])
def test_any_open_export_can_be_canceled(export: Export) -> None:
    wanted = cancellation.request_cancellation(export, CALLER, NOW)
    assert wanted.unsaved[-1].actor == CALLER
    assert next_step(wanted, NOW) is Step.CANCEL
    assert cancellation.request_cancellation(wanted, "other", NOW) == wanted
    export = cancellation.cancel(wanted, NOW, LIMITS)
    assert (export.status, export.stage) == (Status.CANCELED, Stage.ENDED)
    assert write_grant.attempts_to_revoke(export) == export.attempts
    assert cancellation.request_cancellation(export, CALLER, NOW) == export
    assert "ana@" not in repr(export)


@pytest.mark.parametrize(
    ("export", "codes"),
    [
        (running(GrantKind.USER_DELEGATION), ["GrantNotRevocable"]),
        (submitting(GrantKind.USER_DELEGATION), ["GrantNotRevocable"]),
        (ready(GrantKind.USER_DELEGATION), []),
        (running(), []),
    ],
)
def test_a_grant_that_can_not_be_revoked_is_said(export: Export, codes: list[str]) -> None:
    assert [w.code for w in canceled(export).warnings] == codes


@pytest.mark.parametrize("export", [broken(), canceled(running()), canceled(submitting()), canceled(accepted())])
def test_a_retry_makes_a_new_attempt(export: Export) -> None:
    later = NOW + 40 * DAY
    again = export_retry.reopen(export, CALLER, later)
    assert (again.status, again.error, again.completed_at) == (Status.RUNNING, None, None)
    assert next_step(again, later) is Step.PREPARE
    assert next_attempt_number(again) == len(export.attempts) + 1
    assert export_retry.reopen(again, CALLER, later) == again
    assert again.begun_at == later, "its age counts anew"


def test_attempts_before_a_retry_do_not_count() -> None:
    export = export_retry.reopen(replace(broken(), attempts=running().attempts * 3), CALLER, NOW)
    export = submission.start_attempt(export, "https://a/4", ready().attempts[0].grant, NOW, LIMITS)
    assert lost_submission.give_up_attempt(export, "gone", NOW, LIMITS).status is Status.RUNNING


@pytest.mark.parametrize("export", [succeeded(), fail(accepted(NAMED), Problem("X", "x"), NOW, LIMITS)])
def test_what_can_not_be_retried(export: Export) -> None:
    with pytest.raises(NotPossibleError):
        export_retry.reopen(export, CALLER, NOW)


def test_data_is_erased_when_asked_for_and_when_its_time_is_over() -> None:
    export = succeeded()
    assert next_step(export, NOW + DAY) is Step.END
    assert next_step(export, NOW + DAY + LIMITS.retain_for - SECOND) is Step.END
    assert next_step(export, NOW + DAY + LIMITS.retain_for) is Step.ERASE
    wanted = data_erasure.request_erasure(export, CALLER, NOW + DAY)
    assert next_step(wanted, NOW + DAY) is Step.ERASE
    assert data_erasure.request_erasure(wanted, "other", NOW + DAY) == wanted
    erased = data_erasure.mark_erased(wanted, NOW + DAY)
    assert next_step(erased, NOW + 400 * DAY) is Step.END
    assert data_erasure.request_erasure(erased, CALLER, NOW + 2 * DAY) == erased
    assert erased.attempt is not None
    assert erased.attempt.status is AttemptStatus.COMPLETE


def test_an_open_export_is_not_erased() -> None:
    with pytest.raises(NotPossibleError):
        data_erasure.request_erasure(running(), CALLER, NOW)


def test_an_export_without_a_container_has_nothing_to_erase() -> None:
    assert next_step(canceled(accepted()), NOW + 400 * DAY) is Step.END
