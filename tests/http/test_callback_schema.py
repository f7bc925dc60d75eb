"""The types of subscriptions, and of what callbacks tell."""

import pytest

from shared.exports.states_and_codes import DeliveryEvent
from tests.http.schemas import SCHEMAS, known_values, optional_fields, values_of


@pytest.mark.parametrize("name", ["Ending", "Handover"])
def test_a_callback_may_lack_the_reference_and_the_head_of_an_old_trail(name: str) -> None:
    assert optional_fields(name) == {"reference", "trail"}


def test_a_subscription_shows_its_secret_once_and_events_that_can_grow() -> None:
    assert optional_fields("Subscription") == {"signingSecret"}
    assert known_values(SCHEMAS["Subscription"]["properties"]["events"]["items"]) == values_of(DeliveryEvent)
