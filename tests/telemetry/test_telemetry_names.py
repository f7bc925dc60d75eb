"""Alerts and the workbook query only names that the app sends: events, fields, metrics, dimensions and codes."""

import json
import re
from pathlib import Path

import pytest

from shared.exports.states_and_codes import EventType, Status, StepFailureCode, WarningCode
from shared.telemetry.telemetry_names import (
    RECONCILER_HEARTBEAT,
    SWEEPER_HEARTBEAT,
    Dimension,
    ExportField,
    Metric,
    ReconcilerField,
    SweeperField,
    event_name,
)

MONITORING = Path(__file__).parents[2] / "infra" / "monitoring"
FIELDS: dict[str, set[str]] = {
    **{event_name(event): {*ExportField} for event in EventType},
    RECONCILER_HEARTBEAT: {*ReconcilerField},
    SWEEPER_HEARTBEAT: {*SweeperField},
    Metric.EXPORTS_OPEN: {Dimension.STATUS},
    Metric.GRAPH_ANSWERS: {Dimension.CALL, Dimension.ANSWER},
    Metric.STORAGE_ANSWERS: {Dimension.CALL, Dimension.ANSWER},
    Metric.API_REFUSALS: {Dimension.ANSWER, Dimension.CODE},
}
"""The fields or dimensions of each event and metric."""
ALERTS = {path.stem: path.read_text() for path in sorted((MONITORING / "alerts").glob("*.kql"))}
WORKBOOK = json.loads((MONITORING / "exports.workbook.json").read_text())
CHARTS = {item["name"]: item["content"]["query"] for item in WORKBOOK["items"] if "query" in item["content"]}
QUERIES = {**ALERTS, **CHARTS}


def queried(query: str) -> set[str]:
    """The events or metrics that a query names; all events of an audit trail where it names their prefix."""
    one = re.findall(r'Name == "([^"]+)"', query)
    several = [name for names in re.findall(r"Name in \(([^)]+)\)", query) for name in re.findall(r'"([^"]+)"', names)]
    trails = 'Name startswith "Export."' in query or 'Properties["exportId"]) == "{ExportId}"' in query
    return {*one, *several, *({event_name(event) for event in EventType} if trails else ())}


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_names_what_is_sent(name: str) -> None:
    query = QUERIES[name]
    names = queried(query)
    assert names <= set(FIELDS)
    assert names or "_LogOperation" in query
    fields = set(re.findall(r'Properties\["(\w+)"\]', query))
    assert fields <= set().union(*(FIELDS[each] for each in names))


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_compares_with_codes_that_exist(name: str) -> None:
    for column, values in re.findall(r"(Code|Status) in \(([^)]+)\)", QUERIES[name]):
        known = {code.value for code in ([*WarningCode, *StepFailureCode] if column == "Code" else Status)}
        assert set(re.findall(r'"(\w+)"', values)) <= known


@pytest.mark.parametrize("name", ALERTS)
def test_an_alert_says_what_it_is_for(name: str) -> None:
    assert re.match(r"(// [A-Z].+\.\n)+(let )?\w", ALERTS[name])


def test_alerts_of_events_name_the_export() -> None:
    rules = (MONITORING.parent / "modules" / "alerts.bicep").read_text()
    of_events = re.findall(r"name: '([\w-]+)'", rules[rules.index("var ofEvents") : rules.index("var ofStates")])
    assert set(of_events) == {name for name, query in ALERTS.items() if re.search(r"\| project .*ExportId =", query)}
