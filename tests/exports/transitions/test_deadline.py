"""The deadline comes near or passes."""

from datetime import datetime

import pytest

from shared.exports.transitions.deadline import next_deadline_warning_at, warn_of_deadline
from tests.exports.samples import DAY, HOUR, LIMITS, NOW, SECOND, event_types, running, succeeded, warning_codes

DUE = NOW + 30 * DAY
SOON = DUE - LIMITS.due_soon


@pytest.mark.parametrize(
    ("now", "codes"), [(SOON - SECOND, []), (SOON, ["DueSoon"]), (DUE - SECOND, ["DueSoon"]), (DUE, ["Overdue"])]
)
def test_an_open_export_is_warned_about_in_time(now: datetime, codes: list[str]) -> None:
    export = warn_of_deadline(running(), now, LIMITS.due_soon)
    assert warning_codes(export) == codes
    assert event_types(export)[len(event_types(running())) :] == codes


def test_each_warning_comes_once() -> None:
    export = running()
    for now in (SOON, SOON + HOUR, DUE, DUE + DAY):
        export = warn_of_deadline(export, now, LIMITS.due_soon)
    assert warning_codes(export) == ["DueSoon", "Overdue"]


def test_an_ended_export_is_not_warned_about() -> None:
    assert warn_of_deadline(succeeded(), DUE + DAY, LIMITS.due_soon) == succeeded()


def test_the_next_warning_is_before_the_deadline_and_then_at_it() -> None:
    assert next_deadline_warning_at(running(), NOW, LIMITS.due_soon) == SOON
    assert next_deadline_warning_at(running(), SOON, LIMITS.due_soon) == DUE
    assert next_deadline_warning_at(running(), DUE, LIMITS.due_soon) is None
