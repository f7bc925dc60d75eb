"""Exports, batches and reports as callers see them, and when to ask again."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.exports.exceptions import Refusal, UnreadableRowError
from shared.exports.export import Export, Problem
from shared.exports.preflight_check import PreflightCheck, Verdict
from shared.exports.transitions.ending import fail
from shared.http import batch_schema
from shared.http.response_bodies import batch_body, export_body, links_body, report_body, retry_after_seconds
from shared.records.batch_records import Batch, planned_item
from shared.use_cases.create_batch import Outcome
from shared.use_cases.create_download_links import DownloadLinks
from shared.use_cases.refusals import BUSY_ITEM, explain_unreadable
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
)

FIELDS = {
    "id", "status", "stage", "subject", "reference", "receivedDateTime", "dueDateTime", "createdDateTime",
    "lastUpdatedDateTime", "completedDateTime", "progress", "nextPollDateTime", "waitReason",
    "expectedSubmissionDateTime", "storage", "grant", "attempts", "files",
    "warnings", "error", "erasedDateTime", "erasureDueDateTime", "requestedBy",
    "pausedDateTime", "awaitsHandover", "handedOverDateTime", "handoverMethod", "hold", "trail", "packages",
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
    body = export_body(export)
    assert set(body) == FIELDS
    assert "ana@" not in json.dumps(body)
    assert "caller" not in body


def test_times_are_utc_with_a_zone() -> None:
    assert export_body(accepted())["createdDateTime"] == "2026-11-01T09:00:00Z"


def test_an_ended_export_says_what_arrived() -> None:
    body = export_body(succeeded(3, 99))
    assert body["status"] == "Succeeded"
    assert body["files"] == {"count": 3, "totalBytes": 99, "manifestSha256": "0" * 64}
    assert body["nextPollDateTime"] is None


@pytest.mark.parametrize(
    ("wait", "seconds"), [(-5 * SECOND, 1), (0.2 * SECOND, 1), (61 * SECOND, 61), (12 * DAY, 3600)]
)
def test_callers_are_told_to_ask_in_time(wait: timedelta, seconds: int) -> None:
    assert retry_after_seconds(replace(accepted(), next_step_at=NOW + wait), NOW) == seconds


def test_callers_need_not_wait_as_long_as_for_a_lost_answer() -> None:
    assert retry_after_seconds(submitting(), NOW) == 2
    assert retry_after_seconds(ready(), NOW) == 2
    assert retry_after_seconds(running(), NOW) == 62, "60 s as Graph asks, and the jitter"


def test_an_ended_export_need_not_be_asked_again() -> None:
    assert retry_after_seconds(succeeded(), NOW) is None


REFUSED = Refusal("InvalidValue", "m")
UNREADABLE = explain_unreadable(UnreadableRowError(accepted().id, "export", "caller is missing"))


def body_of(*outcomes: Outcome) -> batch_schema.Batch:
    """The body of a batch with these outcomes."""
    items = tuple(planned_item("b", CALLER, number) for number in range(1, len(outcomes) + 1))
    return batch_body(Batch(id="b", caller=CALLER, created_at=NOW, items=items), outcomes)


def test_a_batch_says_what_became_of_each_item() -> None:
    failed = fail(running(), Problem("X", "x"), NOW, LIMITS)
    assert body_of(accepted(), failed, REFUSED, BUSY_ITEM, UNREADABLE) == {
        "id": "b",
        "status": "Running",
        "createdDateTime": "2026-11-01T09:00:00Z",
        "counts": {"Busy": 1, "Failed": 1, "NotStarted": 1, "Refused": 1, "Unreadable": 1},
        "items": [
            {"number": 1, "exportId": accepted().id, "status": "NotStarted", "error": None},
            {
                "number": 2,
                "exportId": failed.id,
                "status": "Failed",
                "error": {"code": "X", "message": "x", "target": None},
            },
            {
                "number": 3,
                "exportId": None,
                "status": "Refused",
                "error": {"code": "InvalidValue", "message": "m", "target": None},
            },
            {
                "number": 4,
                "exportId": None,
                "status": "Busy",
                "error": {"code": "Busy", "message": BUSY_ITEM.message, "target": None},
            },
            {
                "number": 5,
                "exportId": None,
                "status": "Unreadable",
                "error": {"code": "RecordUnreadable", "message": UNREADABLE.message, "target": accepted().id},
            },
        ],
    }


@pytest.mark.parametrize(
    ("outcomes", "status"),
    [
        ((accepted(),), "Running"),
        ((running(),), "Running"),
        ((succeeded(), REFUSED), "Completed"),
        ((succeeded(), BUSY_ITEM), "Completed"),
        ((succeeded(), replace(running(), id="o")), "Running"),
        ((REFUSED,), "Completed"),
        ((BUSY_ITEM, UNREADABLE), "Completed"),
    ],
    ids=["new", "open", "ended", "busy", "partly", "all refused", "none recorded"],
)
def test_a_batch_runs_until_its_last_export_has_ended(outcomes: tuple[Outcome, ...], status: str) -> None:
    assert body_of(*outcomes)["status"] == status


def test_links_are_with_their_names() -> None:
    assert links_body(["a", "b"], DownloadLinks(NOW, ("https://x/a", "https://x/b"))) == {
        "expiresDateTime": "2026-11-01T09:00:00Z",
        "value": [{"name": "a", "url": "https://x/a"}, {"name": "b", "url": "https://x/b"}],
    }


@pytest.mark.parametrize(
    ("verdicts", "status"),
    [
        ((Verdict.PASSED, Verdict.WARNING), "Passed"),
        ((Verdict.PASSED, Verdict.FAILED, Verdict.PASSED), "Failed"),
    ],
)
def test_a_report_fails_if_a_check_does(verdicts: tuple[Verdict, ...], status: str) -> None:
    body = report_body([PreflightCheck("n", verdict, "m") for verdict in verdicts])
    assert body["status"] == status
    assert body["checks"][0] == {"name": "n", "status": "Passed", "message": "m"}
