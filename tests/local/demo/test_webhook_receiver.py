"""The webhook receiver: it keeps events with a valid signature, each once."""

import json
from datetime import UTC, datetime
from typing import Any

import httpx
from standardwebhooks.webhooks import Webhook

from local.demo.webhook_receiver import WebhookReceiver, receiving


def send(receiver: WebhookReceiver, event: dict[str, Any], secret: str) -> int:
    body, now = json.dumps(event), datetime.now(UTC)
    headers = {
        "webhook-id": event["id"],
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign(event["id"], now, body),
    }
    return httpx.post(receiver.url, content=body, headers=headers, trust_env=False).status_code


def test_an_event_is_kept_once_if_its_signature_is_valid() -> None:
    event = {"id": "1", "type": "ended"}
    with receiving() as receiver:
        assert not receiver.wait(0)
        assert [send(receiver, event, receiver.secret) for _ in range(2)] == [204, 204]
        assert receiver.wait(0)
        assert receiver.events == [event]


def test_an_event_with_another_signature_is_refused() -> None:
    with receiving() as receiver, receiving() as another:
        assert send(receiver, {"id": "1"}, another.secret) == 401
        assert receiver.events == []
        assert not receiver.wait(0)
