"""Holds: what is held stays whole until somebody lifts the hold, and is then erased if it is time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.exports.export_account import package_container_name
from shared.records.event_and_file_rows import file_key_range
from shared.storage.sas_urls import container_name
from tests.simulation.checks.check import Check, CheckState, export_of
from tests.simulation.world.facts import Committed, Erased

if TYPE_CHECKING:
    from shared.exports.export import Export
    from tests.simulation.world.facts import Line


class HeldIsKept(Check):
    """While a hold lasts, no container of the export and no line of its manifest goes; it lasts until it is lifted."""

    name = "held is kept"

    def __init__(self, state: CheckState) -> None:
        super().__init__(state)
        self._held: dict[str, set[str]] = {}
        """The containers that each held export had when it was first held."""

    def see(self, line: Line) -> None:
        match line.fact:
            case Committed(before=before, after=after):
                if after.hold is not None and (before is None or before.hold is None):
                    self._held[after.id] = containers_of(after) & self.world.account.containers.keys()
                    begun = before is not None and before.erasure_begun_at is not None and before.erased_at is None
                    self.expect(f"{after.id} is held, and its erasure has begun", holds=not begun)
                if before is not None and before.hold is not None:
                    self._check_kept(before)
                    erases = (before.erasure_begun_at, before.erased_at) != (after.erasure_begun_at, after.erased_at)
                    self.expect(f"{after.id} is held, and is being erased", holds=after.hold is None or not erases)
            case Erased(container=container):
                export = self.state.exports.get(export_of(container))
                if export is not None and container in containers_of(export):
                    self.expect(f"{container} was deleted under a hold", holds=export.hold is None)
                    begun = export.erasure_begun_at is not None
                    self.expect(f"{container} was deleted, and no erasure had begun", holds=begun)

    def finish(self) -> None:
        for export in self.state.readable():
            if export.hold is not None:
                self._check_kept(export)
            held = export.id not in self.state.told.held or self._may_be_lifted(export) or export.hold is not None
            self.expect(f"{export.id} was told to be held and is not", holds=held)

    def _check_kept(self, export: Export) -> None:
        """What an export had when it was held is there, and so is its whole manifest."""
        left = self._held.get(export.id, set()) - self.world.account.containers.keys()
        self.expect(f"{export.id} is held, and {left} are gone", holds=not left)
        if export.files is not None and export.erased_at is None:
            lines = len(self.world.exports.rows(export.id, *file_key_range(export)))
            what = f"{export.id} is held, and {lines} of {export.files.count} lines of its manifest are there"
            self.expect(what, holds=lines >= export.files.count)

    def _may_be_lifted(self, export: Export) -> bool:
        return any(
            (call.name == "lift" and call.export_id == export.id)
            or (call.name == "lift by reference" and call.params["reference"] == export.reference)
            for call in self.state.plan.calls
        )


class ErasedInTime(Check):
    """In a run that goes on to the erasure, all data is erased in the end, but for what is held."""

    name = "erased in time"

    def finish(self) -> None:
        if not self.state.plan.to_erasure or self.state.account_is_lost:
            return
        for export in self.state.readable():
            what = f"{export.id} was to be erased at {export.erase_at} and is not"
            self.expect(what, holds=export.erase_at is None or export.hold is not None)


def containers_of(export: Export) -> set[str]:
    """The names of the containers with the data of an export: one for each attempt, and one for packages."""
    return {*(container_name(attempt.container) for attempt in export.attempts), package_container_name(export.id)}
