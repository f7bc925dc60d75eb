"""The message of a callback: the event and its signature."""

import base64
import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from shared.callbacks.callback_message import callback_body, signature_headers
from shared.exports import callback_results
from shared.exports.export import Export, Problem, TrailHead
from shared.exports.states_and_codes import HandoverMethod
from shared.exports.transitions import callback_deliveries
from shared.exports.transitions.ending import fail
from shared.exports.transitions.handover_to_person import record_handover
from tests.exports.samples import CALLER, DAY, HANDED_OVER, LIMITS, NOW, USER, running, subscribed, succeeded


def announced(export: Export) -> Export:
    return callback_deliveries.announce_end(replace(export, has_callback=True, trail_sha256=None), [], NOW)


def handed_over(export: Export) -> Export:
    """Handed over two days before that was recorded."""
    recorded = record_handover(export, NOW + 2 * DAY, HandoverMethod.POST, CALLER, NOW + 4 * DAY)
    subscription = subscribed(events=HANDED_OVER)
    return callback_deliveries.announce_handover(replace(recorded, trail_sha256=None), [subscription], NOW + 4 * DAY)


def test_it_is_a_cloud_event_about_the_end() -> None:
    export = announced(replace(succeeded(), reference="DSR-1"))
    assert json.loads(callback_body(export, export.deliveries[0], "https://exports.contoso.com")) == {
        "specversion": "1.0",
        "id": export.deliveries[0].id,
        "source": "https://exports.contoso.com/api/exports",
        "type": "com.personaldataexport.export.ended.v1",
        "subject": export.id,
        "time": "2026-11-02T09:00:00Z",
        "datacontenttype": "application/json",
        "data": {"exportId": export.id, "status": "Succeeded", "reference": "DSR-1"},
    }


def test_or_about_the_hand_over_with_the_time_of_each() -> None:
    export = handed_over(replace(succeeded(), reference="DSR-1"))
    assert json.loads(callback_body(export, export.deliveries[0], "https://exports.contoso.com")) == {
        "specversion": "1.0",
        "id": export.deliveries[0].id,
        "source": "https://exports.contoso.com/api/exports",
        "type": "com.personaldataexport.export.handedover.v1",
        "subject": export.id,
        "time": "2026-11-05T09:00:00Z",
        "datacontenttype": "application/json",
        "data": {
            "exportId": export.id,
            "status": "Succeeded",
            "reference": "DSR-1",
            "handedOverDateTime": "2026-11-03T09:00:00Z",
        },
    }


@pytest.mark.parametrize("export", [announced(succeeded()), handed_over(succeeded())], ids=["end", "hand-over"])
def test_it_tells_how_far_the_trail_had_come(export: Export) -> None:
    (announcement,) = export.announcements
    told = replace(export, announcements=(replace(announcement, trail=TrailHead(14, "a" * 64)),))
    data = json.loads(callback_body(told, told.deliveries[0], None))["data"]
    assert data["trail"] == {"eventCount": 14, "sha256": "a" * 64}


@pytest.mark.parametrize(
    "ended",
    [
        announced(succeeded()),
        announced(fail(running(), Problem("X", "about Ana"), NOW, LIMITS)),
        handed_over(succeeded()),
    ],
)
def test_nothing_of_the_person_is_in_it(ended: Export) -> None:
    body = callback_body(ended, ended.deliveries[0], None).decode()
    assert str(USER.id) not in body
    assert "Ana" not in body
    assert json.loads(body)["source"] == "/api/exports"
    assert "reference" not in json.loads(body)["data"]


@pytest.mark.parametrize("ended", [announced(succeeded()), handed_over(succeeded())], ids=["end", "hand-over"])
def test_a_repetition_is_the_same_to_the_byte(ended: Export) -> None:
    later = callback_deliveries.apply_callback_result(
        ended, ended.deliveries[0], callback_results.NotDelivered("No."), NOW + DAY / 2, LIMITS
    )
    assert callback_body(later, later.deliveries[0], None) == callback_body(ended, ended.deliveries[0], None)


def test_a_report_of_the_end_that_is_repeated_after_the_hand_over_is_the_same_too() -> None:
    ended = announced(succeeded())
    later = handed_over(ended)
    assert callback_body(later, later.deliveries[0], None) == callback_body(ended, ended.deliveries[0], None)


KEY = bytes(range(32))
SECRET = f"whsec_{base64.b64encode(KEY).decode()}"
BODY = '{"id": "ä"}'.encode()


def test_a_receiver_can_verify_it() -> None:
    headers = signature_headers(KEY, "id-1", datetime.now(UTC), BODY)
    assert headers["webhook-id"] == "id-1"
    assert Webhook(SECRET).verify(BODY, headers) == {"id": "ä"}


def test_the_published_example() -> None:
    """The test vector of the Standard Webhooks specification's own libraries."""
    key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    at = datetime.fromtimestamp(1614265330, UTC)
    headers = signature_headers(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", at, b'{"test": 2432232314}')
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("changed", ["webhook-id", "webhook-signature", "body", "key", "age"])
def test_what_was_changed_is_found_out(changed: str) -> None:
    now = datetime.now(UTC) - (timedelta(minutes=6) if changed == "age" else timedelta())
    headers = signature_headers(bytes(32) if changed == "key" else KEY, "id-1", now, BODY)
    if changed in headers:
        headers[changed] = headers[changed][:-4] + "AAA="
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(b"{}" if changed == "body" else BODY, headers)


@pytest.fixture
def documented() -> Callable[[str, dict[str, str], bytes], bool]:
    """The check that the API's document shows to receivers."""
    document = (Path(__file__).parent.parent.parent / "docs" / "api.md").read_text()
    (source,) = re.findall(r"```python\n(.*?)```", document, re.DOTALL)
    names: dict[str, Callable[[str, dict[str, str], bytes], bool]] = {}
    exec(source, names)  # noqa: S102 - our own document
    return names["is_genuine"]


def test_the_documented_check_tells_genuine_from_forged(
    documented: Callable[[str, dict[str, str], bytes], bool],
) -> None:
    headers = signature_headers(KEY, "id-1", datetime.now(UTC), BODY)
    assert documented(SECRET, headers, BODY)
    assert not documented(SECRET, headers, b"{}")
    assert not documented(SECRET, headers | {"webhook-id": "id-2"}, BODY)
    assert not documented(SECRET, headers | {"webhook-signature": "v1,AAAA v2,BBBB"}, BODY)
    assert not documented(SECRET, signature_headers(KEY, "id-1", datetime.now(UTC) - timedelta(minutes=6), BODY), BODY)
