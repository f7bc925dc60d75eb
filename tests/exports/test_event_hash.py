"""The hash of an event: anybody can compute it from what the API shows."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.exports.event_hash import event_sha256
from shared.exports.export import Event
from shared.exports.states_and_codes import EventType
from shared.http.openapi.openapi_examples import EXAMPLES

EVENT = Event(
    EventType.LINK_CREATED,
    datetime(2026, 12, 1, 9, 0, 1, 999_999, UTC),
    "monitor",
    {"until": 'a "quote" \\ / é \u2028 \U0001f600 \x7f\t\x1f', "number": 7},
    number=12,
    previous_sha256="ab" * 32,
)
CANONICAL = (
    '{"actor":"monitor","dateTime":"2026-12-01T09:00:01Z",'
    '"detail":{"number":7,"until":"a \\"quote\\" \\\\ / é \u2028 \U0001f600 \x7f\\t\\u001f"},"exportId":"e",'
    '"number":12,"previousSha256":"' + "ab" * 32 + '","type":"LinkCreated"}'
)
"""As RFC 8785 has it."""


def test_the_hash_is_that_of_the_canonical_json() -> None:
    assert event_sha256("e", EVENT) == hashlib.sha256(CANONICAL.encode()).hexdigest()


def test_the_first_hash_of_a_trail_has_no_predecessor() -> None:
    canonical = CANONICAL.replace(f'"{"ab" * 32}"', "null")
    assert event_sha256("e", replace(EVENT, previous_sha256=None)) == hashlib.sha256(canonical.encode()).hexdigest()


@pytest.mark.parametrize(
    "change",
    [
        {"type": EventType.ERASED},
        {"at": EVENT.at + timedelta(seconds=1)},
        {"actor": "Monitor"},
        {"detail": {**EVENT.detail, "number": 8}},
        {"detail": {"number": 7}},
        {"number": 13},
        {"previous_sha256": "ac" * 32},
    ],
    ids=lambda change: next(iter(change)),
)
def test_the_hash_covers_each_field(change: dict[str, Any]) -> None:
    assert event_sha256("e", replace(EVENT, **change)) != event_sha256("e", EVENT)
    assert event_sha256("f", EVENT) != event_sha256("e", EVENT)


def test_the_hash_covers_no_order_of_details_and_not_itself() -> None:
    turned = replace(EVENT, detail=dict(reversed(EVENT.detail.items())), sha256="0" * 64)
    assert event_sha256("e", turned) == event_sha256("e", EVENT)


def test_the_hash_in_the_example_of_the_document_is_right() -> None:
    examples: dict[str, Any] = EXAMPLES
    (shown,) = examples["Trail"]["value"]
    event = Event(
        EventType(shown["type"]),
        datetime.fromisoformat(shown["dateTime"]),
        shown["actor"],
        shown["detail"],
        number=shown["number"],
    )
    assert shown["sha256"] == event_sha256(examples["Accepted"]["id"], event)
