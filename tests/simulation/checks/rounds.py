"""The rounds of the reconciler and the sweeper do all their parts, whatever is wrong with one export."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.simulation.checks.check import Check, CheckState
from tests.simulation.world.facts import Injected, Ran, Said

if TYPE_CHECKING:
    from tests.simulation.world.facts import Line

_PARTS = ("Reconciler: The ", "The sweep failed", "The repair ", "The removal of what ", "The deletion ")
"""How the log calls the parts of a round; others are about one export or one container."""


class RoundsGoOn(Check):
    """No part of a round fails, unless a fault was injected into that round."""

    name = "rounds go on"
    reads_text = True

    def __init__(self, state: CheckState) -> None:
        super().__init__(state)
        self._faulty: set[str] = set()

    def see(self, line: Line) -> None:
        if not line.actor.startswith(("reconciler", "sweeper")):
            return
        match line.fact:
            case Injected():
                self._faulty.add(line.actor)
            case Said(where="log WARNING" | "log ERROR", text=text) if text.startswith(_PARTS) and " failed: " in text:
                self.expect(f"{line.actor} said: {text}", holds=line.actor in self._faulty)
            case Ran(begins=False):
                self.expect(f"{line.actor} ended", holds=True)
