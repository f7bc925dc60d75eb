"""The alert rules of the deployment, and when they notify somebody of what is in a workspace.

Source: "Scheduled Query Rules" (REST, 2023-12-01) and "Create or edit a log search alert rule": every so often the
query is asked about a window, and its rows are counted for each value of the dimensions.
"""

from __future__ import annotations

import operator
import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tests.infra.alerting import conditions, minutes, query_rules

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from tests.infra.snapshots import Resource, Snapshot
    from tests.monitoring.workspace import Row, Workspace

_OPERATORS: dict[str, Callable[[int, int], bool]] = {"GreaterThan": operator.gt, "GreaterThanOrEqual": operator.ge}


@dataclass(frozen=True, slots=True)
class AlertRule:
    """A rule.

    Attributes:
        name: the heading in the runbook.
        query: its query.
        every: the time between evaluations.
        window: how far an evaluation looks back.
        dimensions: the columns whose values get an alert each.
        is_in_violation: whether so many rows are too many.
        muted_for: how long it is silent after a notification; None where an alert is open until it is resolved.
    """

    name: str
    query: str
    every: timedelta
    window: timedelta
    dimensions: tuple[str, ...]
    is_in_violation: Callable[[int], bool]
    muted_for: timedelta | None

    def alerts(self, rows: Iterable[Row]) -> dict[tuple[Any, ...], list[Row]]:
        """The alerts that an evaluation raises: the rows for each value of the dimensions."""
        found: dict[tuple[Any, ...], list[Row]] = {} if self.dimensions else {(): []}
        for row in rows:
            found.setdefault(tuple(row[name] for name in self.dimensions), []).append(row)
        return {key: those for key, those in found.items() if self.is_in_violation(len(those))}


@dataclass(frozen=True, slots=True)
class Notification:
    """What somebody is notified of: the rows of an alert that has just been raised."""

    rule: str
    raised_at: datetime
    rows: list[Row]


def alert_rules(snapshot: Snapshot) -> list[AlertRule]:
    """The rules that query the workspace."""
    return [_rule(resource) for resource in query_rules(snapshot)]


def notifications(
    rule: AlertRule, workspace: Workspace, begin: datetime, end: datetime, delay: timedelta, *, mutes_rule: bool = False
) -> list[Notification]:
    """What a rule notifies of.

    Args:
        rule: the rule.
        workspace: the telemetry.
        begin: when the rule is made. Its first evaluation is one interval later.
        end: when the last evaluation is over.
        delay: how long telemetry takes to arrive.
        mutes_rule: whether an alert mutes all alerts of its rule, not only those with the same values of the
            dimensions. No documentation says which.
    """
    asked = _Asked(rule, workspace, begin, end)
    silent_until: defaultdict[tuple[Any, ...], datetime] = defaultdict(lambda: begin)
    found: list[Notification] = []
    now = begin + rule.every
    while now <= end:
        raised = rule.alerts(asked.about(now - rule.window, now - delay, now))
        audible = {key: rows for key, rows in raised.items() if now >= silent_until[() if mutes_rule else key]}
        found += [Notification(rule.name, now, rows) for rows in audible.values()]
        # An alert that isn't muted is open at least until the next evaluation, which finds it again or not.
        silence = rule.every + timedelta(microseconds=1) if rule.muted_for is None else rule.muted_for
        for key in raised if rule.muted_for is None else audible:
            silent_until[() if mutes_rule else key] = now + silence
        now += rule.every
    return found


class _Asked:
    """The answers to a rule's query."""

    def __init__(self, rule: AlertRule, workspace: Workspace, begin: datetime, end: datetime) -> None:
        self._query, self._workspace = rule.query, workspace
        # Where nothing is summed up, each row is the same in any window, so one question does for all.
        is_row_by_row = "summarize" not in rule.query
        self._all = workspace.query(rule.query, begin - rule.window, end) if is_row_by_row else None

    def about(self, since: datetime, until: datetime, now: datetime) -> list[Row]:
        if self._all is None:
            return self._workspace.query(self._query, since, until, now)
        return [row for row in self._all if since < row["TimeGenerated"] <= until]


def _rule(resource: Resource) -> AlertRule:
    (condition,) = conditions(resource)
    compare, threshold = _OPERATORS[condition["operator"]], condition["threshold"]
    assert condition["timeAggregation"] == "Count"
    assert condition["failingPeriods"]["numberOfEvaluationPeriods"] == 1
    muted = resource.get("properties", "muteActionsDuration")
    resolves = resource.get("properties", "autoMitigate")
    assert resolves is (muted is None), "a rule either resolves its alerts or is muted for a time"
    heading = re.search(r"docs/operations\.md#([\w-]+)", resource.get("properties", "description"))
    assert heading is not None
    return AlertRule(
        name=heading[1],
        query=condition["query"],
        every=_span(resource, "evaluationFrequency"),
        window=_span(resource, "windowSize"),
        dimensions=tuple(dimension["name"] for dimension in condition["dimensions"]),
        is_in_violation=lambda count: compare(count, threshold),
        muted_for=None if muted is None else _span(resource, "muteActionsDuration"),
    )


def _span(resource: Resource, name: str) -> timedelta:
    return timedelta(minutes=minutes(resource.get("properties", name)))
