"""How long Microsoft may write: the lifetimes of the two grants. Pure functions of their arguments.

An export can take 30 days, its URL can't be replaced after the submission, and a user-delegation SAS lives 7 days at
most. A stored policy is therefore short and extended while the export runs; a user delegation gets all days there are.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from shared.exports.model import Grant
from shared.exports.words import GrantKind

if TYPE_CHECKING:
    from datetime import datetime

POLICY_LIFETIME = timedelta(days=7)
POLICY_RENEWED_BEFORE = timedelta(days=6)
"""Polls are 12 h apart at most, so the policy is renewed about once a day, and an outage of days does no harm."""
DELEGATION_LIFETIME = timedelta(days=7, hours=-1)
"""A user-delegation key may end 7 days from now at the latest; the hour is for clocks that differ."""
ENDS_SOON = timedelta(days=1)
"""How long before the end of a user delegation a running export is warned about."""
CLOCK_SKEW = timedelta(minutes=15)
"""How far back a grant starts, for clocks that are behind."""


def fresh_grant(kind: GrantKind, now: datetime) -> Grant:
    """A grant that begins now."""
    lifetime = POLICY_LIFETIME if kind is GrantKind.STORED_POLICY else DELEGATION_LIFETIME
    return Grant(kind, now + lifetime)


def extension(grant: Grant, now: datetime) -> datetime | None:
    """Until when to extend the grant now, or None where it lasts long enough or can't be extended."""
    if grant.kind is not GrantKind.STORED_POLICY or grant.expires_at - now > POLICY_RENEWED_BEFORE:
        return None
    return now + POLICY_LIFETIME
