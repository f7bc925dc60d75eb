"""The row keys of each listing of exports, ordered so that a listing is one range of keys for each of its statuses.

A key is the prefix of a listing and the place of an export in it. Each listing is there twice: for all exports, and for
those of each requester. So what a requester is shown follows from its own exports alone.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from shared.exports.backlog_counts import UNANSWERED_STATUSES
from shared.exports.states_and_codes import Status

if TYPE_CHECKING:
    from shared.exports.export import Export

STEP_PREFIX = "step|"
"""The listing of exports by when to look at them next (`index_queries`)."""
KEY_UPPER_BOUND = "~"
"""Sorts above every character of a key."""
_ALL_PREFIX = "all|"
_HANDOVER_DUE_PREFIX = "handover-due|"
"""The listing by deadline of the exports that await their hand-over."""
_ON_HOLD_PREFIX = "on-hold|"
"""The listing of the exports that are on hold, the newest first."""
_PAUSED_KEY = "9" * 12
"""In place of the deadline where the clock is paused. It sorts behind every deadline: there is none that could pass."""
_END_OF_TIME = 10**13
"""Milliseconds since 1970, in the year 2286. The time left until then sorts the newest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportFilter:
    """Which exports to list. One or two conditions pick the listing; exports are checked for the others."""

    subject_id: str | None = None
    reference: str | None = None
    due_before: datetime | None = None
    statuses: tuple[Status, ...] = ()
    """Exports with any of these; empty for all."""
    requested_by: str | None = None
    """The principal that requested them; None for all."""
    is_paused: bool | None = None
    """Whether their clock is paused; None for all."""
    is_on_hold: bool | None = None
    """Whether a hold keeps their data; None for all."""
    awaits_handover: bool | None = None
    """Whether they await their hand-over; None for all."""
    is_unanswered: bool | None = None
    """Whether they are open or await their hand-over; None for all."""

    @property
    def prefixes(self) -> tuple[str, ...]:
        """The prefixes of the listings that together have them all: places in them are of one order.

        The newest come first. The soonest due do if the deadline, a paused clock, a hand-over or what is unanswered is
        asked for, and neither the subject nor the reference; those whose clock is paused are last, by the deadlines
        that they had. With several statuses there is one listing for each, in the order that exports pass through them.
        """
        scope = _scope(self.requested_by)
        return tuple(f"{scope}{prefix}" for prefix in self._prefixes_in_scope())

    @property
    def before(self) -> str | None:
        """Where the listings end, after the prefix; None for their natural end."""
        return _due_key(self.due_before) if self.due_before is not None and self._is_by_due else None

    @property
    def begin(self) -> str | None:
        """Behind what the listings begin, after the prefix; None for their natural begin."""
        return _PAUSED_KEY if self.is_paused and self._is_by_due else None

    def place_of(self, key: str) -> str | None:
        """The place of a key in these listings; None if it is in none of them."""
        return next((key.removeprefix(prefix) for prefix in self.prefixes if key.startswith(prefix)), None)

    def lists(self, export: Export, place: str) -> bool:
        """Whether an export is at this place of these listings, under whichever of the statuses, and fits."""
        keys = listing_keys(export)
        return any(f"{prefix}{place}" in keys for prefix in self.prefixes) and self.fits(export)

    def fits(self, export: Export) -> bool:
        """Whether an export meets all conditions. The index lags, and has no listing for all conditions together."""
        return (
            (self.subject_id is None or export.subject.id == self.subject_id)
            and (self.reference is None or export.reference == self.reference)
            and (self.due_before is None or (export.paused_at is None and export.due_at < self.due_before))
            and (not self.statuses or export.status in self.statuses)
            and (self.requested_by is None or export.caller == self.requested_by)
            and self.is_paused in {None, export.paused_at is not None}
            and self.is_on_hold in {None, export.hold is not None}
            and self.awaits_handover in {None, export.awaits_handover}
            and self.is_unanswered in {None, export.awaits_handover or not export.status.is_terminal}
        )

    @property
    def _is_by_due(self) -> bool:
        is_of_clock = self.due_before is not None or self.is_paused or self.awaits_handover or self.is_unanswered
        return bool(is_of_clock) and self.subject_id is None and self.reference is None

    def _prefixes_in_scope(self) -> list[str]:
        if self.subject_id is not None:
            return [_subject_prefix(self.subject_id)]
        if self.reference is None and self.awaits_handover:
            return [_HANDOVER_DUE_PREFIX]
        if self.reference is None and self.is_unanswered:
            return [unanswered_prefix(each) for each in UNANSWERED_STATUSES if each in (self.statuses or Status)]
        if self.reference is None and self.is_on_hold and not self._is_by_due:
            return [_ON_HOLD_PREFIX]
        statuses: list[Status | None] = [status for status in Status if status in self.statuses]
        return [self._prefix(status) for status in statuses or [None]]

    def _prefix(self, status: Status | None) -> str:
        if self.reference is not None:
            return _reference_prefix(self.reference, status)
        if self._is_by_due:
            return due_prefix(status)
        return _ALL_PREFIX if status is None else _status_prefix(status)


