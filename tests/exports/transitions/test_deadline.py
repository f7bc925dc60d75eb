"""The legal clock."""

from dataclasses import replace
from datetime import datetime

import pytest

from shared.exports.next_step import next_look_at
from shared.exports.transitions.deadline import next_deadline_warning_at, warn_of_deadline
from tests.exports.samples import DAY, HOUR, LIMITS, NOW, SECOND, running, succeeded, told

DUE = NOW + 30 * DAY
SOON = DUE - LIMITS.due_soon


@pytest.mark.parametrize(
    ("now", "codes"), [(SOON - SECOND, []), (SOON, ["DueSoon"]), (DUE - SECOND, ["DueSoon"]), (DUE, ["Overdue"])]
)
def test_an_open_export_is_warned_about_in_time(now: datetime, codes: list[str]) -> None:
    export = warn_of_deadline(running(), now, LIMITS.due_soon)
    assert [w.code for w in export.warnings] == codes
    assert told(export)[len(told(running())) :] == codes


def test_each_warning_comes_once() -> None:
    export = running()
    for now in (SOON, SOON + HOUR, DUE, DUE + DAY):
        export = warn_of_deadline(export, now, LIMITS.due_soon)
    assert [w.code for w in export.warnings] == ["DueSoon", "Overdue"]


def test_an_ended_export_is_not_warned_about() -> None:
    assert warn_of_deadline(succeeded(), DUE + DAY, LIMITS.due_soon) == succeeded()


def test_the_monitor_wakes_for_it() -> None:
    assert next_deadline_warning_at(running(), NOW, LIMITS.due_soon) == SOON
    assert next_deadline_warning_at(running(), SOON, LIMITS.due_soon) == DUE
    assert next_deadline_warning_at(running(), DUE, LIMITS.due_soon) is None
    waiting = running()
    assert next_look_at(waiting, NOW, LIMITS) == waiting.next_step_at
    late = SOON - SECOND
    assert next_look_at(replace(waiting, next_step_at=SOON + HOUR), late, LIMITS) == SOON


def test_the_monitor_does_not_wait_for_the_end_of_the_retention() -> None:
    assert next_look_at(succeeded(), NOW + 2 * DAY, LIMITS) is None
