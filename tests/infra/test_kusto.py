"""What the language service says of a query is passed on with its line, and what it uses is found wherever it is."""

import pytest

from tests.infra import kusto


def read(query: str) -> kusto.Read:
    (found,) = kusto.read([query])
    return found


def compared(found: kusto.Read) -> set[tuple[str, str, str]]:
    return {(each.column, each.operator, each.value) for pipeline in found.pipelines for each in pipeline.own_compared}


@pytest.mark.parametrize(
    ("query", "fault"),
    [
        ("AppEvents\n| where Nam == 'a'", "line 2: The name 'Nam' does not refer to any known column"),
        ("Events | take 1", "line 1: The name 'Events' does not refer to any known table"),
        ("AppEvents | where ItemCount > 'a'", "line 1: The operator '>' is not defined for the operand types"),
        ("AppEvents\n\n| wher true", "line 3: Query operator expected"),
        ("union isfuzzy=true AppEvents, Events", "line 1: The fuzzy name 'Events' does not refer"),
    ],
)
def test_an_error_is_found_in_its_line(query: str, fault: str) -> None:
    assert [found for found in read(query).faults if found.startswith(fault)]


def test_a_correct_query_has_no_faults_and_typed_columns() -> None:
    found = read("AppEvents | summarize Times = count(), Last = max(TimeGenerated) by Name")
    assert found.faults == ()
    assert found.columns == {"Name": "string", "Times": "long", "Last": "datetime"}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("AppEvents | where Name == 'a'", {("Name", "==", "a")}),
        ("AppEvents | where Name !in ('a', 'b')", {("Name", "!in", "a"), ("Name", "!in", "b")}),
        ("AppEvents | where Name !startswith 'a'", {("Name", "!startswith", "a")}),
        ("AppEvents | summarize countif(Name == 'a')", {("Name", "==", "a")}),
        ("AppEvents | where tostring(Properties['p']) == 'a'", {("Properties.p", "==", "a")}),
        ("AppEvents | where tostring(Properties.p) == 'a'", {("Properties.p", "==", "a")}),
        ("AppEvents | extend P = tostring(Properties['p']) | where P in ('a')", {("Properties.p", "in", "a")}),
        ("AppEvents | project P = tostring(Properties['p']) | where P =~ 'a'", {("Properties.p", "=~", "a")}),
        ("AppEvents | extend P = Name | extend P = 'b' | where P == 'a'", {("P", "==", "a")}),
    ],
)
def test_a_comparison_is_found_with_the_property_behind_a_column(
    query: str, expected: set[tuple[str, str, str]]
) -> None:
    assert compared(read(query)) == expected


def test_a_pipeline_has_what_is_in_it() -> None:
    found = read(
        "let a = AppEvents | where Name == 'a';"
        "union (a | where tostring(Properties['p']) == 'b'), (AppMetrics | where Name == 'c') | project Properties['q']"
    )
    whole, event, last, inner, metric = found.pipelines
    assert event.tables == {"AppEvents"}
    assert metric.tables == {"AppMetrics"}
    assert inner.tables == {"AppEvents"}
    assert [each.value for each in inner.compared] == ["a", "b"]
    assert [each.value for each in inner.own_compared] == ["b"]
    assert last.own_properties == {"Properties.q"}
    assert last.properties == {"Properties.p", "Properties.q"}
    assert whole.tables == last.tables == {"AppEvents", "AppMetrics"}
