"""Each alert notifies of what it is for, with the values that help, and is silent otherwise.

The app's own code does what the alert is about, its telemetry goes through the exporter that it is deployed with, and
the rule of the template, with its query, is evaluated on what arrives.
"""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.exports.samples import DAY, HOUR, MINUTE, NOW
from tests.monitoring.alert_rules import AlertRule, notifications
from tests.monitoring.conftest import Played
from tests.monitoring.scenarios import SCENARIOS
from tests.monitoring.workspace import Workspace

OF_EVENTS = {
    "access-refused",
    "callbacks-given-up",
    "export-due-soon",
    "export-failed",
    "grant-ends-early",
    "grant-left",
    "steps-failing",
}
pytestmark = pytest.mark.timeout(600)  # the first one plays all scenarios


@pytest.mark.parametrize("delay", [timedelta(), 5 * MINUTE], ids=["at once", "late"])
@pytest.mark.parametrize("name", SCENARIOS)
def test_those_alerts_are_raised_that_the_scenario_calls_for(
    name: str, delay: timedelta, played: dict[str, Played], rules: dict[str, AlertRule]
) -> None:
    it = played[name]
    found = {
        rule.name: raised
        for rule in rules.values()
        if (raised := notifications(rule, it.workspace, it.begin, it.end, delay))
    }
    assert {rule: [n.rows for n in raised] for rule, raised in found.items() if rule not in it.alerts} == {}
    assert set(found) == set(it.alerts)
    for rule, expected in it.alerts.items():
        shown = [row for raised in found[rule] for row in raised.rows]
        for values in expected:
            assert [row for row in shown if values.items() <= row.items()], (rule, values, shown)


@pytest.mark.parametrize("muted", ["the rule", "its values"])
@pytest.mark.parametrize("delay", [timedelta(), 5 * MINUTE], ids=["at once", "late"])
@pytest.mark.parametrize("name", SCENARIOS)
def test_somebody_is_notified_once_or_twice_of_each_event(
    name: str, delay: timedelta, muted: str, played: dict[str, Played], rules: dict[str, AlertRule]
) -> None:
    it, mutes_rule = played[name], muted == "the rule"
    for rule in rules.values():
        if rule.name in OF_EVENTS:
            found = notifications(rule, it.workspace, it.begin, it.end, delay, mutes_rule=mutes_rule)
            told = Counter(time for each in found for time in {row["TimeGenerated"] for row in each.rows})
            events = {row["TimeGenerated"] for row in it.workspace.query(rule.query, it.begin, it.end - rule.window)}
            assert events <= set(told), rule.name
            assert set(told.values()) <= {1, 2}, rule.name


def test_many_failures_are_few_mails(played: dict[str, Played], rules: dict[str, AlertRule]) -> None:
    it = played["many_exports_that_fail"]
    found = notifications(rules["export-failed"], it.workspace, it.begin, it.end, timedelta())
    assert 1 <= len(found) <= 2
    assert len({row["Export"] for row in found[0].rows}) == 11


def test_every_alert_is_raised_in_some_scenario(played: dict[str, Played], rules: dict[str, AlertRule]) -> None:
    raised = {rule for it in played.values() for rule in it.alerts}
    assert set(rules) - raised == {"telemetry-capped"}, "the platform says this, see below"


@pytest.mark.parametrize(
    ("detail", "raised"),
    [
        ("Data collection stopped due to daily limit of free data reached. Ingestion status = OverQuota", 1),
        ("Data collection restarted. Ingestion status = RespectQuota", 0),
    ],
)
def test_the_daily_cap_of_the_workspace_is_told(detail: str, raised: int, rules: dict[str, AlertRule]) -> None:
    row = {"TimeGenerated": NOW, "Category": "Ingestion", "Detail": detail}
    workspace = Workspace({"_LogOperation": [row]})
    found = notifications(rules["telemetry-capped"], workspace, NOW - HOUR, NOW + HOUR, timedelta())
    assert [[row["Detail"] for row in each.rows] for each in found] == [[detail]] * raised


def test_nothing_is_raised_before_anything_has_ever_arrived(rules: dict[str, AlertRule]) -> None:
    workspace = Workspace({})
    assert [rule for rule in rules.values() if notifications(rule, workspace, NOW, NOW + 6 * HOUR, timedelta())] == []


def test_somebody_is_reminded_of_a_service_that_stays_silent(rules: dict[str, AlertRule]) -> None:
    workspace = Workspace({"AppEvents": [_heartbeat(NOW)]})
    found = notifications(rules["reconciler-silent"], workspace, NOW, NOW + DAY, timedelta())
    assert [each.raised_at - NOW for each in found] == [30 * MINUTE + hours * HOUR for hours in (0, 6, 12, 18)]
    assert rules["reconciler-silent"].alerts(
        workspace.query(rules["reconciler-silent"].query, NOW - HOUR, NOW + 47 * HOUR)
    ), "the window reaches back to the last round"


@pytest.mark.parametrize(
    ("late", "raised"), [([0, 1, 2, 1], 1), ([1, 1, 1, 0], 0), ([1, 0, 1, 1], 0), ([1, 1], 0), ([0, 0, 0], 0)]
)
def test_exports_are_stalled_if_the_last_three_rounds_found_late_ones(
    late: list[int], raised: int, rules: dict[str, AlertRule]
) -> None:
    rows = [_heartbeat(NOW + at * 5 * MINUTE, late=number) for at, number in enumerate(late)]
    rule, now = rules["exports-stalled"], NOW + HOUR
    found = rule.alerts(Workspace({"AppEvents": rows}).query(rule.query, now - rule.window, now))
    assert len(found) == raised


@pytest.mark.parametrize(("calls", "raised"), [(20, 0), (21, 1)])
def test_calls_that_the_platform_refuses_are_counted(calls: int, raised: int, rules: dict[str, AlertRule]) -> None:
    rows = [{"TimeGenerated": NOW, "StatusCode": (401, 403)[at % 2]} for at in range(calls)]
    rows += [{"TimeGenerated": NOW, "StatusCode": 200}] * 30
    workspace = Workspace({"AppServiceAuthenticationLogs": rows})
    found = notifications(rules["callers-refused"], workspace, NOW - 5 * MINUTE, NOW, timedelta())
    assert [[row["Calls"] for row in each.rows] for each in found] == [[21.0]] * raised


def _heartbeat(at: datetime, **fields: int) -> dict[str, Any]:
    properties = {"failedParts": "0", **{name: str(value) for name, value in fields.items()}}
    return {"TimeGenerated": at, "Name": "Reconciler.Heartbeat", "Properties": properties}
