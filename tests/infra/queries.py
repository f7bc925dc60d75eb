"""Checks that the tables, columns, events, metrics, properties and codes in alerts and the workbook exist.

The language service of Azure's editors reads the queries, with the tables and columns of the workspace.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shared.exports.states_and_codes import ErrorCode, EventType, Stage, Status, StepFailureCode, WarningCode
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
from tests.infra import kusto
from tests.infra.alerting import conditions, query_rules

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.infra.tree import Tree

EVENTS: dict[str, set[str]] = {
    **{event_name(event): {str(name) for name in ExportField} for event in EventType},
    RECONCILER_HEARTBEAT: {str(name) for name in ReconcilerField},
    SWEEPER_HEARTBEAT: {str(name) for name in SweeperField},
}
"""Every event that the app emits, and its properties."""
_BY_CALL = {str(Dimension.CALL), str(Dimension.ANSWER)}
METRICS: dict[str, set[str]] = {
    **{str(metric): set() for metric in Metric},
    Metric.EXPORTS_OPEN: {str(Dimension.STATUS)},
    Metric.EXPORTS_ENDED: {str(Dimension.STATUS), str(Dimension.CODE)},
    Metric.TIME_TO_END: {str(Dimension.STATUS)},
    Metric.API_REFUSALS: {str(Dimension.ANSWER), str(Dimension.CODE)},
    Metric.GRAPH_ANSWERS: _BY_CALL,
    Metric.STORAGE_ANSWERS: _BY_CALL,
    Metric.CALLBACK_ANSWERS: _BY_CALL,
}
"""Every metric that the app records, and its dimensions."""
_CODES = {str(code) for codes in (WarningCode, ErrorCode, StepFailureCode) for code in codes}
_VALUES = {
    f"Properties.{ExportField.STATUS}": {str(status) for status in Status},
    f"Properties.{ExportField.STAGE}": {str(stage) for stage in Stage},
    f"Properties.{ExportField.CODE}": _CODES,
}
_STARTS = {"startswith", "startswith_cs", "!startswith", "!startswith_cs"}


@dataclass(frozen=True, slots=True)
class Query:
    where: str
    text: str


def check(tree: Tree) -> Iterator[str]:
    """Yields what a query uses that doesn't exist, errors of queries, and queries that no alert uses."""
    asked = queries(tree)
    for query, read in zip(asked, kusto.read(query.text for query in asked), strict=True):
        yield from (f"{query.where} {fault}" for fault in (*read.faults, *_comment(query)))
        for pipeline in read.pipelines:
            faults = (*_names(pipeline), *_properties(pipeline), *_values(pipeline))
            yield from (f"{query.where} {fault}" for fault in faults)
    yield from _unused(tree)


def queries(tree: Tree) -> list[Query]:
    """Every query: of the rules, in files, and of workbooks."""
    found = [Query(tree.label(path), path.read_text("utf-8")) for path in tree.files("infra/**/*.kql")]
    for path in tree.files("infra/**/*.workbook.json"):
        for number, written in enumerate(_queries_of(tree.json(tree.label(path))), 1):
            found.append(Query(f"{tree.label(path)} query {number}", written))
    known = {query.text for query in found}
    for rule in (rule for snapshot in tree.snapshots.values() for rule in query_rules(snapshot)):
        for text in (condition["query"] for condition in conditions(rule)):
            if text not in known:
                known.add(text)
                found.append(Query(rule.where, text))
    return found


def _queries_of(workbook: Any) -> Iterator[str]:
    if isinstance(workbook, dict):
        if isinstance(workbook.get("query"), str):
            yield workbook["query"]
        for part in workbook.values():
            yield from _queries_of(part)
    elif isinstance(workbook, list):
        for part in workbook:
            yield from _queries_of(part)


def _comment(query: Query) -> Iterator[str]:
    """A file begins with what its alert is for, because the portal shows the query alone."""
    if query.where.endswith(".kql") and not re.match(r"(// [A-Z].+\.\n)+(let )?\w", query.text):
        yield "does not begin with a sentence that says what it is for"


def _names(pipeline: kusto.Pipeline) -> Iterator[str]:
    for name in (each for each in pipeline.own_compared if each.column == "Name"):
        if "AppMetrics" in pipeline.tables and name.value not in METRICS:
            yield f"asks for the metric {name.value}, which nothing records"
        if "AppEvents" not in pipeline.tables:
            continue
        if name.operator in _STARTS and not any(event.startswith(name.value) for event in EVENTS):
            yield f"asks for events that start with {name.value}, but there are none"
        elif name.operator not in _STARTS and name.value not in EVENTS:
            yield f"asks for the event {name.value}, which nothing emits"


def _properties(pipeline: kusto.Pipeline) -> Iterator[str]:
    names = {each.value for each in pipeline.compared if each.column == "Name"}
    events = (names & set(EVENTS) or set(EVENTS)) if "AppEvents" in pipeline.tables else set()
    known = {f"Properties.{field}" for event in events for field in EVENTS[event]}
    metrics = (names & set(METRICS) or set(METRICS)) if "AppMetrics" in pipeline.tables else set()
    known |= {f"Properties.{dimension}" for metric in metrics for dimension in METRICS[metric]}
    for unknown in sorted(pipeline.own_properties - known):
        yield f"asks for the property {unknown.partition('.')[2]}, which what it asks has not"


def _values(pipeline: kusto.Pipeline) -> Iterator[str]:
    for each in pipeline.own_compared:
        allowed = _VALUES.get(each.column)
        if allowed is not None and each.value not in allowed and not each.value.startswith("{"):
            yield f"holds {each.column.partition('.')[2]} against {each.value}, which it never is"


def _unused(tree: Tree) -> Iterator[str]:
    rules = [rule for snapshot in tree.snapshots.values() for rule in query_rules(snapshot)]
    asked = {condition["query"] for rule in rules for condition in conditions(rule)}
    for path in tree.files("infra/monitoring/alerts/*.kql"):
        if path.read_text("utf-8") not in asked:
            yield f"{tree.label(path)} is used by no alert"
