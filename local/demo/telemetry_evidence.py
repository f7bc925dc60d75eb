"""What arrived at Azure Monitor of an export: its events, and the trace that they belong to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from local.monitor.telemetry_tables import Row

_PREFIX = "Export."
_LAST = frozenset({"Succeeded", "Failed", "Canceled"})


@dataclass(frozen=True)
class TelemetryEvidence:
    """The events of one export, the id of its trace, and how many steps and calls the trace has."""

    events: Sequence[str]
    trace: str
    dependencies: int

    @classmethod
    def of(cls, tables: Mapping[str, Sequence[Row]], export_id: str) -> Self:
        """Find it in the tables of Log Analytics."""
        told = [row for row in tables["AppEvents"] if row["Properties"].get("exportId") == export_id]
        trace = told[0]["OperationId"] if told else ""
        return cls(
            [row["Name"].removeprefix(_PREFIX) for row in told],
            trace,
            sum(row["OperationId"] == trace for row in tables["AppDependencies"]),
        )

    @property
    def is_complete(self) -> bool:
        """Whether the event of the end has arrived."""
        return not _LAST.isdisjoint(self.events)

    def text(self, name: str) -> str:
        """Return it as text."""
        head = f"{name}: the telemetry in trace {self.trace}, with {self.dependencies} steps and calls"
        return f"{head}\n  {', '.join(self.events)}"
