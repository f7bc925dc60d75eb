"""The timeline of a run for people to read: a line for each fact, in order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.simulation.world.facts import Said, Stored

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from tests.simulation.world.facts import Fact, Line

_LONGEST = 400
_SHOWN = ("log", "exception", "answer")
"""The kinds of text that are shown. Inputs, outputs and histories are recorded for the check for secrets only."""


def story_lines(timeline: Iterable[Line], begin: datetime) -> Iterator[str]:
    """The lines: the time since the start, who did it, and what."""
    for line in timeline:
        if _belongs(line.fact):
            yield f"{line.at - begin!s:>22}  {line.actor:<32}  {str(line.fact)[:_LONGEST]}"


def _belongs(fact: Fact) -> bool:
    return not isinstance(fact, Stored) and (not isinstance(fact, Said) or fact.where.startswith(_SHOWN))
