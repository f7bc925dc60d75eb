"""How the management API shows instances: their status, their history, and which of them meet a query."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from local.host.orchestration_history import PUBLIC_NAMES, Event, Kind, kind_of
from local.host.orchestration_instance import Instance

_BOOKKEEPING = {Kind.TURN_STARTED, Kind.TURN_COMPLETED, Kind.TASK_SCHEDULED, Kind.TIMER_CREATED, Kind.CHILD_CREATED}


def payload(instance: Instance, query: Mapping[str, str]) -> dict[str, Any]:
    """Write the status of an instance, its input if the query doesn't say otherwise."""
    shown = instance.input is not None and flag(query, "showInput", default=True)
    return {
        "name": instance.name,
        "instanceId": instance.id,
        "runtimeStatus": str(instance.status),
        "input": json.loads(instance.input or "null") if shown else None,
        "customStatus": instance.custom_status,
        "output": instance.output,
        "createdTime": f"{instance.created:%Y-%m-%dT%H:%M:%SZ}",
        "lastUpdatedTime": f"{instance.updated:%Y-%m-%dT%H:%M:%SZ}",
    }


def history(instance: Instance, *, with_output: bool) -> list[dict[str, Any]]:
    """Write a history for people: each task once, with the time it was scheduled, without the bookkeeping."""
    scheduled = {each["EventId"]: each for each in instance.history if each["EventId"] >= 0}
    return [
        _public(each, scheduled, with_output=with_output)
        for each in instance.history
        if kind_of(each) not in _BOOKKEEPING
    ]


def _public(what: Event, scheduled: Mapping[int, Event], *, with_output: bool) -> dict[str, Any]:
    kind = kind_of(what)
    public: dict[str, Any] = {"EventType": PUBLIC_NAMES[kind], "Timestamp": what["Timestamp"]}
    task_id = what["TimerId"] if "TimerId" in what else what.get("TaskScheduledId", -1)
    if origin := scheduled.get(task_id):
        public["ScheduledTime"] = origin["Timestamp"]
    name = (origin or what).get("Name")
    if name is not None:
        public["Name" if kind is Kind.EVENT_RAISED else "FunctionName"] = name
    public |= {field: what[field] for field in ("OrchestrationStatus", "Reason", "FireAt") if field in what}
    if with_output and "Result" in what:
        public["Result"] = json.loads(what["Result"])
    return public


def fits(instance: Instance, query: Mapping[str, str]) -> bool:
    """Whether an instance meets the conditions of a query; times are UTC unless they say otherwise."""
    created_from, created_to = _time(query.get("createdTimeFrom")), _time(query.get("createdTimeTo"))
    statuses = query.get("runtimeStatus")
    return (
        (created_from is None or instance.created >= created_from)
        and (created_to is None or instance.created <= created_to)
        and (not statuses or str(instance.status) in statuses.split(","))
        and instance.id.startswith(query.get("instanceIdPrefix", ""))
    )


def _time(text: str | None) -> datetime | None:
    try:
        read = datetime.fromisoformat(text or "")
    except ValueError:  # the platform, too, takes what it can't read for no condition
        return None
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def flag(query: Mapping[str, str], name: str, *, default: bool = False) -> bool:
    """Read a yes or no from a query."""
    return query.get(name, str(default)).lower() == "true"
