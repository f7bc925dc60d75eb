"""URLs of callbacks: kept as long as a delivery may need them, and no longer."""

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
"""A URL that no export needs is removed by the second sweep after it may be, one a day, if the first is interrupted."""


class CallbackUrlsKept(Check):
    """An export finds its own URL until it is told; what processes that died have left is removed."""

    name = "callback urls kept"

    def __init__(self, state: CheckState) -> None:
        super().__init__(state)
        self._are_lost = False

    def see(self, line: Line) -> None:
        match line.fact:
            case TableLost(table=TableName.SECRETS):
                self._are_lost = True
            case Committed(before=None, after=after) if after.has_callback and not self._are_lost:
                self.expect(f"{after.id} was recorded before its URL", holds=self._is_kept(after.id))
            case Committed(after=after, events=events) if not self._are_lost:
                for event in events:
                    is_own = event.detail.get("target") == CALLBACK_TARGET
                    is_missing = event.type is EventType.CALLBACK_GONE and "not kept" in str(event.detail.get("reason"))
                    self.expect(f"the URL of {after.id} is gone before its delivery", holds=not (is_own and is_missing))

    def finish(self) -> None:
        for key in self._keys():
            export_id, stored_at, _ = key.split("|")
            export = self.state.exports.get(export_id)
            age = self.world.now - datetime.fromtimestamp(int(stored_at) / 1000, UTC)
            is_needed = (export is not None and export.has_callback) or export_id in self.world.exports.spoiled
            self.expect(f"the URL of {export_id} was left for {age}", holds=is_needed or age < _LONGEST_LEFT)

    def _is_kept(self, export_id: str) -> bool:
        return any(key.startswith(export_id) for key in self._keys())

    def _keys(self) -> list[str]:
        found = self.world.table(TableName.SECRETS).rows("callback", "", "~")
        return [str(each.row["RowKey"]) for each in found]
