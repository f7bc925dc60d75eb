"""Signs what is sent, by Standard Webhooks (www.standardwebhooks.com), so that receivers know that it is ours."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


def signed_headers(key: bytes, message_id: str, now: datetime, body: bytes) -> dict[str, str]:
    """The headers that go with a body.

    Args:
        key: the deployment's signing key.
        message_id: the same for every try, so that receivers can drop repetitions.
        now: the present; receivers refuse what is minutes old, so each try is signed anew.
        body: exactly what is sent.
    """
    timestamp = str(int(now.timestamp()))
    content = b".".join([message_id.encode(), timestamp.encode(), body])
    signature = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    return {"webhook-id": message_id, "webhook-timestamp": timestamp, "webhook-signature": f"v1,{signature}"}
