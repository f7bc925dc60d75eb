"""Somebody is given download links to files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.exports.audit_trail import add_event
from shared.exports.exceptions import NotPossibleError
from shared.exports.states_and_codes import EventType, Status
from shared.exports.timestamps import to_iso

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from shared.exports.export import Export, File


def record_links(export: Export, files: Mapping[int, File], actor: str, until: datetime, now: datetime) -> Export:
    """Records who was given links to which files, with one event for each file.

    An event has the file's number in the manifest and its SHA-256. It does not have the name, because that can say
    something about the person, and the trail outlives the data.

    Args:
        export: the export.
        files: the files by their numbers.
        actor: who was given the links.
        until: when the links expire.
        now: the present.

    Raises:
        NotPossibleError: the export has no files, because it has not succeeded or they were erased.
    """
    if export.status is not Status.SUCCEEDED:
        raise NotPossibleError("ExportNotSucceeded", "The export has no files: it has not succeeded. See its status.")
    if export.erased_at is not None:
        raise NotPossibleError("DataErased", "The exported data was erased. Request another export.")
    for number, file in files.items():
        detail = {"number": number, "sha256": file.sha256, "until": to_iso(until)}
        export = add_event(export, EventType.LINK_CREATED, now, actor=actor, **detail)
    return export
