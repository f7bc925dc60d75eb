"""An export as a row and back."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.exports import callback_results
from shared.exports.audit_trail import add_warning
from shared.exports.export import Export, ExportWarning, Problem
from shared.exports.ids import new_export_id
from shared.exports.subscription import MAX_SUBSCRIPTIONS, Subscription
from shared.exports.transitions import (
    attempt_replacement,
    callback_deliveries,
    data_erasure,
    export_retry,
    manifest,
    submission,
    write_grant,
)
from shared.exports.transitions.ending import fail
from shared.records.event_and_file_rows import to_event_rows
from shared.records.export_rows import export_from_row, to_export_row
from tests.exports.samples import (
    DAY,
    LIMITS,
    NAMED,
    NOW,
    accepted,
    complete,
    ready,
    running,
    submitting,
    succeeded,
    without_events,
)


def told_once() -> Export:
    """One receiver has it, one is to be tried again."""
    subscription = Subscription(id="s", caller="c", created_at=NOW, statuses=frozenset(), reference=None)
    export = callback_deliveries.announce_end(replace(succeeded(), has_callback=True), [subscription], NOW)
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


def test_the_deliveries_of_all_subscriptions_there_can_be_fit_into_a_column() -> None:
    subscriptions = [
        Subscription(id=new_export_id(), caller="c", created_at=NOW, statuses=frozenset(), reference=None)
        for _ in range(MAX_SUBSCRIPTIONS + 20)  # a race can make some more
    ]
    moment = NOW + timedelta(microseconds=1)
    export = callback_deliveries.announce_end(replace(succeeded(), has_callback=True), subscriptions, moment)
    column = to_export_row(export)["deliveries"]
    assert len(column) < 32_000, "a column has 64 kB, two bytes a character"
    assert len(json.loads(column)) == MAX_SUBSCRIPTIONS + 21
