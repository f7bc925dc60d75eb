"""An export as a row and back."""

import json
from dataclasses import replace
from datetime import UTC, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.exports import callback_results
from shared.exports.audit_trail import add_warning
from shared.exports.exceptions import UnreadableRowError
from shared.exports.export import (
    Announcement,
    Delivery,
    Export,
    ExportWarning,
    Grant,
    Hold,
    ManifestProgress,
    Problem,
    TrailHead,
)
from shared.exports.ids import new_export_id
from shared.exports.states_and_codes import DeliveryEvent, DeliveryState, GrantKind, HandoverMethod, WarningCode
from shared.exports.subscription import MAX_SUBSCRIPTIONS
from shared.exports.transitions import (
    attempt_replacement,
    callback_deliveries,
    data_erasure,
    export_retry,
    failed_call,
    manifest,
    submission,
    write_grant,
)
from shared.exports.transitions.ending import fail
from shared.http.response_bodies import export_body
from shared.protocols import Row
from shared.records.event_and_file_rows import to_event_rows
from shared.records.export_rows import export_from_row, to_export_row
from shared.records.wide_columns import COLUMN_UNITS
from tests.exports.samples import (
    CALLER,
    DAY,
    LIMITS,
    NAMED,
    NOW,
    accepted,
    complete,
    ready,
    running,
    submitting,
    subscribed,
    succeeded,
    without_events,
)
from tests.fakes.table_limits import to_stored, utf16_length

PRIVATE = "a-secret-value"
JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 2**40),
    st.floats(allow_nan=False),
    st.datetimes(timezones=st.just(UTC)),
    st.just(PRIVATE),
    st.text(max_size=20),
    st.sampled_from(["[]", "{}", "[1]", "[{}]", '[{"number":1}]', "null", "[null]", "[" * 5000]),
)
"""What can be in a column after a hand edit."""


def told_once() -> Export:
    """One receiver has it, one is to be tried again."""
    export = callback_deliveries.announce_end(replace(succeeded(), has_callback=True), [subscribed()], NOW)
    export = callback_deliveries.apply_callback_result(
        export, export.deliveries[0], callback_results.NotDelivered("No."), NOW, LIMITS
    )
    return callback_deliveries.apply_callback_result(
        export, export.deliveries[1], callback_results.Delivered(), NOW, LIMITS
    )


EXPORTS = [
    accepted(NAMED),
    accepted(),
    ready(),
    submitting(),
    running(),
    attempt_replacement.give_up_attempt(running(), "gone", NOW, LIMITS),
    write_grant.mark_grant_revoked(complete(), complete().attempts[0], NOW),
    succeeded(3, 2**40),
    data_erasure.mark_erased(succeeded(), NOW + DAY),
    told_once(),
    manifest.add_files(complete(), [], 5, "marker", NOW),
    export_retry.reopen(fail(running(), Problem("X", "x"), NOW, LIMITS), "c", NOW),
    fail(add_warning(running(), ExportWarning("N", "n"), NOW), Problem("Forbidden", "Ask."), NOW, LIMITS),
    replace(running(), reference="DSR-1", request_digest="d", progress=0.25, polls=3, failures=2, refused_since=NOW),
    replace(running(), paused_at=NOW, hold=Hold(NOW, "A court order.", "c"), trail_sha256="0" * 64),
    replace(succeeded(), awaits_handover=True, warn_at=NOW + DAY, erasure_begun_at=NOW),
    replace(succeeded(), announcements=(Announcement(DeliveryEvent.ENDED, NOW, TrailHead(3, "0" * 64)),)),
    replace(succeeded(), announcements=(Announcement(DeliveryEvent.HANDED_OVER, NOW, None),)),
    replace(succeeded(), handed_over_at=NOW, handover_method=HandoverMethod.IN_PERSON),
]


@pytest.mark.parametrize("export", EXPORTS)
def test_a_row_reads_back_as_the_export(export: Export) -> None:
    assert export_from_row(to_export_row(export)) == without_events(export)


@pytest.mark.parametrize("export", EXPORTS)
def test_columns_are_flat_and_none_is_empty(export: Export) -> None:
    for name, value in to_export_row(export).items():
        assert value is not None, name
        assert not isinstance(value, dict | list), name


def test_events_are_numbered_on_from_those_stored() -> None:
    export = submission.start_attempt(without_events(accepted()), "https://a/c", ready().attempts[0].grant, NOW, LIMITS)
    assert [(row["RowKey"], row["eventType"]) for row in to_event_rows(export)] == [("event-000002", "AttemptStarted")]


def test_a_row_from_before_there_were_deliveries_is_erased_when_it_was_to_be() -> None:
    export = succeeded()
    row = to_export_row(export)
    for column in ("deliveries", "eraseDateTime", "hasCallback"):
        del row[column]
    assert export_from_row(row) == without_events(export)
    open_row = {
        name: value for name, value in to_export_row(running()).items() if name not in {"deliveries", "hasCallback"}
    }
    assert export_from_row(open_row) == without_events(running())


