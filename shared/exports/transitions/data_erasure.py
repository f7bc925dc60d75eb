"""The exported data is to be erased, and is erased."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from shared.exports.audit_trail import add_event
from shared.exports.exceptions import NotPossibleError
from shared.exports.states_and_codes import EventType
from shared.exports.transitions.handover_packages import drop_packages
from shared.exports.transitions.next_due_time import (
    erasure_due_at,
    is_erasure_due,
    schedule_after_end,
    schedule_erasure,
)
from shared.exports.transitions.write_grant import attempts_to_revoke, mark_grant_revoked

if TYPE_CHECKING:
    from datetime import datetime

    from shared.exports.export import Export


def request_erasure(export: Export, actor: str, now: datetime) -> Export:
    """Begins the erasure now. An export without data, or whose erasure has begun and is due, stays as it is.

    One that is erased already loses what version 1.0.0 left of the names of its files.

    Raises:
        NotPossibleError: the export has not ended, or a hold keeps its data.
    """
    if not export.status.is_terminal:
        raise NotPossibleError("ExportNotEnded", "The export has not ended. Cancel it first.")
    if export.erased_at is not None:
        return _without_file_names(export)
    if export.hold is not None:
        raise NotPossibleError("OnHold", "The exported data is on hold. Lift the hold, then erase the data.")
    if export.erase_at is None or (export.erase_at <= now and export.erasure_begun_at is not None):
        return export
    begun = begin_erasure(schedule_erasure(export, now, now), now)
    return add_event(begun, EventType.ERASE_REQUESTED, now, actor=actor)


def begin_erasure(export: Export, now: datetime) -> Export:
    """Records that data is about to be deleted; it is stored before the first deletion.

    From then on no hold is accepted: it would promise to keep what may be gone already.
    """
    begun = replace(export, erasure_begun_at=export.erasure_begun_at or now, updated_at=now)
    return schedule_after_end(begun)


def is_erasure_pending(export: Export, now: datetime) -> bool:
    """Whether the data is being erased: that is due, or has begun and is tried again. A later date alone is no."""
    return is_erasure_due(export, now) or (erasure_due_at(export) is not None and export.erasure_begun_at is not None)


def mark_erased(export: Export, now: datetime) -> Export:
    """Records that the containers and the names of the files are gone. The export and its trail stay.

    Stored policies that could not be removed before went with the containers.
    """
    for attempt in attempts_to_revoke(export):
        export = mark_grant_revoked(export, attempt, now)
    nameless = _without_file_names(drop_packages(export, now))
    erased = schedule_after_end(replace(nameless, erased_at=now, updated_at=now, erase_at=None))
    return add_event(erased, EventType.ERASED, now, containers=len(export.attempts))


def _without_file_names(export: Export) -> Export:
    """An export that ended while its files were checked has the place in the listing, which is made of a name."""
    if export.files is None or export.files.marker is None:
        return export
    return replace(export, files=replace(export.files, marker=None))
