"""An export as a row and back."""

from dataclasses import replace

import pytest

from shared.exports import attempts, endings
from shared.exports.model import Export, Notice, Problem
from shared.exports.moves import failed, warned
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
