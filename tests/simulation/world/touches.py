"""Where the product touches the outside world: right before and right after each call, faults can be injected."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import timedelta

ACTOR: ContextVar[str] = ContextVar("ACTOR", default="")
"""The name of the running coroutine; empty while the world itself acts."""


class Moment(StrEnum):
    """Before or after the call."""

    BEFORE = "before"
    """Nothing has happened yet."""
    AFTER = "after"
    """It has happened, and the product does not know yet."""


@dataclass(frozen=True, slots=True)
class Touch:
    """One side of one call of a fake, such as `graph.submit_export`.

    The answer is None to go on, an exception to raise, or an instruction that the fake understands (`Stale`, `Late`,
    `Unqueued`, a result of Graph).
    """

    what: str
    moment: Moment


@dataclass(frozen=True, slots=True)
class Stale:
    """For a read of an export: return the state before the present one."""


@dataclass(frozen=True, slots=True)
class Late:
    """For a submission: no answer comes, and Graph carries it out only after this time."""

    by: timedelta


@dataclass(frozen=True, slots=True)
class Unqueued:
    """For a submission: Graph writes its file into the container, then fails before it has created the operation."""
