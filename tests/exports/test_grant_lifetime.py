"""How long Microsoft may write."""

from datetime import timedelta

from shared.exports.grant_lifetime import POLICY_LIFETIME, POLICY_RENEWED_BEFORE, extended_expiry, new_grant
from shared.exports.polling_and_backoff import POLL_CAP
from shared.exports.states_and_codes import GrantKind
from tests.exports.samples import DAY, HOUR, NOW, SECOND


def test_a_user_delegation_stays_within_its_seven_days() -> None:
    expires = new_grant(GrantKind.USER_DELEGATION, NOW).expires_at
    assert timedelta(days=6) < expires - NOW < timedelta(days=7)


def test_a_policy_is_extended_long_before_it_ends() -> None:
    grant = new_grant(GrantKind.STORED_POLICY, NOW)
    renewal = NOW + POLICY_LIFETIME - POLICY_RENEWED_BEFORE
    assert extended_expiry(grant, renewal - SECOND) is None
    assert extended_expiry(grant, renewal) == renewal + POLICY_LIFETIME
    assert POLICY_RENEWED_BEFORE > 5 * POLL_CAP, "several polls may go without an answer"


def test_a_user_delegation_is_never_extended() -> None:
    assert extended_expiry(new_grant(GrantKind.USER_DELEGATION, NOW), NOW + 7 * DAY - HOUR) is None
