"""The index is never behind an export: what is stored is in its lists already."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from shared.records.index_keys import listing_keys
from shared.records.table_names import TableName
from tests.simulation.checks.check import Check, CheckState
from tests.simulation.world.facts import Committed, TableLost

if TYPE_CHECKING:
    from tests.simulation.world.facts import Line


class ListedAtOnce(Check):
    """An export that is stored is listed already under what it has become for the first time.

    The daily repair would hide it if it were not. What it becomes again, a slow process may just remove that still
    carries out an earlier change; and where the index was lost, only the repair can tell.
    """

    name = "listed at once"

    def __init__(self, state: CheckState) -> None:
        super().__init__(state)
        self._is_lost = False
        self._keys_so_far: defaultdict[str, set[str]] = defaultdict(set)

    def see(self, line: Line) -> None:
        match line.fact:
            case TableLost(table=TableName.INDEX):
                self._is_lost = True
            case Committed(before=before, after=after) if not self._is_lost:
                known = self._keys_so_far[after.id]
                if before is not None:
                    known |= set(listing_keys(before))
                listed = {found.row["RowKey"] for found in self.world.table(TableName.INDEX).all_rows()}
                missing = set(listing_keys(after)) - known - listed
                known |= set(listing_keys(after))
                self.expect(f"{after.id} is stored and not listed as {sorted(missing)}", holds=not missing)
