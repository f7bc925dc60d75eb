"""Each alert notifies of what it is for, with the values that help, and is silent otherwise.

The app's own code does what the alert is about, its telemetry goes through the exporter that it is deployed with, and
the rule of the template, with its query, is evaluated on what arrives.
"""

from datetime import timedelta

import pytest

from tests.exports.samples import HOUR, MINUTE, NOW
from tests.monitoring.alert_rules import AlertRule, notifications
from tests.monitoring.conftest import Played
from tests.monitoring.scenarios import SCENARIOS
from tests.monitoring.workspace import Workspace

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
        if rules[rule].dimensions:
            events = {row["TimeGenerated"] for row in shown}
            assert len(found[rule]) == len(events), "somebody is notified once of each event"


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


def test_a_workspace_in_which_nothing_arrives_is_noticed(rules: dict[str, AlertRule]) -> None:
    found = notifications(rules["reconciler-silent"], Workspace({}), NOW, NOW + HOUR, timedelta())
    assert [[row["Rounds"] for row in each.rows] for each in found] == [[0]]
