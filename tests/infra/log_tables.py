"""The tables of Log Analytics that alerts and the workbook query, with all their columns and the types of these.

Source: "Azure Monitor Logs reference", one page per table; for `_LogOperation`, a function that returns a table,
"Monitor operational issues in your Azure Monitor Log Analytics workspace". A table that isn't listed here is a finding,
so add it when a query first uses it.
"""

from __future__ import annotations

_ALL = "TimeGenerated:datetime Type TenantId SourceSystem _BilledSize:real _IsBillable _ResourceId _SubscriptionId"
_APP = f"""{_ALL}
AppRoleInstance AppRoleName AppVersion ClientBrowser ClientCity ClientCountryOrRegion ClientIP ClientModel ClientOS
ClientStateOrProvince ClientType IKey ItemCount:int OperationId OperationName ParentId Properties:dynamic ResourceGUID
SDKVersion SessionId SyntheticSource UserAccountId UserAuthenticatedId UserId
"""
_CALL = "Id Name Success:bool ResultCode DurationMs:real Measurements:dynamic ReferencedItemId ReferencedType"
_TABLES = {
    "AppDependencies": f"{_APP} {_CALL} Data DependencyType Target",
    "AppEvents": f"{_APP} Name Measurements:dynamic",
    "AppExceptions": f"""{_APP}
        Assembly Details:dynamic ExceptionType HandledAt InnermostAssembly InnermostMessage InnermostMethod
        InnermostType Measurements:dynamic Message Method OuterAssembly OuterMessage OuterMethod OuterType ProblemId
        SeverityLevel:int
    """,
    "AppMetrics": f"{_APP} Name Sum:real Min:real Max:real",
    "AppRequests": f"{_APP} {_CALL} Url Source",
    "AppServiceAuthenticationLogs": f"""{_ALL}
        CorrelationId Details HostName Level Message ModuleRuntimeVersion OperationName SiteName StatusCode:int
        SubStatusCode:int TaskName
    """,
    "AppTraces": f"{_APP} Message SeverityLevel:int Measurements:dynamic ReferencedItemId ReferencedType",
    "_LogOperation": "TimeGenerated:datetime Category Operation Level Detail _ResourceId Computer CorrelationId",
}


def _typed(columns: str) -> dict[str, str]:
    parts = (column.partition(":") for column in columns.split())
    return {name: kind or "string" for name, _, kind in parts}


TABLES: dict[str, dict[str, str]] = {table: _typed(columns) for table, columns in _TABLES.items()}
"""The columns of each table, and their types in Kusto."""
