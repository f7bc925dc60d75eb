"""Microsoft's right to write: how long it lasts, when it is extended, and when it is revoked.

An export can take 30 days, its URL can't be replaced after the submission, and a user-delegation SAS lives 7 days at
most. A stored policy is therefore short and extended while the export runs; a user delegation gets all days there are.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from shared.exports.audit_trail import add_event
from shared.exports.export import Attempt, Export, Grant, current_attempt, has_stored_policy, with_attempt
from shared.exports.states_and_codes import EventType, GrantKind, Stage
from shared.exports.timestamps import to_iso
from shared.exports.transitions.next_due_time import schedule

if TYPE_CHECKING:
    from shared.exports.configured_limits import Limits


def extend_grant(export: Export, expires_at: datetime, now: datetime) -> Export:
    """The stored policy of the present attempt now lasts until `expires_at`."""
    attempt = current_attempt(export)
    moved = with_attempt(export, grant=replace(attempt.grant, expires_at=expires_at))
    return add_event(moved, EventType.GRANT_EXTENDED, now, attempt=attempt.number, grantExpires=to_iso(expires_at))


def wait_for_policy(export: Export, now: datetime, limits: Limits) -> Export:
    """The export waiting for its new stored policy to count."""
    return schedule(export, now + limits.poll_floor, now)


def mark_grant_revoked(export: Export, attempt: Attempt, now: datetime) -> Export:
    """Microsoft's right to write into an attempt's container is gone."""
    ended = replace(attempt, grant=replace(attempt.grant, revoked_at=now))
    moved = replace(export, attempts=tuple(ended if a.number == attempt.number else a for a in export.attempts))
    return add_event(moved, EventType.GRANT_REVOKED, now, attempt=attempt.number)


def attempts_past_writing(export: Export) -> tuple[Attempt, ...]:
    """The attempts with a stored policy for which Microsoft has no use any more."""
    ends = export.status.is_terminal or export.stage is Stage.CANCELING
    return tuple(a for a in export.attempts if has_stored_policy(a.grant) and (ends or not a.status.may_write))


def attempts_to_revoke(export: Export) -> tuple[Attempt, ...]:
    """Those of them whose policy is still there."""
    return tuple(attempt for attempt in attempts_past_writing(export) if attempt.grant.revoked_at is None)


POLICY_LIFETIME = timedelta(days=7)
POLICY_RENEWED_BEFORE = timedelta(days=6)
"""Polls are 12 h apart at most, so the policy is renewed about once a day, and an outage of days does no harm."""
DELEGATION_LIFETIME = timedelta(days=7, hours=-1)
"""A user-delegation key may end 7 days from now at the latest; the hour is for clocks that differ."""
DELEGATION_ENDS_SOON = timedelta(days=1)
"""How long before the end of a user delegation a running export is warned about."""
CLOCK_SKEW = timedelta(minutes=15)
"""How far back a grant starts, for clocks that are behind."""


def new_grant(kind: GrantKind, now: datetime) -> Grant:
    """A grant that begins now."""
    lifetime = POLICY_LIFETIME if kind is GrantKind.STORED_POLICY else DELEGATION_LIFETIME
    return Grant(kind, now + lifetime)


def extended_expiry(grant: Grant, now: datetime) -> datetime | None:
    """Until when to extend the grant now, or None where it lasts long enough or can't be extended."""
    if grant.kind is not GrantKind.STORED_POLICY or grant.expires_at - now > POLICY_RENEWED_BEFORE:
        return None
    return now + POLICY_LIFETIME
