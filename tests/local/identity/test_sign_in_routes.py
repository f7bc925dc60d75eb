"""Sign-in over HTTP, as a page and a browser see it."""

import base64
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import jwt
import pytest
from aiohttp.test_utils import TestServer

from local.identity.client_registration import API_SCOPE, CONSOLE_CLIENT_ID
from local.identity.identity_app import create_app
from local.identity.made_up_people import PEOPLE
from local.identity.sign_in_routes import AUTHORIZE_PATH, LOGOUT_PATH, TOKEN_PATH
from local.identity.token_claims import API_CLIENT_ID, AUTHORITY_PATH, PEOPLE_ISSUER, TENANT_ID
from tests.loopback import NO_TLS

CONSOLE = "http://127.0.0.1:7071/api/console"
ORIGIN = "http://127.0.0.1:7071"
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
ASKED = {
    "client_id": CONSOLE_CLIENT_ID,
    "redirect_uri": CONSOLE,
    "response_type": "code",
    "response_mode": "fragment",
    "scope": f"openid profile offline_access {API_SCOPE}",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
    "nonce": "a-nonce",
    "state": "a+state &",
}


@pytest.fixture
async def browser(identity_state: Path) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody's browser, at an identity that knows the console."""
    server = TestServer(create_app(identity_state, "secret", [CONSOLE, "http://localhost:7071/api/console"]))
    await server.start_server()
    async with httpx.AsyncClient(base_url=str(server.make_url("")), verify=NO_TLS) as client:
        yield client
    await server.close()


def answer(response: httpx.Response, separator: str = "#") -> dict[str, str]:
    """What a redirect tells the console."""
    assert response.status_code == 302
    address, _, given = response.headers["Location"].partition(separator)
    assert address == CONSOLE
    return dict(parse_qsl(given, strict_parsing=True))


async def choose(browser: httpx.AsyncClient, person: str, **changes: str) -> dict[str, str]:
    query = {"params": ASKED | changes}
    return answer(await browser.post(AUTHORIZE_PATH, data={"person": person}, **query))  # type: ignore[arg-type] # plain text


async def redeem(browser: httpx.AsyncClient, origin: str | None = ORIGIN, **form: str) -> httpx.Response:
    given = {"client_id": CONSOLE_CLIENT_ID, "grant_type": "authorization_code", "redirect_uri": CONSOLE} | form
    return await browser.post(TOKEN_PATH, data=given, headers={"Origin": origin} if origin else {})


async def signed_in(browser: httpx.AsyncClient, person: str, **changes: str) -> dict[str, Any]:
    code = (await choose(browser, person, **changes))["code"]
    tokens: dict[str, Any] = (await redeem(browser, code=code, code_verifier=VERIFIER)).json()
    return tokens


async def claims(browser: httpx.AsyncClient, token: str, audience: str) -> dict[str, Any]:
    keys = jwt.PyJWKSet.from_dict((await browser.get("/keys")).json())
    key = keys[jwt.get_unverified_header(token)["kid"]]
    found: dict[str, Any] = jwt.decode(token, key, algorithms=["RS256"], audience=audience, issuer=PEOPLE_ISSUER)
    return found


async def test_discovery_says_where_everything_is_to_any_page(browser: httpx.AsyncClient) -> None:
    response = await browser.get(f"{AUTHORITY_PATH}/v2.0/.well-known/openid-configuration")

    assert response.headers["Access-Control-Allow-Origin"] == "*"
    found = response.json()
    paths = [urlsplit(found[f"{name}_endpoint"]).path for name in ("authorization", "token", "end_session")]
    assert paths == [AUTHORIZE_PATH, TOKEN_PATH, LOGOUT_PATH]
    assert (await browser.get(found["jwks_uri"])).json()["keys"]


