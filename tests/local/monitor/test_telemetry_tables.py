"""Items as rows of Log Analytics."""

from datetime import UTC, datetime
from typing import Any

import pytest

from local.monitor.telemetry_tables import rows, table_of, tables
from tests.local.monitor.envelopes import KEY, envelope, event


def test_a_row_has_the_columns_that_all_tables_have() -> None:
    tags = {
        "ai.cloud.role": "app",
        "ai.cloud.roleInstance": "instance",
        "ai.application.ver": "1.0",
        "ai.operation.id": "a" * 32,
        "ai.operation.name": "POST exports",
        "ai.operation.parentId": "b" * 16,
        "ai.internal.sdkVersion": "py3.13",
        "ai.device.id": "left out",
    }
    sent = envelope("EventData", {"name": "Export.Failed", "properties": {"code": "Late"}}, tags=tags)

    assert rows([sent], "AppEvents") == [
        {
            "TimeGenerated": datetime(2026, 11, 26, 10, tzinfo=UTC),
            "Type": "AppEvents",
            "IKey": KEY,
            "AppRoleName": "app",
            "AppRoleInstance": "instance",
            "AppVersion": "1.0",
            "OperationId": "a" * 32,
            "OperationName": "POST exports",
            "ParentId": "b" * 16,
            "SDKVersion": "py3.13",
            "Properties": {"code": "Late"},
            "Measurements": {},
            "ItemCount": 1,
            "Name": "Export.Failed",
        }
    ]


def test_a_row_without_tags_and_properties_has_empty_ones() -> None:
    (row,) = rows([event("Alone")], "AppEvents")
    assert (row["OperationId"], row["ParentId"], row["Properties"]) == ("", "", {})


CALL = {"id": "c" * 16, "name": "GET /users", "duration": "1.02:03:04.567", "success": False}


@pytest.mark.parametrize(
    ("base_type", "content", "table", "expected"),
    [
        (
            "RemoteDependencyData",
            CALL | {"resultCode": "503", "data": "https://graph/users", "target": "graph", "type": "HTTP"},
            "AppDependencies",
            {
                "Id": "c" * 16,
                "Name": "GET /users",
                "DurationMs": 93_784_567.0,
                "Success": False,
                "ResultCode": "503",
                "Data": "https://graph/users",
                "Target": "graph",
                "DependencyType": "HTTP",
            },
        ),
        (
            "RemoteDependencyData",
            {"name": "export submit", "duration": "00:00:00.0012345"},
            "AppDependencies",
            {
                "Id": "",
                "Name": "export submit",
                "DurationMs": 1.2345,
                "Success": True,
                "ResultCode": "",
                "Data": "",
                "Target": "",
                "DependencyType": "",
            },
        ),
        (
            "RequestData",
            CALL | {"responseCode": "202", "url": "https://app/api/exports", "source": "queue"},
            "AppRequests",
            {
                "Id": "c" * 16,
                "Name": "GET /users",
                "DurationMs": 93_784_567.0,
                "Success": False,
                "ResultCode": "202",
                "Url": "https://app/api/exports",
                "Source": "queue",
            },
        ),
        (
            "MessageData",
            {"message": "Hello", "severityLevel": 2},
            "AppTraces",
            {"Message": "Hello", "SeverityLevel": 2},
        ),
        (
            "MessageData",
            {"message": "Hello", "severityLevel": "Information"},
            "AppTraces",
            {"Message": "Hello", "SeverityLevel": 1},
        ),
        ("MessageData", {"message": "Hello"}, "AppTraces", {"Message": "Hello", "SeverityLevel": None}),
        (
            "ExceptionData",
            {
                "severityLevel": "Critical",
                "problemId": "at main",
                "exceptions": [
                    {"typeName": "OuterError", "message": "It failed."},
                    {"typeName": "InnerError", "message": "The reason."},
                ],
            },
            "AppExceptions",
            {
                "ExceptionType": "OuterError",
                "OuterType": "OuterError",
                "OuterMessage": "It failed.",
                "InnermostType": "InnerError",
                "InnermostMessage": "The reason.",
                "ProblemId": "at main",
                "SeverityLevel": 4,
            },
        ),
        (
            "MetricData",
            {"metrics": [{"name": "time.to.end", "value": 7, "count": 3, "min": 1, "max": 4}]},
            "AppMetrics",
            {"Name": "time.to.end", "Sum": 7.0, "Min": 1.0, "Max": 4.0, "ItemCount": 3},
        ),
        (
            "MetricData",
            {"metrics": [{"name": "exports.open", "value": 5}]},
            "AppMetrics",
            {"Name": "exports.open", "Sum": 5.0, "Min": 5.0, "Max": 5.0, "ItemCount": 1},
        ),
    ],
)
def test_each_type_of_item_has_its_columns(
    base_type: str, content: dict[str, Any], table: str, expected: dict[str, Any]
) -> None:
    (row,) = rows([envelope(base_type, content)], table)
    assert row["Type"] == table
    assert {column: row[column] for column in expected} == expected


def test_an_item_with_several_metrics_is_several_rows() -> None:
    sent = envelope("MetricData", {"metrics": [{"name": "a", "value": 1}, {"name": "b", "value": 2}]})
    assert [(row["Name"], row["Sum"]) for row in rows([sent], "AppMetrics")] == [("a", 1.0), ("b", 2.0)]


def test_a_sampled_item_stands_for_several() -> None:
    assert [row["ItemCount"] for row in rows([event("One of five", sampleRate=20.0)], "AppEvents")] == [5]


def test_rows_are_in_the_order_of_their_times() -> None:
    late, early = event("late", time="2026-11-26T10:00:01Z"), event("early", time="2026-11-26T10:00:00.1234567Z")
    found = rows([late, early], "AppEvents")
    assert [row["Name"] for row in found] == ["early", "late"]
    assert found[0]["TimeGenerated"] == datetime(2026, 11, 26, 10, 0, 0, 123456, UTC)


@pytest.mark.parametrize(
    ("base_type", "content", "table"),
    [
        ("PageViewData", {"name": "a page"}, ""),
        ("MetricData", {"metrics": [{"name": "\\Process(??)\\Private Bytes", "value": 1}]}, "AppPerformanceCounters"),
    ],
)
def test_items_of_other_types_are_in_no_table(base_type: str, content: dict[str, Any], table: str) -> None:
    sent = envelope(base_type, content)
    assert table_of(sent) == table
    assert not any(tables([sent]).values())


def test_a_table_that_there_is_not_is_an_error() -> None:
    with pytest.raises(KeyError, match="AppPageViews"):
        rows([], "AppPageViews")


@pytest.mark.parametrize("duration", ["", "1.5", "00:00"])
def test_a_duration_that_cannot_be_read_is_an_error(duration: str) -> None:
    with pytest.raises(ValueError, match="not a duration"):
        rows([envelope("RequestData", CALL | {"duration": duration, "responseCode": "200"})], "AppRequests")
