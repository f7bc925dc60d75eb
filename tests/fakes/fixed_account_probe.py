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
    """

    def __init__(self) -> None:
        """A probe that finds no problem."""
        self.findings: list[str] | Exception = []

    async def probe(self, kind: GrantKind, now: datetime) -> list[str]:  # noqa: ARG002 - the Protocol's
        if isinstance(self.findings, Exception):
            raise self.findings
        return self.findings