@pytest.mark.parametrize("key", [key for key, person in PEOPLE.items() if person.roles])
async def test_each_person_gets_tokens_with_their_roles(browser: httpx.AsyncClient, key: str) -> None:
    person = PEOPLE[key]
    page = await browser.get(AUTHORIZE_PATH, params=ASKED)
    assert person.name in page.text

    told = await choose(browser, key)
    assert told["state"] == ASKED["state"]
    response = await redeem(browser, code=told["code"], code_verifier=VERIFIER)

    assert response.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert response.headers["Cache-Control"] == "no-store"
    tokens = response.json()
    access = await claims(browser, tokens["access_token"], API_CLIENT_ID)
    assert (access["ver"], access["oid"], access["tid"]) == ("2.0", person.id, TENANT_ID)
    assert (access["azp"], access["scp"]) == (CONSOLE_CLIENT_ID, "user_impersonation")
    assert access["roles"] == list(person.roles)
    assert access["exp"] - access["iat"] == tokens["expires_in"] == 3600
    who = await claims(browser, tokens["id_token"], CONSOLE_CLIENT_ID)
    assert (who["nonce"], who["name"], who["preferred_username"]) == ("a-nonce", person.name, person.username)


async def test_a_refresh_token_gets_other_tokens_of_the_same_person(browser: httpx.AsyncClient) -> None:
    first = await signed_in(browser, "officer")

    form = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"], "scope": ASKED["scope"]}
    second = (await redeem(browser, **form)).json()

    assert (await claims(browser, second["access_token"], API_CLIENT_ID))["oid"] == PEOPLE["officer"].id
    assert not {first[name] for name in ("access_token", "refresh_token", "id_token")} & set(map(str, second.values()))


async def test_without_offline_access_there_is_no_refresh_token(browser: httpx.AsyncClient) -> None:
    assert "refresh_token" not in await signed_in(browser, "officer", scope=API_SCOPE)


async def test_who_has_signed_in_need_not_choose_again_unless_asked_to(browser: httpx.AsyncClient) -> None:
    silent = await browser.get(AUTHORIZE_PATH, params=ASKED | {"prompt": "none"})
    assert answer(silent)["error"] == "login_required"
    await choose(browser, "reader")

    for prompt in ({}, {"prompt": "none"}):
        assert "code" in answer(await browser.get(AUTHORIZE_PATH, params=ASKED | prompt))
    for prompt in ({"prompt": "login"}, {"prompt": "select_account"}):
        assert (await browser.get(AUTHORIZE_PATH, params=ASKED | prompt)).status_code == 200


async def test_the_person_of_the_hint_comes_first(browser: httpx.AsyncClient) -> None:
    page = await browser.get(AUTHORIZE_PATH, params=ASKED | {"login_hint": PEOPLE["submitter"].username})

    assert page.text.index("Selma Submitter") < page.text.index("Olivia Officer")


async def test_a_sign_out_ends_the_session_and_leads_back(browser: httpx.AsyncClient) -> None:
    await choose(browser, "reader")
    cookies = dict(browser.cookies)

    left = await browser.get(LOGOUT_PATH, params={"post_logout_redirect_uri": CONSOLE})

    assert (left.status_code, left.headers["Location"]) == (302, CONSOLE)
    assert cookies
    assert not browser.cookies
    for kept in ({}, cookies):
        browser.cookies.update(kept)
        assert (await browser.get(AUTHORIZE_PATH, params=ASKED)).status_code == 200


async def test_a_sign_out_leads_nowhere_else(browser: httpx.AsyncClient) -> None:
    left = await browser.get(LOGOUT_PATH, params={"post_logout_redirect_uri": "https://evil.example"})

    assert left.status_code == 200
    assert "signed out" in left.text
    assert "Location" not in left.headers


