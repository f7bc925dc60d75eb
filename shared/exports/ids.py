"""The ids of exports, deliveries and subscriptions, what counts as a GUID, and how an id that was copied is read."""

from __future__ import annotations

import json
import re
import uuid
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

GUID = r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
"""A regular expression for a GUID in its usual form, with hyphens and without braces."""
_INVISIBLE = "\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
"""What comes along when text is copied from a chat or a dialog: marks of direction, joiners, blanks without width."""
_EXPORT_NAMESPACE = uuid.UUID("6f2b7c1e-6a0d-4b53-9b1c-0d9f3f5f6a11")
_DELIVERY_NAMESPACE = uuid.UUID("c9a4f0b7-52d3-4e0e-8f7e-6d1b0a3c9e24")
_SUBSCRIPTION_NAMESPACE = uuid.UUID("1d3e7a95-8c46-4f7b-b1d2-e57a4c0f6b38")


def is_guid(text: str) -> bool:
    """Whether the whole text is a GUID in its usual form, with hyphens and without braces."""
    return re.fullmatch(GUID, text) is not None


def strip_copied(text: str) -> str:
    """The text without the blanks and invisible characters around it."""
    return text.strip().strip(_INVISIBLE).strip()


def new_export_id() -> str:
    """A new id: a random GUID in lower case."""
    return str(uuid.uuid4())


def export_id_from_key(caller: str, key: str) -> str:
    """The id of the export that a caller requests under an idempotency key: always the same for the same two."""
    return str(uuid.uuid5(_EXPORT_NAMESPACE, f"{len(caller)}:{caller}{key}"))


def batch_item_key(batch_id: str, number: int) -> str:
    """The idempotency key of an item of a batch, made of the batch and the item's place in the request, from 1."""
    return f"{batch_id}:{number}"


def delivery_id(export_id: str, ended_at: datetime, target: str) -> str:
    """The id of a delivery that reports an end: always the same for one end of an export and one receiver."""
    return str(uuid.uuid5(_DELIVERY_NAMESPACE, f"{export_id} {ended_at.isoformat()} {target}"))


def handover_delivery_id(export_id: str, target: str) -> str:
    """The id of a delivery that reports the hand-over, of which an export has one at most; another than for its end."""
    return str(uuid.uuid5(_DELIVERY_NAMESPACE, f"{export_id} handedOver {target}"))


def new_secret_id() -> str:
    """A new id that names the secrets of one subscription: random, and no part of them."""
    return str(uuid.uuid4())


def subscription_id(caller: str, url: str, filters: Sequence[str], events: Sequence[str] = ()) -> str:
    """The id of a subscription: the same for the same request, so that requesting it twice makes one.

    Args:
        caller: the principal that asks.
        url: where its callbacks go.
        filters: which exports it is for.
        events: what it is to hear of, if that is anything else than the ends, which is all that version 1.0.0 reported.
    """
    # A list within the list, so that no event can be taken for a filter.
    asked = [caller, url, *filters, *([list(events)] if events else [])]
    return str(uuid.uuid5(_SUBSCRIPTION_NAMESPACE, json.dumps(asked)))
