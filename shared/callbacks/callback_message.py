"""The message of a callback: a CloudEvents 1.0 event, signed by Standard Webhooks (www.standardwebhooks.com)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import TYPE_CHECKING

from shared.exports.timestamps import to_iso

if TYPE_CHECKING:
    from datetime import datetime

    from shared.exports.export import Delivery, Export

EVENT_TYPE = "com.personaldataexport.export.ended.v1"
_SOURCE_PATH = "/api/exports"


def callback_body(export: Export, delivery: Delivery, base_url: str | None) -> bytes:
    """The event as JSON. Every try sends the same bytes, and nothing in them is about the person.

    Args:
        export: an export that has ended.
        delivery: the delivery that it is for; its id is the event's.
        base_url: the address of the API; None where it is not known.
    """
    data = {"exportId": export.id, "status": export.status.value}
    if export.reference is not None:
        data["reference"] = export.reference
    event = {
        "specversion": "1.0",
        "id": delivery.id,
        "source": f"{base_url or ''}{_SOURCE_PATH}",
        "type": EVENT_TYPE,
        "subject": export.id,
        "time": to_iso(export.completed_at or export.updated_at),
        "datacontenttype": "application/json",
        "data": data,
    }
    return json.dumps(event).encode()


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