def largest(message: str, code: str) -> Export:
    """As large as an export can grow: each retry makes an attempt, and the last one as many as a run may make."""
    attempt = replace(
        running().attempts[0],
        container="https://" + "a" * 24 + ".blob.core.usgovcloudapi.net/export-" + new_export_id() + "-119",
        started_at=LATE,
        sent_at=LATE,
        submitted_at=LATE,
        grant=Grant(GrantKind.USER_DELEGATION, LATE, LATE),
        error=Problem(code, message),
    )
    deliveries = tuple(
        Delivery(
            id=new_export_id(),
            target=new_export_id(),
            event=event,
            state=DeliveryState.GIVEN_UP,
            tries=99,
            next_try_at=LATE,
        )
        for event in DeliveryEvent
        for _ in range(MAX_SUBSCRIPTIONS + 1)
    )
    return replace(
        succeeded(),
        attempts=tuple(replace(attempt, number=number) for number in range(1, 120)),
        earlier_attempts=100,
        warnings=tuple(ExportWarning(code, message) for code in WarningCode),
        error=Problem(code, message),
        wait_reason=message,
        reference="\U0001f600" * 128,
        announcements=tuple(Announcement(event, LATE, TrailHead(999_999, "0" * 64)) for event in DeliveryEvent),
        deliveries=deliveries,
        files=ManifestProgress(count=1, marker="m" * 4096),
        unsaved=(),
    )


LATE = NOW + timedelta(microseconds=1)


@pytest.mark.parametrize("letter", ["x", '"', "\\", "\U0001f600", "\u20ac"])
def test_the_largest_export_there_can_be_is_stored_far_from_the_limits_of_a_row(letter: str) -> None:
    export = largest(letter * 30_000, letter * 30_000)
    stored, size = to_stored(to_export_row(export))
    assert max(utf16_length(text) for text in stored.values() if isinstance(text, str)) <= COLUMN_UNITS
    assert size < 512 * 1024
    again = export_from_row(stored)
    assert to_export_row(again) == to_export_row(export)
    assert (len(again.attempts), len(again.deliveries)) == (119, 2 * (MAX_SUBSCRIPTIONS + 1))
    assert again.deliveries == export.deliveries


def test_messages_of_a_usual_length_are_kept_whole() -> None:
    export = largest("x" * 800, "x" * 100)
    assert export_from_row(to_stored(to_export_row(export)).row) == export


def test_a_row_with_all_attempts_in_one_column_reads_back() -> None:
    export = replace(largest("x" * 800, "x" * 100), deliveries=())
    row = to_export_row(export)
    assert "attempts2" in row
    parts = [name for name in row if name.startswith("attempts")]
    row["attempts"] = json.dumps([each for name in parts for each in json.loads(row[name])])
    for name in parts[1:]:
        del row[name]
    assert export_from_row(row) == export


@given(name=st.sampled_from(sorted(to_export_row(told_once()))), value=JUNK)
def test_a_row_that_was_changed_by_hand_is_an_export_or_unreadable(name: str, value: object) -> None:
    row = to_export_row(told_once())
    if value is None:
        del row[name]
    else:
        row[name] = value
    try:
        export = export_from_row(row)
    except UnreadableRowError as error:
        assert PRIVATE not in str(error)  # noqa: PT017 - it may be readable
    else:
        assert export_from_row(to_export_row(export)) == export
        assert json.dumps(export_body(export))


@pytest.mark.parametrize(
    "change",
    [
        {"status": "Paused"},
        {"stage": "Dreaming"},
        {"polls": "many"},
        {"attempts": "[{}]"},
        {"attempts": "[]"},
        {"attempts": "["},
        {"attempts": 5},
        {"deliveries": '["x"]'},
        {"warnings": '[{"code":1,"message":"m"}]'},
        {"caller": None},
        {"dueDateTime": "2026-11-01"},
    ],
    ids=str,
)
def test_a_row_that_this_version_can_not_read_says_which_one(change: dict[str, object]) -> None:
    row = to_export_row(running()) | change
    with pytest.raises(UnreadableRowError) as error:
        export_from_row(row)
    assert (error.value.partition, error.value.key) == (running().id, "export")


def test_an_erasure_that_version_1_0_0_had_begun_and_could_not_end_counts_as_begun() -> None:
    kept, asked = succeeded(), data_erasure.request_erasure(succeeded(), CALLER, NOW + 2 * DAY)
    failing = failed_call.postpone_erasure(asked, Problem("ServerBusy", "Busy."), NOW + 2 * DAY, LIMITS)
    for export, begun_at in [(kept, None), (running(), None), (replace(running(), failures=1), None)]:
        assert export_from_row(row_of_1_0_0(export)).erasure_begun_at == begun_at
    assert export_from_row(row_of_1_0_0(failing)).erasure_begun_at == failing.updated_at
    assert export_from_row(to_export_row(replace(failing, erasure_begun_at=None))).erasure_begun_at is None


def row_of_1_0_0(export: Export) -> Row:
    """The row without the columns that say whether its erasure has begun, and whether the version knows them."""
    return {
        name: value
        for name, value in to_export_row(export).items()
        if name not in {"awaitsHandover", "erasureBegunDateTime"}
    }
