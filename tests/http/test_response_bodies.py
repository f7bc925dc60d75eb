"""An export as callers see it."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.exports.export import Export, Problem
from shared.exports.transitions.ending import fail
from shared.http.response_bodies import export_body, retry_after_seconds
from tests.exports.samples import (
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
)

FIELDS = {
    "id", "status", "stage", "subject", "reference", "receivedDateTime", "dueDateTime", "createdDateTime",
    "lastUpdatedDateTime", "completedDateTime", "progress", "nextPollDateTime", "storage", "grant", "attempts", "files",
    "warnings", "error", "erasedDateTime",
}  # fmt: skip


@pytest.mark.parametrize(
    "export",
    [
        accepted(NAMED),
        accepted(),
        ready(),
        submitting(),
        running(),
        complete(),
        fail(running(), Problem("X", "x"), NOW, LIMITS),
    ],
)
def test_it_has_every_field_at_every_stage_and_no_name_of_a_person(export: Export) -> None:
    view = export_body(export)
    assert set(view) == FIELDS
    assert "ana@" not in json.dumps(view)
    assert "caller" not in view


def test_times_are_utc_with_a_zone() -> None:
    assert export_body(accepted())["createdDateTime"] == "2026-11-01T09:00:00Z"


def test_an_ended_export_says_what_arrived() -> None:
    view = export_body(succeeded(3, 99))
    assert view["status"] == "Succeeded"
    assert view["files"] == {"count": 3, "totalBytes": 99, "manifestSha256": "0" * 64}
    assert view["nextPollDateTime"] is None


@pytest.mark.parametrize(
    ("wait", "seconds"), [(-5 * SECOND, 1), (0.2 * SECOND, 1), (61 * SECOND, 61), (12 * DAY, 3600)]
)
def test_callers_are_asked_back_in_time(wait: timedelta, seconds: int) -> None:
    assert retry_after_seconds(replace(accepted(), next_step_at=NOW + wait), NOW) == seconds


def test_callers_do_not_wait_for_the_case_that_an_answer_is_lost() -> None:
    assert retry_after_seconds(submitting(), NOW) == 2
    assert retry_after_seconds(ready(), NOW) == 2
    assert retry_after_seconds(running(), NOW) == 62, "60 s as Graph asks, and the jitter"


def test_an_ended_export_need_not_be_asked_again() -> None:
    assert retry_after_seconds(succeeded(), NOW) is None
