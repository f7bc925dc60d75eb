"""The telemetry that arrived, as the tables of Log Analytics show it. Pure functions.

Columns: "Azure Monitor Logs reference", the pages of AppEvents, AppMetrics, AppDependencies, AppRequests, AppTraces and
AppExceptions. What becomes of an item's fields: "Workspace-based Application Insights resources", "Table structure".
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

Row = dict[str, Any]
"""Column names and values: `TimeGenerated` is an aware datetime in UTC, `Properties` and `Measurements` are dicts."""

TABLES = {
    "EventData": "AppEvents",
    "ExceptionData": "AppExceptions",
    "MessageData": "AppTraces",
    "MetricData": "AppMetrics",
    "RemoteDependencyData": "AppDependencies",
    "RequestData": "AppRequests",
}
"""Each type of item that the tables have, and its table."""

_TAGS = {
    "AppRoleInstance": "ai.cloud.roleInstance",
    "AppRoleName": "ai.cloud.role",
    "AppVersion": "ai.application.ver",
    "OperationId": "ai.operation.id",
    "OperationName": "ai.operation.name",
    "ParentId": "ai.operation.parentId",
    "SDKVersion": "ai.internal.sdkVersion",
}
_SEVERITIES = ("verbose", "information", "warning", "error", "critical")
_DURATION = re.compile(r"(?:(\d+)\.)?(\d+):(\d+):(\d+(?:\.\d+)?)", re.ASCII)
_FRACTION = re.compile(r"(\.\d{6})\d+", re.ASCII)


def rows(envelopes: Iterable[Mapping[str, Any]], table: str) -> list[Row]:
    """Return the rows of one table, oldest first.

    Args:
        envelopes: what arrived, as the ingestion service accepts it.
        table: `AppEvents`, `AppMetrics`, `AppDependencies`, `AppRequests`, `AppTraces` or `AppExceptions`.

    Raises:
        KeyError: there is no such table.
    """
    return tables(envelopes)[table]


def tables(envelopes: Iterable[Mapping[str, Any]]) -> dict[str, list[Row]]:
    """Return all tables by name, each with its rows, oldest first. Items of other types are left out."""
    found: dict[str, list[Row]] = {table: [] for table in TABLES.values()}
    for envelope in envelopes:
        table = table_of(envelope)
        if table in found:
            found[table] += _rows_of(envelope, table)
    for content in found.values():
        content.sort(key=lambda row: row["TimeGenerated"])
    return found


def table_of(envelope: Mapping[str, Any]) -> str:
    """Return the name of the table that an item ends up in; an empty text for a type that isn't known."""
    base_type = envelope["data"]["baseType"]
    counters = base_type == "MetricData" and all(
        point["name"].startswith("\\") for point in envelope["data"]["baseData"]["metrics"]
    )
    return "AppPerformanceCounters" if counters else TABLES.get(base_type, "")


def _rows_of(envelope: Mapping[str, Any], table: str) -> Iterator[Row]:
    content = envelope["data"]["baseData"]
    common = _common(envelope, table)
    if table == "AppMetrics":
        for point in content["metrics"]:
            yield common | _metric(point)
    else:
        # An item that was sampled stands for several.
        common["ItemCount"] = round(100 / (envelope.get("sampleRate") or 100))
        common["Measurements"] = content.get("measurements") or {}
        yield common | _COLUMNS[table](content)


def _common(envelope: Mapping[str, Any], table: str) -> Row:
    tags = envelope.get("tags") or {}
    return {
        "TimeGenerated": time_of(envelope),
        "Type": table,
        "IKey": envelope.get("iKey", ""),
        **{column: tags.get(tag, "") for column, tag in _TAGS.items()},
        "Properties": envelope["data"]["baseData"].get("properties") or {},
    }


def time_of(envelope: Mapping[str, Any]) -> datetime:
    """Return an item's time; some SDKs write it with seven digits after the point, and the seventh is dropped."""
    return datetime.fromisoformat(_FRACTION.sub(r"\1", envelope["time"]))


def _metric(point: Mapping[str, Any]) -> Row:
    value = float(point["value"])
    least, most, count = point.get("min"), point.get("max"), point.get("count")
    return {
        "Name": point["name"],
        "Sum": value,
        # Of a single measurement the value is both.
        "Min": value if least is None else float(least),
        "Max": value if most is None else float(most),
        "ItemCount": 1 if count is None else int(count),
    }


def _event(content: Mapping[str, Any]) -> Row:
    return {"Name": content["name"]}


def _trace(content: Mapping[str, Any]) -> Row:
    return {"Message": content["message"], "SeverityLevel": _severity(content)}


def _exception(content: Mapping[str, Any]) -> Row:
    chain = content["exceptions"]
    outer, inner = chain[0], chain[-1]
    return {
        "ExceptionType": outer.get("typeName") or "",
        "OuterType": outer.get("typeName") or "",
        "OuterMessage": outer.get("message") or "",
        "InnermostType": inner.get("typeName") or "",
        "InnermostMessage": inner.get("message") or "",
        "ProblemId": content.get("problemId") or "",
        "SeverityLevel": _severity(content),
        "Details": chain,
    }


def _call(content: Mapping[str, Any]) -> Row:
    """What requests and dependencies have in common."""
    return {
        "Id": content.get("id") or "",
        "Name": content.get("name") or "",
        # The service takes an item that doesn't say so for a success.
        "Success": content.get("success", True),
        "DurationMs": _milliseconds(content["duration"]),
    }


def _dependency(content: Mapping[str, Any]) -> Row:
    return _call(content) | {
        "Target": content.get("target") or "",
        "Data": content.get("data") or "",
        "DependencyType": content.get("type") or "",
        "ResultCode": content.get("resultCode") or "",
    }


def _request(content: Mapping[str, Any]) -> Row:
    return _call(content) | {
        "Url": content.get("url") or "",
        "ResultCode": content.get("responseCode") or "",
        "Source": content.get("source") or "",
    }


_COLUMNS = {
    "AppDependencies": _dependency,
    "AppEvents": _event,
    "AppExceptions": _exception,
    "AppRequests": _request,
    "AppTraces": _trace,
}


def _severity(content: Mapping[str, Any]) -> int | None:
    """The level as a number, from 0 (verbose) to 4 (critical): SDKs send it as a number or by its name."""
    level = content.get("severityLevel")
    return _SEVERITIES.index(level.lower()) if isinstance(level, str) else level


def _milliseconds(duration: str) -> float:
    found = _DURATION.fullmatch(duration)
    if found is None:
        raise ValueError(f"This is not a duration: {duration}")
    days, hours, minutes, seconds = (float(part or 0) for part in found.groups())
    return round((((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000, 4)
