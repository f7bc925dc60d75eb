"""Which ends a subscription is for, how long it lives, and what signs for it."""

import base64
from dataclasses import replace

import pytest

from shared.exports.states_and_codes import DeliveryEvent, Status
from shared.exports.subscription import LIFETIME, RENEWAL_INTERVAL, new_signing_secret, signing_key
from tests.exports.samples import ENDED, HANDED_OVER, NOW, SECOND, failed, subscribed, succeeded


def test_without_a_filter_it_is_for_every_end() -> None:
    assert subscribed().matches(DeliveryEvent.ENDED, succeeded(), NOW)
    assert subscribed().matches(DeliveryEvent.ENDED, replace(succeeded(), reference="r"), NOW)


def test_with_statuses_it_is_for_ends_with_one_of_them() -> None:
    assert subscribed("s", Status.FAILED, Status.SUCCEEDED).matches(DeliveryEvent.ENDED, succeeded(), NOW)
    assert not subscribed("s", Status.FAILED).matches(DeliveryEvent.ENDED, succeeded(), NOW)


def test_with_a_reference_it_is_for_exports_with_that_alone() -> None:
    assert subscribed(reference="r").matches(DeliveryEvent.ENDED, replace(succeeded(), reference="r"), NOW)
    assert not subscribed(reference="r").matches(DeliveryEvent.ENDED, replace(succeeded(), reference="other"), NOW)
    assert not subscribed(reference="r").matches(DeliveryEvent.ENDED, succeeded(), NOW)


def test_it_is_for_the_events_that_it_names() -> None:
    for events in (ENDED, HANDED_OVER, ENDED | HANDED_OVER):
        for event in DeliveryEvent:
            assert subscribed(events=events).matches(event, succeeded(), NOW) is (event in events)


def test_the_other_filters_hold_for_a_hand_over_too() -> None:
    wanted = subscribed("s", Status.FAILED, reference="r", events=HANDED_OVER)
    failed_export = replace(failed(), reference="r")
    assert wanted.matches(DeliveryEvent.HANDED_OVER, failed_export, NOW)
    assert not wanted.matches(DeliveryEvent.HANDED_OVER, replace(failed_export, reference="other"), NOW)
    assert not wanted.matches(DeliveryEvent.HANDED_OVER, replace(succeeded(), reference="r"), NOW)
    assert not wanted.matches(DeliveryEvent.HANDED_OVER, failed_export, NOW + LIFETIME)


def test_it_is_for_no_end_after_its_expiry() -> None:
    for now, expired in ((NOW + LIFETIME - SECOND, False), (NOW + LIFETIME, True)):
        assert subscribed().has_expired(now) is expired
        assert subscribed().matches(DeliveryEvent.ENDED, succeeded(), now) is not expired


def test_one_of_an_earlier_version_has_no_expiry_until_it_is_renewed() -> None:
    old = replace(subscribed(), expires_at=None, secret_id=None)
    assert not old.has_expired(NOW + 100 * LIFETIME)
    assert old.matches(DeliveryEvent.ENDED, succeeded(), NOW + 100 * LIFETIME)
    assert old.is_to_be_renewed(NOW)


def test_it_is_renewed_once_a_day_at_most() -> None:
    assert not subscribed().is_to_be_renewed(NOW)
    assert not subscribed().is_to_be_renewed(NOW + RENEWAL_INTERVAL - SECOND)
    assert subscribed().is_to_be_renewed(NOW + RENEWAL_INTERVAL)


def test_a_signing_secret_is_as_standard_webhooks_has_it_and_never_the_same() -> None:
    first, second = new_signing_secret(), new_signing_secret()
    assert first != second
    assert first.startswith("whsec_")
    assert signing_key(first) == base64.b64decode(first.removeprefix("whsec_"))
    assert len(signing_key(first)) == 32


def test_what_is_no_secret_has_no_key() -> None:
    with pytest.raises(ValueError, match="base64"):
        signing_key("whsec_%%%")
