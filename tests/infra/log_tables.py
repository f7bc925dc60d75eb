"""The tables of Log Analytics that alerts and the workbook query, with the types of their columns.

Source: "Azure Monitor Logs reference", one page per table; for `_LogOperation`, "Monitor operational issues in a
workspace". A table or column that isn't listed here is a finding, so add it when a query first uses it.
"""

from __future__ import annotations

_COMMON = """
TimeGenerated:datetime Type TenantId _ResourceId OperationId OperationName ParentId Properties:dynamic AppRoleName
AppRoleInstance
"""
_CALL = "Id Name Success:bool ResultCode DurationMs:real PerformanceBucket ItemCount:int"
_TABLES = {
    "AppEvents": f"{_COMMON} Name Measurements:dynamic ItemCount:int",
    "AppMetrics": f"{_COMMON} Name Sum:real Min:real Max:real ItemCount:int",
    "AppRequests": f"{_COMMON} {_CALL} Url Source",
    "AppDependencies": f"{_COMMON} {_CALL} Target Data DependencyType",
    "AppExceptions": f"{_COMMON} ExceptionType OuterMessage InnermostMessage ProblemId SeverityLevel:int ItemCount:int",
    "AppTraces": f"{_COMMON} Message SeverityLevel:int ItemCount:int",
    "_LogOperation": "TimeGenerated:datetime Category Detail Level Operation Solution _ResourceId",
}


def _typed(columns: str) -> dict[str, str]:
    parts = (column.partition(":") for column in columns.split())
    return {name: kind or "string" for name, _, kind in parts}


TABLES: dict[str, dict[str, str]] = {table: _typed(columns) for table, columns in _TABLES.items()}
"""The columns of each table, and their types in Kusto."""
