"""The table, the charts, and the document that they stand in."""

import xml.etree.ElementTree as ET

import pytest

from bench.__main__ import BEGIN, DOCUMENT, END, MODULES, written
from bench.ages import plot
from bench.plot import FOLDER, Axis, Line, chart
from bench.table import Row, markdown, plain

ROW = Row(what="calls", ours="2", floor="1", reach="at most 3", met=True)


def test_a_row_in_markdown_and_in_text() -> None:
    assert markdown([ROW]).splitlines()[-1] == "| calls | 2 | - | 1 | - | at most 3 | yes |"
    assert plain([ROW]) == "calls\n    ours 2; the floor 1; reach at most 3  [met]"


def test_what_was_not_reached_is_plain_to_see() -> None:
    missed = Row(what="x", ours="9", reach="1", met=False)
    assert markdown([missed]).endswith("| **no** |\n")
    assert "[NOT MET]" in plain([missed])


def test_the_table_is_written_in_place_of_the_one_before() -> None:
    document = f"# Title\n\n{BEGIN}old\n{END}\nnotes\n"
    once = written(document, [ROW])
    assert written(once, [ROW]) == once
    assert "old" not in once
    assert once.startswith("# Title\n\n")
    assert once.endswith(f"{END}\nnotes\n")


def test_the_document_has_the_table_of_all_that_is_measured() -> None:
    text = DOCUMENT.read_text()
    table = text.partition(BEGIN)[2].partition(END)[0]
    assert "with `make bench`" in table
    assert table.count("\n| ") > 2 * len(MODULES)


@pytest.mark.parametrize("name", ["polls.svg", "tenant.svg"])
def test_the_charts_are_there_and_in_the_document(name: str) -> None:
    ET.fromstring((FOLDER / name).read_text())  # noqa: S314 - our own file
    assert f"({name})" in DOCUMENT.read_text()


def test_a_chart_is_drawn_to_its_axes() -> None:
    axis = Axis("n", 0, 10, [(0, "0"), (10, "ten & more")])
    text = chart("A <title>", axis, axis, [Line("line", [(0, 0), (10, 10)])])
    lines = ET.fromstring(text).findall("{http://www.w3.org/2000/svg}polyline")  # noqa: S314 - our own text
    assert [line.get("points") for line in lines] == ["70.0,315.0 650.0,40.0"]
    assert "prefers-color-scheme: dark" in plot()
