"""What a mutation is: a deliberate defect of the product, and the checks that may notice it first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest


@dataclass(frozen=True, slots=True)
class Mutation:
    """A defect, how it is put in, and which checks may be the first to notice it.

    `seed` noticed it when this was written; it is tried first, to save time.
    """

    name: str
    put_in: Callable[[pytest.MonkeyPatch], None]
    noticed_by: frozenset[str]
    seed: int


def mutation(name: str, put_in: Callable[[pytest.MonkeyPatch], None], *noticed_by: str, seed: int = 0) -> Mutation:
    """A mutation with that name."""
    return Mutation(name, put_in, frozenset(noticed_by), seed)


def change(target: object, name: str, value: object) -> Callable[[pytest.MonkeyPatch], None]:
    """Puts another value in the place of an attribute."""
    return lambda patch: patch.setattr(target, name, value)
