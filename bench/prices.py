"""List prices in US dollars, before free grants. They change: look them up before you rely on them.

Microsoft's own price pages fill their figures in by script, so each is from who quotes it, with the date of the quote.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Price:
    """What one of something costs, and who says so."""

    dollars: float
    of: str
    source: str


LOGIC_APP_ACTION = Price(
    0.000025,
    "a built-in action of a Consumption logic app; a loop and each action in it count once a cycle",
    "public cost notes on GitHub, 2025; the counting: learn.microsoft.com, Logic Apps metering, 2022-11-02",
)
FLEX_GB_SECOND = Price(
    0.000026,
    "a GB of memory for a second, Flex Consumption on demand",
    "modal.com/blog/azure-function-pricing-guide, 2025-05-22",
)
FLEX_EXECUTION = Price(0.40 / 1e6, "an execution, Flex Consumption on demand", FLEX_GB_SECOND.source)
TABLE_OPERATION = Price(
    0.00036 / 1e4,
    "an operation on a table, whatever it is; a transaction is one",
    "public cost notes on GitHub, checked 2026-07-22 for Austria East",
)
QUEUE_OPERATION = Price(0.0004 / 1e4, "an operation on a queue", "public cost notes on GitHub for Europe, LRS, 2025")
BLOB_WRITE = Price(0.05 / 1e4, "a write or a listing, hot, LRS", "public cost notes on GitHub, 2026")
BLOB_READ = Price(0.004 / 1e4, "any other blob operation but a delete, which is free", BLOB_WRITE.source)
TELEMETRY_GB = Price(
    2.30,
    "a GB of telemetry, Analytics Logs, pay as you go; what is billed is about a quarter less than its JSON",
    "monitoringcost.com/azure-monitor-cost, 2026; the quarter: learn.microsoft.com, Azure Monitor, cost-logs",
)

ALL = (
    LOGIC_APP_ACTION,
    FLEX_GB_SECOND,
    FLEX_EXECUTION,
    TABLE_OPERATION,
    QUEUE_OPERATION,
    BLOB_WRITE,
    BLOB_READ,
    TELEMETRY_GB,
)
