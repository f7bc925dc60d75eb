"""Changes an export that the monitor and other callers may be changing too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.exports.exceptions import ConflictError

if TYPE_CHECKING:
    from collections.abc import Callable

    from shared.exports.export import Export
    from shared.records.export_records import SavedExport
    from shared.services import Services

_TRIES = 10


class UnknownExportError(LookupError):
    """There is no export with this id, or none that is meant."""


async def change_export(export_id: str, services: Services, move: Callable[[Export], Export]) -> Export:
    """Stores what `move` makes of the export, or nothing if that is no change.

    Args:
        export_id: the id of an export that exists.
        services: where it is stored.
        move: a transition. It is called again with the newer state if somebody else changes the export meanwhile.

    Raises:
        ConflictError: somebody else changed it at every try; nothing was stored.
        UnknownExportError: there is no such export.
    """
    for _ in range(_TRIES):
        saved = await get_saved(export_id, services)
        export = move(saved.export)
        if export == saved.export:
            return export
        try:
            return (await services.records.save(saved, export)).export
        except ConflictError:
            continue
    raise ConflictError(export_id)


async def get_saved(export_id: str, services: Services) -> SavedExport:
    """The export as it is stored; UnknownExportError if there is none with this id."""
    saved = await services.records.get(export_id)
    if saved is None:
        raise UnknownExportError(export_id)
    return saved
