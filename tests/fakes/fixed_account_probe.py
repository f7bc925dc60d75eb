"""A fake of `ExportAccountProbe`: it returns what a test sets."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from shared.exports.export_account import ExportAccount, LifecycleRule, SasPolicy
from shared.protocols import HeldContainers

if TYPE_CHECKING:
    from datetime import datetime

    from shared.exports.export_account import AccountUnread
    from shared.exports.states_and_codes import GrantKind

TEMPLATE_ACCOUNT = ExportAccount(
    kind="StorageV2",
    allows_anonymous_access=False,
    minimum_tls_version="TLS1_2",
    sas_policy=SasPolicy(timedelta(days=7, minutes=30)),
    blob_soft_delete_days=7,
    container_soft_delete_days=7,
    lifecycle_rules=(
        LifecycleRule(name="delete-old-exports", prefixes=("export-", "preflight-"), delete_after_days=437),
    ),
)
"""An account as the templates make it, with the grant `storedPolicy`."""


class FixedAccountProbe:
    """An `ExportAccountProbe`.

    Attributes:
        findings: the problems that it reports, or the error that it raises.
        settings: the account's settings, why they can't be read, or None where the account isn't named.
        held: the containers that can't be erased, or the error that it raises.
        left: when what earlier probes left was last changed.
    """

    def __init__(self) -> None:
        """A probe that finds no problem."""
        self.findings: list[str] | Exception = []
        self.settings: ExportAccount | AccountUnread | None = TEMPLATE_ACCOUNT
        self.held: HeldContainers | Exception = HeldContainers((), is_complete=True)
        self.left: list[datetime] = []

    async def probe(self, kind: GrantKind, now: datetime) -> list[str]:  # noqa: ARG002 - the Protocol's
        if isinstance(self.findings, Exception):
            raise self.findings
        return self.findings

    async def read_settings(self) -> ExportAccount | AccountUnread | None:
        return self.settings

    async def find_held(self) -> HeldContainers:
        if isinstance(self.held, Exception):
            raise self.held
        return self.held

    async def remove_left(self, before: datetime) -> int:
        kept = [changed_at for changed_at in self.left if changed_at >= before]
        removed, self.left = len(self.left) - len(kept), kept
        return removed
