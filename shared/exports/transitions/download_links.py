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
    """Somebody was given links to files that arrived: each is told.

    Raises:
        NotPossibleError: there is nothing to link to.
    """
    if export.status is not Status.SUCCEEDED:
        raise NotPossibleError("ExportNotSucceeded", "Only an export that succeeded has files to link to.")
    if export.erased_at is not None:
        raise NotPossibleError("DataErased", "The exported data was erased.")
    for name in names:
        export = add_event(export, EventType.LINK_CREATED, now, actor=actor, file=name, until=to_iso(until))
    return export
