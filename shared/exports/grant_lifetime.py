"""How long Microsoft's right to write lasts, and when it is extended.

An export can take 30 days, its URL can't be replaced after the submission, and a user-delegation SAS lasts 7 days at
most. So a stored policy is short and extended while the export runs; a user delegation lasts as long as it can.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from shared.exports.export import Grant
from shared.exports.states_and_codes import GrantKind

POLICY_LIFETIME = timedelta(days=7)
POLICY_RENEWED_BEFORE = timedelta(days=6)
"""How long before its end a stored policy is extended.

Polls are 12 h apart at most, so a policy is extended about once a day, and an outage of days does no harm.
"""
DELEGATION_LIFETIME = timedelta(days=7, hours=-1)
"""A user-delegation key lasts 7 days at most; one hour is left for clocks that differ."""
DELEGATION_ENDS_SOON = timedelta(days=1)
"""How long before the end of a user delegation a running export is warned about."""
CLOCK_SKEW = timedelta(minutes=15)
"""How far back a SAS starts, for clocks that are behind, and how much later than its end it has surely ended."""


def new_grant(kind: GrantKind, now: datetime) -> Grant:
    """A grant that starts now."""
    lifetime = POLICY_LIFETIME if kind is GrantKind.STORED_POLICY else DELEGATION_LIFETIME
    return Grant(kind, now + lifetime)


def extended_expiry(grant: Grant, now: datetime) -> datetime | None:
    """Until when to extend the grant now; None if it lasts long enough or can't be extended."""
    if grant.kind is not GrantKind.STORED_POLICY or grant.expires_at - now > POLICY_RENEWED_BEFORE:
        return None
    return now + POLICY_LIFETIME
