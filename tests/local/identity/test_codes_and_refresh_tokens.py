"""Codes and refresh tokens, with the time passed in."""

from datetime import UTC, datetime, timedelta

import pytest

from local.identity.authorization_request import AnswerAddress, AuthorizationRequest
from local.identity.grants import CODE_LIFETIME, REFRESH_LIFETIME, Grants
from local.identity.made_up_people import PEOPLE
from local.identity.oauth_errors import OAuthError

NOW = datetime(2026, 11, 1, 9, tzinfo=UTC)
MOMENT = timedelta(seconds=1)
HOME = "http://127.0.0.1:7071/api/console"
# The example of RFC 7636, appendix B.
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
REQUEST = AuthorizationRequest("client", AnswerAddress(HOME, "", "fragment"), ("openid",), CHALLENGE, "nonce", "", "")


def redeemed(grants: Grants, code: str, *, verifier: str = VERIFIER, uri: str = HOME, after: timedelta = MOMENT) -> str:
    return grants.redeem(code, uri, verifier, NOW + after).person.key


def refused(grants: Grants, code: str, **changes: object) -> int:
    with pytest.raises(OAuthError) as refusal:
        redeemed(grants, code, **changes)  # type: ignore[arg-type] # the changes of a case
    assert refusal.value.error == "invalid_grant"
    return refusal.value.number


@pytest.fixture
def grants() -> Grants:
    return Grants()


def test_a_code_stands_for_the_person_once(grants: Grants) -> None:
    code = grants.code(REQUEST, PEOPLE["reader"], NOW)

    assert redeemed(grants, code, after=CODE_LIFETIME - MOMENT) == "reader"
    assert refused(grants, code) == 54005


@pytest.mark.parametrize(
    ("changes", "number"),
    [
        ({"verifier": VERIFIER[:-1]}, 501481),
        ({"verifier": CHALLENGE}, 501481),
        ({"verifier": ""}, 501481),
        ({"uri": f"{HOME}/"}, 500112),
        ({"after": CODE_LIFETIME}, 70008),
    ],
)
def test_a_code_is_of_no_use_to_another_or_too_late_and_ends_with_the_try(
    grants: Grants, changes: dict[str, object], number: int
) -> None:
    code = grants.code(REQUEST, PEOPLE["reader"], NOW)

    assert refused(grants, code, **changes) == number
    assert refused(grants, code) == 54005


def test_a_code_that_was_never_given_is_refused(grants: Grants) -> None:
    assert refused(grants, "guessed") == 54005


def test_refresh_tokens_last_for_a_day_from_the_sign_in(grants: Grants) -> None:
    grant = grants.redeem(grants.code(REQUEST, PEOPLE["reader"], NOW), HOME, VERIFIER, NOW)
    first = grants.refresh_token(grant)

    second = grants.refresh_token(grants.renew(first, NOW + REFRESH_LIFETIME - MOMENT))

    assert grants.renew(first, NOW).person.key == "reader"
    for token in (first, second):
        with pytest.raises(OAuthError) as refusal:
            grants.renew(token, NOW + REFRESH_LIFETIME)
        assert refusal.value.number == 700084


def test_a_refresh_token_that_was_never_given_is_refused(grants: Grants) -> None:
    with pytest.raises(OAuthError) as refusal:
        grants.renew("guessed", NOW)

    assert refusal.value.number == 9002313