@pytest.mark.parametrize(
    ("person", "error", "code"),
    [
        ("nobody", "interaction_required", "AADSTS50105"),
        ("", "access_denied", "AADSTS65004"),
        ("a-stranger", "access_denied", "AADSTS65004"),
    ],
)
async def test_who_has_no_role_or_chooses_nobody_is_refused(
    browser: httpx.AsyncClient, person: str, error: str, code: str
) -> None:
    told = await choose(browser, person)

    assert (told["error"], told["state"]) == (error, ASKED["state"])
    assert told["error_description"].startswith(f"{code}: ")
    assert (await browser.get(AUTHORIZE_PATH, params=ASKED)).status_code == 200  # nobody has signed in


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_mode": "form_post"}, "invalid_request"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge": f"{CHALLENGE}="}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"prompt": "always"}, "invalid_request"),
        ({"scope": "openid"}, "invalid_scope"),
        ({"scope": f"{API_SCOPE} https://graph.microsoft.com/.default"}, "invalid_scope"),
    ],
)
async def test_a_request_that_entra_refuses_is_refused(
    browser: httpx.AsyncClient, changes: dict[str, str], error: str
) -> None:
    separator = "#" if changes.get("response_mode", "fragment") == "fragment" else "?"
    asked = await browser.get(AUTHORIZE_PATH, params=ASKED | changes)
    chosen = await browser.post(AUTHORIZE_PATH, params=ASKED | changes, data={"person": "officer"})

    assert answer(asked, separator)["error"] == answer(chosen, separator)["error"] == error


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"client_id": "another"}, "AADSTS700016"),
        ({"redirect_uri": f"{CONSOLE}/"}, "AADSTS50011"),
        ({"redirect_uri": "https://evil.example/<script>"}, "AADSTS50011"),
        ({"redirect_uri": ""}, "AADSTS50011"),
    ],
)
async def test_an_address_that_is_not_registered_is_told_nothing(
    browser: httpx.AsyncClient, changes: dict[str, str], code: str
) -> None:
    asked = await browser.get(AUTHORIZE_PATH, params=ASKED | changes)
    chosen = await browser.post(AUTHORIZE_PATH, params=ASKED | changes, data={"person": "officer"})

    for response in (asked, chosen):
        assert (response.status_code, response.headers.get("Location")) == (400, None)
        assert code in response.text
        assert "<script>" not in response.text


@pytest.mark.parametrize("origin", [None, "null", "http://127.0.0.1:7072", "https://127.0.0.1:7071"])
async def test_only_a_page_of_the_console_gets_tokens(browser: httpx.AsyncClient, origin: str | None) -> None:
    code = (await choose(browser, "officer"))["code"]

    response = await redeem(browser, origin, code=code, code_verifier=VERIFIER)

    assert response.status_code == 400
    assert response.json()["error_codes"] == [9002326 if origin else 9002327]
    assert "Access-Control-Allow-Origin" not in response.headers


@pytest.mark.parametrize(
    ("form", "error", "number"),
    [
        ({"client_id": "another"}, "unauthorized_client", 700016),
        ({"grant_type": "password"}, "unsupported_grant_type", 70003),
        ({"code": "guessed"}, "invalid_grant", 54005),
        ({"grant_type": "refresh_token", "refresh_token": "guessed"}, "invalid_grant", 9002313),
        ({"grant_type": "refresh_token", "scope": "openid"}, "invalid_scope", 70011),
        ({}, "invalid_grant", 54005),
    ],
)
async def test_a_page_may_read_why_it_gets_no_tokens(
    browser: httpx.AsyncClient, form: dict[str, str], error: str, number: int
) -> None:
    response = await redeem(browser, **form)

    assert response.status_code == 400
    assert response.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert (response.json()["error"], response.json()["error_codes"]) == (error, [number])
    assert response.json()["error_description"].startswith(f"AADSTS{number}: ")


async def test_a_page_may_send_a_form(browser: httpx.AsyncClient) -> None:
    allowed = await browser.options(TOKEN_PATH, headers={"Origin": "http://localhost:7071"})

    assert allowed.headers["Access-Control-Allow-Origin"] == "http://localhost:7071"
    assert "POST" in allowed.headers["Access-Control-Allow-Methods"]


async def test_the_page_runs_nothing_and_leads_to_the_console_alone(browser: httpx.AsyncClient) -> None:
    page = await browser.get(AUTHORIZE_PATH, params=ASKED)

    policy = page.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; ")
    assert f"form-action 'self' {ORIGIN} http://localhost:7071;" in policy
    assert page.headers["Cache-Control"] == "no-store"
    assert "<script" not in page.text
