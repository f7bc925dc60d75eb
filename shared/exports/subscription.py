"""A subscription: who wants a callback when which exports end or are handed over, and for how long."""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from shared.exports.export import Export
    from shared.exports.states_and_codes import DeliveryEvent, Status

MAX_SUBSCRIPTIONS = 100
"""How many subscriptions a deployment may have: each one adds a delivery to the row of every export that it matches."""
MAX_SUBSCRIPTIONS_OF_CALLER = 20
"""How many of them one principal may have, so that none can take them all."""
LIFETIME = timedelta(days=180)
"""How long a subscription lives after it was made or last renewed. It may be for ends that are rare."""
RENEWAL_INTERVAL = timedelta(days=1)
"""A delivery renews a subscription only if that moves its expiry by so much: at most one write a day."""
_SECRET_PREFIX = "whsec_"  # noqa: S105 - not a secret: what the secrets of Standard Webhooks begin with
_KEY_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A receiver of callbacks. Its URL and what signs for it are secrets, kept in `shared.records.callback_secrets`."""

    id: str
    caller: str
    """The principal that created it: an object id, or `functionKey`."""
    created_at: datetime
    expires_at: datetime | None
    """When it ends unless it is renewed; None for one of version 1.0.0 that was not renewed yet."""
    events: frozenset[DeliveryEvent]
    """What it is to hear of: at least one thing."""
    statuses: frozenset[Status]
    """The final statuses that it is for; empty for all."""
    reference: str | None
    """It is for exports with this reference only; None for all exports."""
    secret_id: str | None
    """Names its secrets among all that were ever made for its id; None for one of version 1.0.0, which has none."""

    def matches(self, event: DeliveryEvent, export: Export, now: datetime) -> bool:
        """Whether it is to hear of this, which has just happened to an export that has ended."""
        is_wanted = event in self.events and (not self.statuses or export.status in self.statuses)
        return is_wanted and self.reference in {None, export.reference} and not self.has_expired(now)

    def has_expired(self, now: datetime) -> bool:
        """Whether it gets nothing any more."""
        return self.expires_at is not None and self.expires_at <= now

    def is_to_be_renewed(self, now: datetime) -> bool:
        """Whether a delivery that succeeds now renews it."""
        return self.expires_at is None or now + LIFETIME >= self.expires_at + RENEWAL_INTERVAL


def new_signing_secret() -> str:
    """A new secret that signs the callbacks of one subscription, in the form of Standard Webhooks."""
    return f"{_SECRET_PREFIX}{base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode()}"


def signing_key(secret: str) -> bytes:
    """The key in a signing secret; ValueError if it is none."""
    return base64.b64decode(secret.removeprefix(_SECRET_PREFIX), validate=True)
