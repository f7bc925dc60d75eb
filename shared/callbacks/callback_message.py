"""The message of a callback: a CloudEvents 1.0 event, signed by Standard Webhooks (www.standardwebhooks.com)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import TYPE_CHECKING, Any

from shared.exports.export import announcement_of, ended_at
from shared.exports.states_and_codes import DeliveryEvent
from shared.exports.timestamps import to_iso

if TYPE_CHECKING:
    from datetime import datetime

    from shared.exports.export import Delivery, Export

EVENT_TYPES = {
    DeliveryEvent.ENDED: "com.personaldataexport.export.ended.v1",
    DeliveryEvent.HANDED_OVER: "com.personaldataexport.export.handedover.v1",
}
_SOURCE_PATH = "/api/exports"


def callback_body(export: Export, delivery: Delivery, base_url: str | None) -> bytes:
    """The event as JSON. Every try sends the same bytes, and nothing in them is about the person.

    Args:
        export: an export that has ended, and was handed over if the delivery reports that.
        delivery: the delivery that it is for; its id is the event's.
        base_url: the address of the API; None where it is not known.
    """
    event = {
        "specversion": "1.0",
        "id": delivery.id,
        "source": f"{base_url or ''}{_SOURCE_PATH}",
        "type": EVENT_TYPES[delivery.event],
        "subject": export.id,
        "time": to_iso(_happened_at(export, delivery)),
        "datacontenttype": "application/json",
        "data": _data(export, delivery),
    }
    return json.dumps(event).encode()


def _happened_at(export: Export, delivery: Delivery) -> datetime:
    """When it happened. A hand-over may have been long before it was recorded, even before the end: `_data` has it."""
    announcement = announcement_of(export, delivery.event)
    if announcement is None or delivery.event is DeliveryEvent.ENDED:
        return ended_at(export)
    return announcement.at


def _data(export: Export, delivery: Delivery) -> dict[str, Any]:
    """What the event tells. A value that there is none of is left out."""
    data: dict[str, Any] = {"exportId": export.id, "status": export.status.value}
    if export.reference is not None:
        data["reference"] = export.reference
    if delivery.event is DeliveryEvent.HANDED_OVER and export.handed_over_at is not None:
        data["handedOverDateTime"] = to_iso(export.handed_over_at)
    announcement = announcement_of(export, delivery.event)
    if announcement is not None and announcement.trail is not None:
        data["trail"] = {"eventCount": announcement.trail.event_count, "sha256": announcement.trail.sha256}
    return data


def signature_headers(key: bytes, message_id: str, now: datetime, body: bytes) -> dict[str, str]:
    """The headers that sign a body.

    Args:
        key: the receiver's signing key.
        message_id: the same for every try, so that receivers can drop repetitions.
        now: the present. Receivers refuse a timestamp that is minutes old, so each try is signed again.
        body: the exact bytes that are sent.
    """
    timestamp = str(int(now.timestamp()))
    content = b".".join([message_id.encode(), timestamp.encode(), body])
    signature = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    return {"webhook-id": message_id, "webhook-timestamp": timestamp, "webhook-signature": f"v1,{signature}"}
