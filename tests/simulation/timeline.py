"""The story of a run for a person to read: one line a fact, in the order that things happened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.simulation.world.facts import Said, Stored

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from tests.simulation.world.facts import Fact, Line

_LONGEST = 400
_TOLD = ("log", "exception", "answer")
"""What is said that belongs to the story; inputs, outputs and histories are there for the search for secrets."""


def told(timeline: Iterable[Line], begin: datetime) -> Iterator[str]:
    """The lines: the time since the begin, who, what."""
    for line in timeline:
        if _belongs(line.fact):
            yield f"{line.at - begin!s:>22}  {line.actor:<32}  {str(line.fact)[:_LONGEST]}"


def _belongs(fact: Fact) -> bool:
    return not isinstance(fact, Stored) and (not isinstance(fact, Said) or fact.where.startswith(_TOLD))
