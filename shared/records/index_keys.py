"""The row keys of each listing of exports, ordered so that a listing is one range of keys."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from shared.exports.export import Export
    from shared.exports.states_and_codes import Status

STEP_PREFIX = "step|"
"""The listing of exports by when to look at them next (`index_queries`)."""
KEY_UPPER_BOUND = "~"
"""Sorts above every character of a key."""
_ALL_PREFIX = "all|"
_END_OF_TIME = 10**13
"""Milliseconds since 1970, in the year 2286. The time left until then sorts the newest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportFilter:
    """Which exports to list. One or two conditions pick the listing; exports are checked for the others."""

    subject_id: str | None = None
    reference: str | None = None
    due_before: datetime | None = None
    status: Status | None = None

    @property
    def prefix(self) -> str:
        """The prefix of the listing: newest first, or soonest due first for `due_before` alone or with a status."""
        if self.subject_id is not None:
            return _subject_prefix(self.subject_id)
        if self.reference is not None:
            return _reference_prefix(self.reference, self.status)
        if self.due_before is not None:
            return due_prefix(self.status)
        return _ALL_PREFIX if self.status is None else _status_prefix(self.status)

    @property
    def before(self) -> str | None:
        """Where the listing ends, after the prefix; None for its natural end."""
        is_by_due = self.due_before is not None and self.prefix == due_prefix(self.status)
        return _due_key(self.due_before) if is_by_due and self.due_before else None

    def fits(self, export: Export) -> bool:
        """Whether an export meets all conditions. The index lags, and has no listing for all conditions together."""
        return (
            (self.subject_id is None or export.subject.id == self.subject_id)
            and (self.reference is None or export.reference == self.reference)
            and (self.due_before is None or export.due_at < self.due_before)
            and (self.status is None or export.status is self.status)
        )


def _status_prefix(status: Status) -> str:
    return f"status|{status.value}|"


def _subject_prefix(subject_id: str) -> str:
    return f"subject|{subject_id}|"


def _reference_prefix(reference: str, status: Status | None) -> str:
    # A key can't have every character.
    hashed = f"{hashlib.sha256(reference.encode()).hexdigest()}|"
    return f"reference|{hashed}" if status is None else f"reference-status|{hashed}{status.value}|"


def due_prefix(status: Status | None) -> str:
    """The prefix of the listing by deadline: of all exports, or of those with a status."""
    return "due|" if status is None else f"status-due|{status.value}|"


def _due_key(moment: datetime) -> str:
    return f"{int(moment.timestamp()):012d}"


def step_keys(export: Export) -> list[str]:
    """The key that lists an export by its next step, if it has one."""
    return [] if export.next_step_at is None else [f"{STEP_PREFIX}{step_key(export.next_step_at)}|{export.id}"]


def step_key(moment: datetime) -> str:
    """The part of a key after `STEP_PREFIX`, for that time."""
    return f"{int(moment.timestamp() * 1000):013d}"


def listing_keys(export: Export) -> list[str]:
    """The keys that list an export. Any other row that names it is left over, and ignored."""
    newest = _newest_first_key(export)
    keys = [_ALL_PREFIX + newest, f"{due_prefix(None)}{_due_key(export.due_at)}|{export.id}", *status_keys(export)]
    if export.subject.id is not None:
        keys.append(_subject_prefix(export.subject.id) + newest)
    if export.reference is not None:
        keys.append(_reference_prefix(export.reference, None) + newest)
    return keys


def status_keys(export: Export) -> list[str]:
    """The keys that list an export by its status."""
    newest = _newest_first_key(export)
    keys = [_status_prefix(export.status) + newest, f"{due_prefix(export.status)}{_due_key(export.due_at)}|{export.id}"]
    if export.reference is not None:
        keys.append(_reference_prefix(export.reference, export.status) + newest)
    return keys


def keys_when_new(export_id: str, created_at: datetime, status: Status, due_key: str) -> set[str]:
    """The keys that listed an export when it was new, as far as they follow from its entry by status and deadline.

    Args:
        export_id: its id.
        created_at: when it was accepted.
        status: the status of the entry.
        due_key: the end of the entry's key, after the status.
    """
    newest = _newest_first(created_at, export_id)
    return {
        _ALL_PREFIX + newest,
        _status_prefix(status) + newest,
        due_prefix(None) + due_key,
        due_prefix(status) + due_key,
    }


def _newest_first_key(export: Export) -> str:
    return _newest_first(export.created_at, export.id)


def _newest_first(created_at: datetime, export_id: str) -> str:
    left = _END_OF_TIME - int(created_at.timestamp() * 1000)
    return f"{left:013d}|{export_id}"
