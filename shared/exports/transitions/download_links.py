"""Somebody is given download links to files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.exports.audit_trail import add_event
from shared.exports.exceptions import NotPossibleError
from shared.exports.states_and_codes import EventType, Status
from shared.exports.timestamps import to_iso

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from shared.exports.export import Export


def record_links(export: Export, names: Sequence[str], actor: str, until: datetime, now: datetime) -> Export:
    """Records who was given links to which files, with one event for each file.

    Raises:
        NotPossibleError: the export has no files, because it has not succeeded or they were erased.
    """
    if export.status is not Status.SUCCEEDED:
        raise NotPossibleError("ExportNotSucceeded", "The export has no files: it has not succeeded. See its status.")
    if export.erased_at is not None:
        raise NotPossibleError("DataErased", "The exported data was erased. Request another export.")
    for name in names:
        export = add_event(export, EventType.LINK_CREATED, now, actor=actor, file=name, until=to_iso(until))
    return export
