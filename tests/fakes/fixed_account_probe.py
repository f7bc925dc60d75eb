"""A fake of `ExportAccountProbe`: it returns what a test sets."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from shared.exports.states_and_codes import GrantKind


class FixedAccountProbe:
    """An `ExportAccountProbe`.

    Attributes:
        findings: the problems that it reports, or the error that it raises.
        left: when what earlier probes left was last changed.
    """

    def __init__(self) -> None:
        """A probe that finds no problem."""
        self.findings: list[str] | Exception = []
        self.left: list[datetime] = []

    async def probe(self, kind: GrantKind, now: datetime) -> list[str]:  # noqa: ARG002 - the Protocol's
        if isinstance(self.findings, Exception):
            raise self.findings
        return self.findings

    async def remove_left(self, before: datetime) -> int:
        kept = [changed_at for changed_at in self.left if changed_at >= before]
        removed, self.left = len(self.left) - len(kept), kept
        return removed
