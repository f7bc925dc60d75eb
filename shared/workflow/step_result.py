"""What a step returns: the new state of an export, which is still to be stored."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from shared.exports.export import Export, File
    from shared.records.export_records import SavedExport


@dataclass(frozen=True, slots=True)
class StepResult:
    """A new state of an export, to be stored only if the export is still in the state before."""

    before: SavedExport
    """The stored state that the new one follows."""
    export: Export
    """The new state; the same as before where the step changed nothing."""
    files: Sequence[File] = ()
    """Manifest lines to store with the new state, which counts them already."""
    changed_files: Mapping[int, File] = field(default_factory=dict)
    """Manifest lines that are stored already and of which more is known now, by their numbers."""
    record_again: Callable[[Export], Export] | None = None
    """Makes the same of an export that somebody else has changed meanwhile, for a step whose work is worth it.

    It raises ConflictError where the work is of no use any more. None where the step decides anew.
    """
