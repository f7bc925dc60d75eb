"""Checks alert rules: runbook, whom they notify, when they look, their identity, and what their queries return."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tests.infra import kusto

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.infra.snapshots import Resource, Snapshot
    from tests.infra.tree import Tree

_SPANS = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?")
RULES = (
    "Microsoft.Insights/scheduledQueryRules",
    "Microsoft.Insights/metricAlerts",
    "Microsoft.Insights/activityLogAlerts",
)
"""The types of alert rules."""
MOST_DIMENSIONS = 6
"""Source: "Create or edit a log search alert rule"."""
_DIMENSION_TYPES = {"string", "int", "long", "real"}
_ALWAYS_THERE = {"_LogOperation"}


def check(tree: Tree) -> Iterator[str]:
    """Yields mistakes in alert rules."""
    headings = re.findall(r"^#+ (.+)$", tree.text("docs/operations.md"), re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-") for heading in headings}
    rules = [(snapshot, rule) for snapshot in tree.snapshots.values() for rule in query_rules(snapshot)]
    texts = list(dict.fromkeys(condition["query"] for _, rule in rules for condition in conditions(rule)))
    reads = dict(zip(texts, kusto.read(texts), strict=True))
    for snapshot in tree.snapshots.values():
        yield from _notifications(snapshot, anchors)
    for snapshot, rule in rules:
        yield from _timing(rule)
        for condition in conditions(rule):
            read = reads[condition["query"]]
            faults = (*_condition(condition, read), *_tables(condition, read, snapshot))
            yield from (f"{rule.where} {fault}" for fault in faults)


def query_rules(snapshot: Snapshot) -> list[Resource]:
    """The alert rules that query the workspace."""
    return list(snapshot.of(RULES[0]))


def conditions(rule: Resource) -> list[Any]:
    """The conditions of a rule that queries the workspace."""
    return list(rule.get("properties", "criteria", "allOf") or ())


def _notifications(snapshot: Snapshot, anchors: set[str]) -> Iterator[str]:
    rules = list(snapshot.of(*RULES))
    most = max((len(_notified(rule)) for rule in rules), default=0)
    for rule in rules:
        link = re.search(r"docs/operations\.md#([\w-]+)", rule.get("properties", "description") or "")
        if not link or link[1] not in anchors:
            yield f"{rule.where} links to no heading in the runbook"
        if len(_notified(rule)) < most:
            yield f"{rule.where} notifies fewer action groups than others"


def _notified(rule: Resource) -> list[Any]:
    """The action groups of a rule; each type has its own form."""
    actions = rule.get("properties", "actions")
    return list(actions["actionGroups"] if isinstance(actions, dict) else actions or ())


def _timing(rule: Resource) -> Iterator[str]:
    every, window = (minutes(rule.get("properties", name) or "") for name in ("evaluationFrequency", "windowSize"))
    muted = rule.get("properties", "muteActionsDuration")
    if not every or window < every:
        yield f"{rule.where} looks back over less than from one evaluation to the next"
    if muted is not None and rule.get("properties", "autoMitigate") is not False:
        yield f"{rule.where} is both muted and resolved automatically, which Azure refuses"
    if muted is not None and window < minutes(muted) + every:
        yield f"{rule.where} can miss what happens while it is muted"
    if rule.get("identity", "type") != "UserAssigned":
        yield f"{rule.where} has no identity, so it keeps the rights of who wrote it last"


def _condition(condition: Any, read: kusto.Read) -> Iterator[str]:
    names = [dimension["name"] for dimension in condition["dimensions"]]
    if len(names) > MOST_DIMENSIONS:
        yield f"has more than {MOST_DIMENSIONS} dimensions, which Azure refuses"
    for name in names:
        if read.columns.get(name) not in _DIMENSION_TYPES:
            yield f"has the dimension {name}, which is no column of texts or numbers in its result"
    if condition["failingPeriods"]["numberOfEvaluationPeriods"] != 1:
        yield "counts windows, which Azure cuts at the clock; let the query count instead"


def _tables(condition: Any, read: kusto.Read, snapshot: Snapshot) -> Iterator[str]:
    """Azure switches a rule off whose query fails for a week, and a query of a table that doesn't exist fails."""
    made = {table.name.rpartition("/")[2] for table in snapshot.of("Microsoft.OperationalInsights/workspaces/tables")}
    asked = {table for pipeline in read.pipelines for table in pipeline.tables}
    if "isfuzzy=true" not in condition["query"]:
        for table in sorted(asked - made - _ALWAYS_THERE):
            yield f"fails where there is no table {table}: no template makes it"


def minutes(span: str) -> int:
    """The minutes of an ISO 8601 duration; 0 if it is none."""
    found = _SPANS.fullmatch(span)
    days, hours, rest = (int(part or 0) for part in found.groups()) if found else (0, 0, 0)
    return (days * 24 + hours) * 60 + rest
