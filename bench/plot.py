"""Draws line charts as SVG, for light and dark backgrounds."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from local.checkout import ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence

FOLDER = ROOT / "docs"
WIDTH, HEIGHT = 800, 360
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 150, 40, 45
_STYLE = """
  text { font: 12px system-ui, sans-serif; fill: #444; }
  .title { font-size: 14px; font-weight: 600; }
  .grid { stroke: #8886; stroke-width: 1; }
  .line { fill: none; stroke-width: 2; }
  .c0 { stroke: #0969da; } .c1 { stroke: #bc4c00; } .c2 { stroke: #8250df; }
  text.c0 { fill: #0969da; } text.c1 { fill: #bc4c00; } text.c2 { fill: #8250df; }
  text.c0, text.c1, text.c2 { stroke: none; }
  .limit { stroke-dasharray: 6 4; }
  @media (prefers-color-scheme: dark) {
    text { fill: #ccc; }
    .c0 { stroke: #58a6ff; } .c1 { stroke: #f0883e; } .c2 { stroke: #bc8cff; }
    text.c0 { fill: #58a6ff; } text.c1 { fill: #f0883e; } text.c2 { fill: #bc8cff; }
  }
"""


@dataclass(frozen=True, slots=True)
class Axis:
    """An axis: its label, its range, and its marks."""

    label: str
    least: float
    most: float
    marks: Sequence[tuple[float, str]]
    logarithmic: bool = False

    def share(self, value: float) -> float:
        """The position of a value on the axis, 0 to 1."""
        if self.logarithmic:
            return math.log(max(value, self.least) / self.least) / math.log(self.most / self.least)
        return (value - self.least) / (self.most - self.least)


@dataclass(frozen=True, slots=True)
class Line:
    """A line with its points in order; `is_limit` draws it dashed."""

    name: str
    points: Sequence[tuple[float, float]]
    is_limit: bool = False


def chart(title: str, x: Axis, y: Axis, lines: Sequence[Line]) -> str:
    """The text of an SVG file with the chart. There are colours for three lines."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
        f"<title>{escape(title)}</title>",
        f"<style>{_STYLE}</style>",
        _text(_LEFT, 20, title, "title"),
        _text((_LEFT + WIDTH - _RIGHT) / 2, HEIGHT - 6, x.label, anchor="middle"),
        _text(_LEFT, _TOP - 6, y.label),
        *(_grid_x(x, value, text) for value, text in x.marks),
        *(_grid_y(y, value, text) for value, text in y.marks),
        *(_line(x, y, line, colour) for colour, line in enumerate(lines)),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def save(name: str, text: str) -> None:
    """Writes a chart into docs/."""
    (FOLDER / name).write_text(text, encoding="utf-8")


def _across(x: Axis, value: float) -> float:
    return _LEFT + x.share(value) * (WIDTH - _LEFT - _RIGHT)


def _down(y: Axis, value: float) -> float:
    return HEIGHT - _BOTTOM - y.share(value) * (HEIGHT - _TOP - _BOTTOM)


def _grid_x(x: Axis, value: float, text: str) -> str:
    at = _across(x, value)
    line = f'<line class="grid" x1="{at:.1f}" x2="{at:.1f}" y1="{_TOP}" y2="{HEIGHT - _BOTTOM}"/>'
    return line + _text(at, HEIGHT - _BOTTOM + 16, text, anchor="middle")


def _grid_y(y: Axis, value: float, text: str) -> str:
    at = _down(y, value)
    line = f'<line class="grid" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{at:.1f}" y2="{at:.1f}"/>'
    return line + _text(_LEFT - 6, at + 4, text, anchor="end")


def _line(x: Axis, y: Axis, line: Line, colour: int) -> str:
    points = " ".join(f"{_across(x, a):.1f},{_down(y, b):.1f}" for a, b in line.points)
    kind = f"line c{colour}" + (" limit" if line.is_limit else "")
    last = _down(y, line.points[-1][1])
    name = _text(WIDTH - _RIGHT + 6, last + 4, line.name, f"c{colour}")
    return f'<polyline class="{kind}" points="{points}"/>{name}'


def _text(x: float, y: float, text: str, kind: str = "", anchor: str = "start") -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'
