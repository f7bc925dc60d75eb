"""Checks that the tables, columns, events, metrics, properties and codes in alerts and the workbook exist."""

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
from tests.infra import kql
from tests.infra.tree import APP

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.infra.snapshots import Resource
    from tests.infra.tree import Tree

EVENTS: dict[str, set[str]] = {
    **{event_name(event): {str(name) for name in ExportField} for event in EventType},
    RECONCILER_HEARTBEAT: {str(name) for name in ReconcilerField},
    SWEEPER_HEARTBEAT: {str(name) for name in SweeperField},
}
"""Every event that the app emits, and its properties."""
METRICS = {str(metric) for metric in Metric}
_CODES = {str(code) for codes in (WarningCode, ErrorCode, StepFailureCode) for code in codes}
_VALUES = {
    f"Properties.{ExportField.STATUS}": {str(status) for status in Status},
    f"Properties.{ExportField.STAGE}": {str(stage) for stage in Stage},
    f"Properties.{ExportField.CODE}": _CODES,
}
_SPANS = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?")


@dataclass(frozen=True, slots=True)
class Query:
    where: str
    text: str


def check(tree: Tree) -> Iterator[str]:
    """Yields what a query uses that doesn't exist, and mistakes in alert rules."""
    found = list(queries(tree))
    if not found:
        yield f"{APP} has no alert"
    for query in found:
        read = kql.read(query.text)
        for fault in read.faults:
            yield f"{query.where} {fault}"
        yield from (f"{query.where} {fault}" for fault in _words(read))
    yield from _rules(tree)


def queries(tree: Tree) -> Iterator[Query]:
    """Every query: of the rules, in files, and of workbooks."""
    for path in tree.files("infra/**/*.kql"):
        yield Query(tree.label(path), path.read_text("utf-8"))
    for path in tree.files("infra/**/*.workbook.json"):
        for number, written in enumerate(_queries_of(tree.json(tree.label(path))), 1):
            yield Query(f"{tree.label(path)} query {number}", written)
    for made in query_rules(tree):
        for condition in made.get("properties", "criteria", "allOf"):
            yield Query(made.where, condition["query"])


def _queries_of(workbook: Any) -> Iterator[str]:
    if isinstance(workbook, dict):
        if isinstance(workbook.get("query"), str):
            yield workbook["query"]
        for part in workbook.values():
            yield from _queries_of(part)
    elif isinstance(workbook, list):
        for part in workbook:
            yield from _queries_of(part)


def _words(read: kql.Read) -> Iterator[str]:
    events = [value for column, value in read.compared if column == "Name" and "AppEvents" in read.tables]
    metrics = [value for column, value in read.compared if column == "Name" and "AppMetrics" in read.tables]
    for name in events:
        if name not in EVENTS:
            yield f"asks for the event {name}, which nothing emits"
    for name in metrics:
        if name not in METRICS:
            yield f"asks for the metric {name}, which nothing records"
    for column, begin in read.compared:
        if column == "Name^" and not any(name.startswith(begin) for name in EVENTS):
            yield f"asks for events that start with {begin}, but there are none"
    known = {name for event in events for name in EVENTS.get(event, ())} or {
        name for names in EVENTS.values() for name in names
    }
    known |= {str(name) for name in Dimension} if metrics else set()
    for name in sorted(read.properties - known):
        yield f"asks for the property {name}, which what it asks has not"
    for column, value in read.compared:
        allowed = _VALUES.get(column)
        if allowed is not None and value not in allowed and not value.startswith("{"):
            yield f"holds {column.partition('.')[2]} against {value}, which it never is"


def query_rules(tree: Tree) -> list[Resource]:
    """The alert rules that query the workspace."""
    return list(tree.snapshot("prod").of("Microsoft.Insights/scheduledQueryRules"))


def _rules(tree: Tree) -> Iterator[str]:
    rules = query_rules(tree)
    asked = {part["query"] for made in rules for part in made.get("properties", "criteria", "allOf")}
    for path in tree.files("infra/monitoring/alerts/*.kql"):
        if path.read_text("utf-8") not in asked:
            yield f"{tree.label(path)} is used by no alert"
    headings = re.findall(r"^#+ (.+)$", tree.text("docs/operations.md"), re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-") for heading in headings}
    rows = set(re.findall(r"^\| `([\w-]+)` \|", tree.text("docs/operations.md"), re.MULTILINE))
    for made in rules:
        description = made.get("properties", "description")
        link = re.search(r"docs/operations\.md#([\w-]+)", description)
        if not link or link[1] not in anchors | rows:
            yield f"{made.where} links to no heading in the runbook"
        every, window = (minutes(made.get("properties", name)) for name in ("evaluationFrequency", "windowSize"))
        if not every or not window or window < every:
            yield f"{made.where} looks back over less than from one evaluation to the next"
        if (
            made.get("properties", "autoMitigate") is not False
            and made.get("properties", "muteActionsDuration") is not None
        ):
            yield f"{made.where} is both muted and resolved automatically, which Azure refuses"


def minutes(span: str) -> int:
    """The minutes of an ISO 8601 duration; 0 if it is none."""
    found = _SPANS.fullmatch(span)
    days, hours, rest = (int(part or 0) for part in found.groups()) if found else (0, 0, 0)
    return (days * 24 + hours) * 60 + rest
