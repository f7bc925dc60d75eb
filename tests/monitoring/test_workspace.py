"""What the queries rely on in Kusto, and that `duckdb-kql` keeps to it."""

from typing import Any

import pytest

from tests.exports.samples import HOUR, MINUTE, NOW
from tests.monitoring.workspace import Workspace

ROWS = [
    {"TimeGenerated": NOW - 90 * MINUTE, "Name": "A", "Properties": {"text": "Word", "number": "7", "half": "1.5"}},
    {"TimeGenerated": NOW - 30 * MINUTE, "Name": "A", "Properties": {"text": "a word", "number": "9"}},
    {"TimeGenerated": NOW, "Name": "b", "Properties": {"number": "none"}},
]


def ask(query: str, since: int = 120) -> list[tuple[Any, ...]]:
    """The values of the rows that a query gives, about so many minutes."""
    workspace = Workspace({"AppEvents": ROWS})
    return [tuple(row.values()) for row in workspace.query(query, NOW - since * MINUTE, NOW)]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        # What the absence of rows comes to
        ('AppEvents | where Name == "none" | summarize Rows = count()', [(0,)]),
        ('AppEvents | where Name == "none" | summarize Rows = count() by Name', []),
        ('AppEvents | where Name == "none" | summarize Sum = sum(toint(Properties["number"]))', [(0,)]),
        ("AppMetrics | summarize Most = max(Max), Last = max(TimeGenerated)", [(None, None)]),
        # Properties: absent ones, and those of another type
        ('AppEvents | where Name == "b" | project tostring(Properties["text"])', [("",)]),
        (
            'AppEvents | where Name == "b" | project toint(Properties["absent"]), toint(Properties["number"])',
            [(None, None)],
        ),
        ('AppEvents | where toint(Properties["absent"]) == 0 | project Name', []),
        ('AppEvents | where Name == "A" | project todouble(Properties["half"])', [(1.5,), (None,)]),
        ('AppEvents | summarize sum(toint(Properties["number"]))', [(16,)]),
        # Letter case, and words
        ('AppEvents | where Name == "B" | project Name', []),
        ('AppEvents | where Name =~ "B" | project Name', [("b",)]),
        ('AppEvents | where Name in ("a", "B") | project Name', []),
        ('AppEvents | where Name !in ("A", "B") | project Name', [("b",)]),
        ('AppEvents | where Name !startswith "a" | project Name', [("b",)]),
        ('AppEvents | where Properties["text"] has "word" | summarize count()', [(2,)]),
        ('AppEvents | where Properties["text"] has "wor" | summarize count()', [(0,)]),
        ('AppEvents | where Properties["text"] contains "WOR" | summarize count()', [(2,)]),
        # Times, and what is the last or in the middle
        ("AppEvents | where TimeGenerated > ago(1h) | summarize count()", [(2,)]),
        ("AppEvents | summarize (now() - min(TimeGenerated)) / 1h", [(1.5,)]),
        (
            "AppEvents | summarize count() by bin(TimeGenerated, 1h) | order by TimeGenerated asc",
            [(NOW - 2 * HOUR, 1), (NOW - HOUR, 1), (NOW, 1)],
        ),
        ("AppEvents | summarize arg_max(TimeGenerated, Name)", [(NOW, "b")]),
        (
            'AppEvents | extend N = toint(Properties["number"]) | summarize percentile(N, 50), percentile(N, 90)',
            [(7, 9)],
        ),
        ('AppEvents | summarize dcount(Name), countif(Name == "A")', [(2, 2)]),
        # Several tables
        ("union AppEvents, AppMetrics | summarize count()", [(3,)]),
        (
            'let names = AppEvents | where Name == "A" | distinct Name; AppEvents | where Name in (names) | count',
            [(2,)],
        ),
        (
            "let n = toscalar(AppEvents | summarize max(toint(Properties.number))); AppEvents | take 1 | project n",
            [(9,)],
        ),
    ],
)
def test_a_query_gives_what_kusto_gives(query: str, expected: list[tuple[Any, ...]]) -> None:
    assert ask(query) == expected


def test_only_the_time_that_is_asked_about_is_there() -> None:
    assert ask("AppEvents | count", since=60) == [(2,)]
    assert ask("AppEvents | count", since=30) == [(1,)], "its begin is not in it"
