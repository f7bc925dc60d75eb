"""Where the product touches the outside world: the two moments, before and after, at which a driver can step in."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator
    from datetime import timedelta


class Moment(StrEnum):
    """Which side of the call."""

    BEFORE = "before"
    """Nothing has happened yet."""
    AFTER = "after"
    """It has happened, and the product does not know."""


@dataclass(frozen=True, slots=True)
class Touch:
    """One side of one call of a stand-in, such as `graph.submit_export`.

    Awaiting it hands it to whoever steps the coroutine, and what that one sends back is the result: None to go on, an
    exception to be raised, or what the stand-in's method understands (`Stale`, `Late`, an answer of Graph).
    """

    what: str
    moment: Moment

    def __await__(self) -> Generator[Touch, object, object]:
        return (yield self)


@dataclass(frozen=True, slots=True)
class Stale:
    """To a read of a record: answer with the state before the present one."""


@dataclass(frozen=True, slots=True)
class Late:
    """To a submission: the answer never comes, and Graph carries it out only after this time."""

    by: timedelta


@dataclass(frozen=True, slots=True)
class Unqueued:
    """To a submission: Graph marks the container, then breaks before the operation exists."""
