"""A package is requested, goes on, is made or given up, and goes with the data."""

from dataclasses import replace

import pytest

from shared.exports.exceptions import NotPossibleError
from shared.exports.export import Export, Problem
from shared.exports.handover_package import Package, PackagePart, PackagePlan
from shared.exports.next_step import Step, next_look_at, next_step
from shared.exports.states_and_codes import PackageLanguage, PackageStatus
from shared.exports.transitions.data_erasure import mark_erased, request_erasure
from shared.exports.transitions.download_links import record_package_links
from shared.exports.transitions.handover_packages import (
    GIVE_UP_AFTER,
    advance_package,
    back_off_package,
    due_package,
    fail_package,
    find_package,
    mark_package_made,
    request_package,
)
from shared.exports.transitions.step_failure import record_refusal_after_end, record_step_failure
from tests.exports.samples import (
    CALLER,
    DAY,
    HOUR,
    LIMITS,
    NOW,
    PROBLEM,
    canceled,
    event_types,
    failed,
    running,
    succeeded,
    warning_codes,
)

ENGLISH, GERMAN = PackageLanguage.ENGLISH, PackageLanguage.GERMAN
AT = NOW + 2 * DAY
PLAN = PackagePlan(number=7, documents=(), parts=(PackagePart(3, 100),), sums_sha256="a", receipt_sha256="b")


def requested(language: PackageLanguage = GERMAN) -> Export:
    return request_package(succeeded(), language, CALLER, AT)


def package_of(export: Export, language: PackageLanguage = GERMAN) -> Package:
    found = find_package(export, language)
    assert found is not None
    return found


def made() -> Export:
    planned = replace(package_of(requested()), plan=PLAN)
    return mark_package_made(requested(), planned, AT)


def test_a_package_is_requested_once_for_each_language() -> None:
    export = requested()
    assert (event_types(export)[-1], export.unsaved[-1].actor) == ("PackageRequested", CALLER)
    assert export.unsaved[-1].detail == {"language": "de"}
    assert next_step(export, AT, LIMITS) is Step.PACKAGE
    assert next_look_at(export, AT, LIMITS) == AT
    assert request_package(export, GERMAN, "other", AT) == export
    assert len(request_package(export, ENGLISH, CALLER, AT).packages) == 2
    assert request_package(made(), GERMAN, CALLER, AT) == made()


@pytest.mark.parametrize(
    ("export", "code"),
    [
        (running(), "ExportNotSucceeded"),
        (failed(), "ExportNotSucceeded"),
        (canceled(running()), "ExportNotSucceeded"),
        (replace(succeeded(), erasure_begun_at=AT), "ErasureBegun"),
        (mark_erased(request_erasure(succeeded(), CALLER, AT), AT), "DataErased"),
    ],
)
def test_an_export_without_files_to_hand_out_has_no_packages(export: Export, code: str) -> None:
    with pytest.raises(NotPossibleError) as refused:
        request_package(export, GERMAN, CALLER, AT)
    assert refused.value.code == code
    with pytest.raises(NotPossibleError) as refused:
        record_package_links(export, GERMAN, CALLER, AT, AT)
    assert refused.value.code == code


def test_the_package_that_waits_longest_is_next() -> None:
    export = request_package(requested(GERMAN), ENGLISH, CALLER, AT + HOUR)
    assert due_package(export, AT - HOUR) is None
    assert due_package(export, AT + HOUR) == package_of(export, GERMAN)
    moved = advance_package(export, package_of(export, GERMAN), AT + 2 * HOUR)
    assert due_package(moved, AT + 2 * HOUR) == package_of(moved, ENGLISH)


def test_a_package_that_is_made_says_what_stands_for_its_bytes() -> None:
    export = made()
    assert package_of(export).status is PackageStatus.READY
    assert package_of(export).made_at == AT
    assert export.unsaved[-1].detail == {
        "language": "de",
        "parts": 1,
        "totalBytes": 100,
        "sha256SumsSha256": "a",
        "receiptSha256": "b",
    }
    assert next_step(export, AT, LIMITS) is Step.END
    with pytest.raises(ValueError, match="no plan"):
        mark_package_made(requested(), package_of(requested()), AT)


