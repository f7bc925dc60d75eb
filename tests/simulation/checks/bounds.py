"""Nothing grows without end: rows stay far from what a table takes, and what is counted keeps to its limit."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from shared.exports.export import FUNCTION_KEY_CALLER
from shared.exports.subscription import MAX_SUBSCRIPTIONS, MAX_SUBSCRIPTIONS_OF_CALLER
from shared.records.table_names import TableName
from tests.fakes.table_limits import utf16_length
from tests.simulation.checks.check import Check
from tests.simulation.world.facts import Committed, Stored

if TYPE_CHECKING:
    from shared.protocols import Row
    from tests.simulation.world.facts import Line

_LONGEST_TEXT = 20_000
"""UTF-16 code units; the service takes 32 Ki."""
_LARGEST_ROW = 512 * 1024
"""Bytes; the service takes 1 MiB."""
_MOST_RETRIES = 100


class Bounded(Check):
    """No row comes near its limits; retries of an export and subscriptions, all and one caller's, keep to theirs."""

    name = "bounded"
    reads_text = True

    def see(self, line: Line) -> None:
        match line.fact:
            case Stored(table=table, rows=rows):
                for row in rows:
                    self._check_row(row)
                if table == TableName.SUBSCRIPTIONS:
                    stored = self.world.table(TableName.SUBSCRIPTIONS).rows("subscription", "", "~")
                    callers = Counter(found.row["caller"] for found in stored)
                    count = callers.total()
                    self.expect(f"there are {count} subscriptions", holds=count <= MAX_SUBSCRIPTIONS)
                    most = max((callers[each] for each in callers if each != FUNCTION_KEY_CALLER), default=0)
                    self.expect(f"a caller has {most} of them", holds=most <= MAX_SUBSCRIPTIONS_OF_CALLER)
            case Committed(after=after):
                self.expect(f"{after.id} was retried {after.retries} times", holds=after.retries <= _MOST_RETRIES)

    def _check_row(self, row: Row) -> None:
        texts = {name: value for name, value in row.items() if isinstance(value, str)}
        longest = max(texts, key=lambda name: len(texts[name]))
        length = utf16_length(texts[longest])
        what = f"{longest} of {row['RowKey']} has {length} characters"
        self.expect(what, holds=length <= _LONGEST_TEXT)
        size = 2 * sum(map(len, texts.values())) + 40 * len(row)
        self.expect(f"{row['RowKey']} has {size} bytes", holds=size <= _LARGEST_ROW)