def _scope(requester: str | None) -> str:
    """What the prefixes of a requester's listings begin with."""
    return "" if requester is None else f"requester|{requester}|"


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


def unanswered_prefix(status: Status) -> str:
    """The prefix of the listing by deadline of the exports with this status whose clock has not stopped."""
    return _HANDOVER_DUE_PREFIX if status.is_terminal else due_prefix(status)


def due_at_of(due_place: str) -> datetime | None:
    """The deadline in the part of a key after the prefix of a listing by deadline; None where the clock is paused.

    Raises:
        ValueError: the part has none.
    """
    key = due_place.partition("|")[0].partition("-")[0]
    return None if key == _PAUSED_KEY else datetime.fromtimestamp(int(key), UTC)


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
    keys = [_ALL_PREFIX + newest, f"{due_prefix(None)}{_due_place(export)}"]
    if export.awaits_handover:
        keys.append(f"{_HANDOVER_DUE_PREFIX}{_due_place(export)}")
    if export.hold is not None:
        keys.append(_ON_HOLD_PREFIX + newest)
    if export.subject.id is not None:
        keys.append(_subject_prefix(export.subject.id) + newest)
    if export.reference is not None:
        keys.append(_reference_prefix(export.reference, None) + newest)
    return [*_for_all_and_the_requester(keys, export), *status_keys(export)]


def status_keys(export: Export) -> list[str]:
    """The keys that list an export by its status."""
    newest = _newest_first_key(export)
    keys = [_status_prefix(export.status) + newest, f"{due_prefix(export.status)}{_due_place(export)}"]
    if export.reference is not None:
        keys.append(_reference_prefix(export.reference, export.status) + newest)
    return _for_all_and_the_requester(keys, export)


def keys_when_new(
    export_id: str, created_at: datetime, status: Status, due_place: str, requester: str | None
) -> set[str]:
    """The keys that listed an export when it was new, as far as they follow from its entry by status and deadline.

    Args:
        export_id: its id.
        created_at: when it was accepted.
        status: the status of the entry.
        due_place: the end of the entry's key, after its prefix.
        requester: the principal that requested it; None where an earlier version of the app wrote the entry.
    """
    newest = _newest_first(created_at, export_id)
    keys = [
        _ALL_PREFIX + newest,
        _status_prefix(status) + newest,
        due_prefix(None) + due_place,
        due_prefix(status) + due_place,
        unanswered_prefix(status) + due_place,
    ]
    return {f"{scope}{key}" for key in keys for scope in {"", _scope(requester)}}


def _for_all_and_the_requester(keys: list[str], export: Export) -> list[str]:
    return [f"{scope}{key}" for scope in ("", _scope(export.caller)) for key in keys]


def _due_place(export: Export) -> str:
    due_key = _due_key(export.due_at)
    return f"{due_key if export.paused_at is None else f'{_PAUSED_KEY}-{due_key}'}|{export.id}"


def _newest_first_key(export: Export) -> str:
    return _newest_first(export.created_at, export.id)


def _newest_first(created_at: datetime, export_id: str) -> str:
    left = _END_OF_TIME - int(created_at.timestamp() * 1000)
    return f"{left:013d}|{export_id}"
