"""A probe of the export account whose findings are given: a fake of `ExportAccountProbe`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from shared.exports.states_and_codes import GrantKind


class FixedAccountProbe:
    """An `ExportAccountProbe`.

    Attributes:
        findings: what Microsoft would stumble over, or the error that the account answers with.
    """

    def __init__(self) -> None:
        """All is well."""
        self.findings: list[str] | Exception = []

    async def probe(self, kind: GrantKind, now: datetime) -> list[str]:  # noqa: ARG002 - the Protocol's
        if isinstance(self.findings, Exception):
            raise self.findings
        return self.findings