def test_a_package_that_failed_is_begun_anew_when_it_is_requested_again() -> None:
    planned = replace(package_of(requested()), plan=PLAN)
    export = fail_package(requested(), planned, PROBLEM, AT)
    assert (event_types(export)[-1], export.unsaved[-1].detail["code"]) == ("PackageFailed", "X")
    assert (package_of(export).status, package_of(export).error) == (PackageStatus.FAILED, PROBLEM)
    assert next_step(export, AT, LIMITS) is Step.END
    again = request_package(export, GERMAN, CALLER, AT + HOUR)
    assert package_of(again) == Package(language=GERMAN, requested_at=AT + HOUR, next_step_at=AT + HOUR)
    assert len(again.packages) == 1


def test_steps_that_fail_are_repeated_ever_later_for_a_day() -> None:
    export, now, waits = requested(), AT, []
    while package_of(export).status is PackageStatus.BUILDING:
        export = record_step_failure(export, PROBLEM, now, LIMITS)
        if (again_at := package_of(export).next_step_at) is not None:
            assert (event_types(export)[-1], export.unsaved[-1].detail["language"]) == ("BackedOff", "de")
            waits.append(again_at - now)
            now = again_at
    assert now == AT + GIVE_UP_AFTER
    assert waits[0] < waits[-2]
    assert package_of(export).error == PROBLEM
    assert event_types(export)[-1] == "PackageFailed"


def test_a_step_that_succeeds_ends_the_count_of_failures() -> None:
    export = back_off_package(requested(), package_of(requested()), PROBLEM, AT, LIMITS)
    assert (package_of(export).failures, package_of(export).failing_since) == (1, AT)
    moved = advance_package(export, package_of(export), AT + HOUR)
    assert (package_of(moved).failures, package_of(moved).failing_since) == (0, None)


def test_a_refusal_is_that_of_the_package_unless_the_erasure_was_due() -> None:
    problem = Problem("AuthorizationFailure", "No.")
    refused = record_refusal_after_end(requested(), problem, AT, LIMITS)
    assert (package_of(refused).failures, refused.erase_at) == (1, requested().erase_at)
    assert warning_codes(refused) == ["StorageRefused"]
    erasing = request_erasure(requested(), CALLER, AT)
    postponed = record_refusal_after_end(replace(erasing, erasure_begun_at=None), problem, AT, LIMITS)
    assert postponed.erase_at is not None
    assert postponed.erase_at > AT
    assert package_of(postponed).failures == 0


def test_nothing_is_packed_once_the_erasure_has_begun() -> None:
    begun = replace(requested(), erasure_begun_at=AT)
    assert due_package(begun, AT) is None
    assert next_step(begun, AT, LIMITS) is not Step.PACKAGE


def test_packages_go_with_the_data_and_one_that_was_not_made_has_failed() -> None:
    export = request_package(made(), ENGLISH, CALLER, AT)
    erased = mark_erased(request_erasure(export, CALLER, AT), AT)
    assert (erased.packages, erased.next_step_at) == ((), None)
    failures = [event.detail for event in erased.unsaved if event.type == "PackageFailed"]
    assert [(each["language"], each["code"]) for each in failures] == [("en", "DataErased")]


def test_links_to_a_package_are_in_the_trail_for_each_zip() -> None:
    two = replace(PLAN, parts=(*PLAN.parts, PackagePart(1, 5)))
    export = replace(made(), packages=(replace(package_of(made()), plan=two),))
    linked = record_package_links(export, GERMAN, CALLER, AT + HOUR, AT)
    added = linked.unsaved[len(export.unsaved) :]
    assert [event.detail for event in added] == [
        {"package": "de", "part": part, "until": "2026-11-03T10:00:00Z"} for part in (1, 2)
    ]
    with pytest.raises(LookupError):
        record_package_links(export, ENGLISH, CALLER, AT, AT)
    planned = advance_package(requested(), replace(package_of(requested()), plan=PLAN), AT)
    for not_made in (requested(), planned):
        with pytest.raises(NotPossibleError) as refused:
            record_package_links(not_made, GERMAN, CALLER, AT, AT)
        assert refused.value.code == "PackageNotReady"
