"""The table of `make bench`: each measurement, what it is compared with, and its goal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

Say = Callable[[str], None]
"""Shows a line of progress."""
_HEADINGS = ("what", "ours", "the alternative", "the floor", "ratio", "reach", "met")
_NOTHING = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One measurement. The texts include units; an empty text means that there is no such figure."""

    what: str
    ours: str
    alternative: str = ""
    """What one would use instead, and its figure."""
    floor: str = ""
    """The least that is possible, and its figure."""
    ratio: str = ""
    """Our figure divided by the alternative's or the floor's, measured in the same run."""
    reach: str = ""
    """The goal; empty if the figure is only for information."""
    met: bool | None = None
    """Whether the goal was met; None if there is none."""

    @property
    def cells(self) -> tuple[str, ...]:
        """The texts in the order of the columns."""
        met = "" if self.met is None else "yes" if self.met else "**no**"
        texts = (self.what, self.ours, self.alternative, self.floor, self.ratio, self.reach, met)
        return tuple(text or _NOTHING for text in texts)


def markdown(rows: Sequence[Row]) -> str:
    """The rows as a Markdown table."""
    lines = [_HEADINGS, ("---",) * len(_HEADINGS), *(row.cells for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def plain(rows: Sequence[Row]) -> str:
    """The rows for a terminal: a block of lines for each, because seven columns don't fit."""
    return "\n".join(_block(row) for row in rows)


def _block(row: Row) -> str:
    mark = {True: "met", False: "NOT MET", None: ""}[row.met]
    named = zip(_HEADINGS[1:-1], row.cells[1:-1], strict=True)
    texts = "; ".join(f"{name} {text}" for name, text in named if text != _NOTHING)
    return f"{row.what}\n    {texts}{f'  [{mark}]' if mark else ''}"
