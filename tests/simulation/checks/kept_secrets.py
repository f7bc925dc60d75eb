"""Secrets of callbacks: kept as long as a delivery may need them, and no longer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from shared.exports.export import CALLBACK_TARGET
from shared.exports.states_and_codes import EventType
from shared.records.table_names import TableName
from shared.workflow.sweeper import ORPHAN_AGE
from tests.simulation.checks.check import Check, CheckState
from tests.simulation.world.facts import Committed, TableLost

if TYPE_CHECKING:
    from tests.simulation.world.facts import Line

_LONGEST_LEFT = ORPHAN_AGE + timedelta(days=2)
"""What nothing needs is removed by the second sweep after it may be, one a day, if the first is interrupted."""


class SecretsKept(Check):
    """An export and a subscription find their secrets; what processes that died have left is removed."""

    name = "secrets kept"

    def __init__(self, state: CheckState) -> None:
        super().__init__(state)
        self._lost: set[str] = set()

    def see(self, line: Line) -> None:
        match line.fact:
            case TableLost(table=table):
                self._lost.add(table)
            case Committed(before=None, after=after) if after.has_callback and not self._are_lost:
                is_kept = any(key.startswith(after.id) for key in self._keys("callback"))
                self.expect(f"{after.id} was recorded before its URL", holds=is_kept)
            case Committed(after=after, events=events) if not self._are_lost:
                for event in events:
                    is_own = event.detail.get("target") == CALLBACK_TARGET
                    is_missing = event.type is EventType.CALLBACK_GONE and "not kept" in str(event.detail.get("reason"))
                    self.expect(f"the URL of {after.id} is gone before its delivery", holds=not (is_own and is_missing))

    def finish(self) -> None:
        for key in self._keys("callback"):
            export_id, stored_at, _ = key.split("|")
            export = self.state.exports.get(export_id)
            is_needed = (export is not None and export.has_callback) or export_id in self.world.exports.spoiled
            self._expect_young(f"the URL of {export_id}", stored_at, is_needed=is_needed)
        subscribed = self.world.table(TableName.SUBSCRIPTIONS).rows("subscription", "", "~")
        needed = {(each.row["RowKey"], each.row["secretId"]) for each in subscribed}
        kept = set()
        for key in self._keys("subscription"):
            subscription_id, stored_at, secret_id = key.split("|")
            kept.add((subscription_id, secret_id))
            is_needed = (subscription_id, secret_id) in needed
            self._expect_young(f"what signs for {subscription_id}", stored_at, is_needed=is_needed)
        if not self._are_lost:
            self.expect(f"{needed - kept} are without secrets", holds=needed <= kept)

    @property
    def _are_lost(self) -> bool:
        return TableName.SECRETS in self._lost

    def _expect_young(self, what: str, stored_at: str, *, is_needed: bool) -> None:
        age = self.world.now - datetime.fromtimestamp(int(stored_at) / 1000, UTC)
        self.expect(f"{what} was left for {age}", holds=is_needed or age < _LONGEST_LEFT)

    def _keys(self, partition: str) -> list[str]:
        found = self.world.table(TableName.SECRETS).rows(partition, "", "~")
        return [str(each.row["RowKey"]) for each in found]
