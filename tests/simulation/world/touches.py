"""Where the product touches the outside world: the two moments, before and after, at which a driver can step in."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import timedelta

ACTOR: ContextVar[str] = ContextVar("ACTOR", default="")
"""The name of the coroutine that runs now; empty where the world itself acts."""


class Moment(StrEnum):
    """Which side of the call."""

    BEFORE = "before"
    """Nothing has happened yet."""
    AFTER = "after"
    """It has happened, and the product does not know."""


@dataclass(frozen=True, slots=True)
class Touch:
    """One side of one call of a fake, such as `graph.submit_export`.

    What comes back of it is None to go on, an exception to be raised, or what the fake's method understands (`Stale`,
    `Late`, `Unqueued`, an answer of Graph).
    """

    what: str
    moment: Moment


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
