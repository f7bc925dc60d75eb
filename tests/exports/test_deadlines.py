"""The legal clock."""

from dataclasses import replace
from datetime import datetime

import pytest

from shared.exports.deadlines import next_reminder, reminded
from shared.exports.steps import come_back_at
from tests.exports.samples import DAY, HOUR, NOW, RULES, SECOND, running, succeeded, told

DUE = NOW + 30 * DAY
SOON = DUE - RULES.due_soon


@pytest.mark.parametrize(
    ("now", "codes"), [(SOON - SECOND, []), (SOON, ["DueSoon"]), (DUE - SECOND, ["DueSoon"]), (DUE, ["Overdue"])]
)
def test_an_open_export_is_warned_about_in_time(now: datetime, codes: list[str]) -> None:
    export = reminded(running(), now, RULES.due_soon)
    assert [w.code for w in export.warnings] == codes
    assert told(export)[len(told(running())) :] == codes


def test_each_warning_comes_once() -> None:
    export = running()
    for now in (SOON, SOON + HOUR, DUE, DUE + DAY):
        export = reminded(export, now, RULES.due_soon)
    assert [w.code for w in export.warnings] == ["DueSoon", "Overdue"]


def test_an_ended_export_is_not_warned_about() -> None:
    assert reminded(succeeded(), DUE + DAY, RULES.due_soon) == succeeded()


def test_the_monitor_wakes_for_it() -> None:
    assert next_reminder(running(), NOW, RULES.due_soon) == SOON
    assert next_reminder(running(), SOON, RULES.due_soon) == DUE
    assert next_reminder(running(), DUE, RULES.due_soon) is None
    waiting = running()
    assert come_back_at(waiting, NOW, RULES) == waiting.next_step_at
    late = SOON - SECOND
    assert come_back_at(replace(waiting, next_step_at=SOON + HOUR), late, RULES) == SOON


def test_the_monitor_does_not_wait_for_the_end_of_the_retention() -> None:
    assert come_back_at(succeeded(), NOW + 2 * DAY, RULES) is None
