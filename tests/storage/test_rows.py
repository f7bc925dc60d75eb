"""An export as a row and back."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.exports import attempts, deliveries, endings
from shared.exports.ids import new_export_id
from shared.exports.model import Export, Notice, Problem
from shared.exports.moves import failed, warned
from shared.exports.subscriptions import MOST, Subscription
from shared.storage.rows import event_rows, export_from, export_row
from tests.exports.samples import (
    DAY,
    NAMED,
    NOW,
    RULES,
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
    export = deliveries.announced(replace(succeeded(), has_callback=True), [subscription], NOW)
    export = deliveries.answered(export, export.deliveries[0], deliveries.NotDelivered("No."), NOW, RULES)
    return deliveries.answered(export, export.deliveries[1], deliveries.Delivered(), NOW, RULES)


EXPORTS = [
    accepted(NAMED),
    accepted(),
    ready(),
    submitting(),
    running(),
    attempts.lost(running(), "gone", NOW, RULES),
    attempts.revoked(complete(), complete().attempts[0], NOW),
    succeeded(3, 2**40),
    endings.erased(succeeded(), NOW + DAY),
    told_once(),
    endings.hashed(complete(), [], 5, "marker", NOW),
    endings.retried(failed(running(), Problem("X", "x"), NOW, RULES), "c", NOW),
    failed(warned(running(), Notice("N", "n"), NOW), Problem("Forbidden", "Ask."), NOW, RULES),
    replace(running(), reference="DSR-1", request_digest="d", progress=0.25, polls=3, failures=2, refused_since=NOW),
]


@pytest.mark.parametrize("export", EXPORTS)
def test_a_row_reads_back_as_the_export(export: Export) -> None:
    assert export_from(export_row(export)) == without_events(export)


@pytest.mark.parametrize("export", EXPORTS)
def test_columns_are_flat_and_none_is_empty(export: Export) -> None:
    for name, value in export_row(export).items():
        assert value is not None, name
        assert not isinstance(value, dict | list), name


def test_events_are_numbered_on_from_those_stored() -> None:
    export = attempts.prepared(without_events(accepted()), "https://a/c", ready().attempts[0].grant, NOW, RULES)
    assert [(row["RowKey"], row["eventType"]) for row in event_rows(export)] == [("event-000002", "AttemptStarted")]


def test_a_row_from_before_there_were_deliveries_is_erased_when_it_was_to_be() -> None:
    export = succeeded()
    row = export_row(export)
    for column in ("deliveries", "eraseDateTime", "hasCallback"):
        del row[column]
    assert export_from(row) == without_events(export)
    open_row = {
        name: value for name, value in export_row(running()).items() if name not in {"deliveries", "hasCallback"}
    }
    assert export_from(open_row) == without_events(running())


def test_the_deliveries_of_all_subscriptions_there_can_be_fit_into_a_column() -> None:
    subscriptions = [
        Subscription(id=new_export_id(), caller="c", created_at=NOW, statuses=frozenset(), reference=None)
        for _ in range(MOST + 20)  # a race can make some more
    ]
    moment = NOW + timedelta(microseconds=1)
    export = deliveries.announced(replace(succeeded(), has_callback=True), subscriptions, moment)
    column = export_row(export)["deliveries"]
    assert len(column) < 32_000, "a column has 64 kB, two bytes a character"
    assert len(json.loads(column)) == MOST + 21
