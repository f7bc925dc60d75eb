"""Sign-in, its renewal and sign-out, through the real pages."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Page, Route, expect

from local.identity.made_up_people import PEOPLE
from local.identity.sign_in_routes import AUTHORIZE_PATH, LOGOUT_PATH, TOKEN_PATH
from tests.console.conftest import SignedIn
from tests.console.visitors import Visitors, choose
from tests.pages.page_checkers import accessibility_faults, html_faults

DISCOVERY = "**/v2.0/.well-known/openid-configuration"
ENDED = {"error": "invalid_grant", "error_description": "AADSTS700084: The refresh token has expired."}
"""What Entra answers to a refresh token that is a day old."""
TO_ANY_PAGE = {"Access-Control-Allow-Origin": "*"}
DEEP = "/setup-check?from=a-mail"


def name_in_header(page: Page, role: str) -> None:
    expect(page.get_by_role("banner")).to_contain_text(PEOPLE[role].name)


def sign_out(page: Page, role: str) -> None:
    page.get_by_role("banner").get_by_text(PEOPLE[role].name).click()
    page.get_by_role("button", name="Sign out").click()


def stored(page: Page, storage: str = "sessionStorage") -> Mapping[str, str]:
    entries: Mapping[str, str] = page.evaluate(f"Object.fromEntries(Object.entries({storage}))")
    return entries


def tokens(page: Page) -> list[str]:
    """The access token and the refresh token, if somebody is signed in."""
    session = json.loads(stored(page).get("sign-in.session", "{}"))
    return [session[name] for name in ("accessToken", "refreshToken") if name in session]


def change_session(page: Page, **changes: Any) -> None:
    """Changes what the tab has kept of the session."""
    page.evaluate(
        """changes => {
          const session = JSON.parse(sessionStorage.getItem("sign-in.session"));
          sessionStorage.setItem("sign-in.session", JSON.stringify({ ...session, ...changes }));
        }""",
        changes,
    )


def end_session(page: Page) -> None:
    """Makes the access token expire and the refresh token one that the identity does not know."""
    change_session(page, expires=0, refreshToken="of another identity")


@pytest.mark.parametrize("role", [key for key, person in PEOPLE.items() if person.roles])
def test_each_person_signs_in_and_comes_back_to_the_link(visitors: Visitors, role: str) -> None:
    page = visitors.page()
    page.goto(visitors.stack.console + DEEP)

    choose(page, role)

    name_in_header(page, role)
    assert page.url == visitors.stack.console + DEEP


def test_tokens_are_in_no_url_and_outlive_no_tab(visitors: Visitors) -> None:
    page = visitors.page()
    urls: list[str] = []
    page.on("framenavigated", lambda frame: urls.append(frame.url))
    page.on("request", lambda request: urls.append(request.url))
    page.goto(visitors.stack.console)
    choose(page, "officer")
    name_in_header(page, "officer")

    secrets = tokens(page)
    kept = json.dumps([stored(page, "localStorage"), page.context.cookies()])
    assert len(secrets) == 2
    assert urls
    assert not [secret for secret in secrets for place in [kept, *urls] if secret in place]

    page.goto(visitors.stack.console)  # as somebody who looks through the history would
    name_in_header(page, "officer")
    assert "code=" not in page.url


def test_the_url_of_the_sign_in_page_does_not_show_what_was_looked_at(visitors: Visitors) -> None:
    page = visitors.page()

    page.goto(f"{visitors.stack.console}?reference=DSR-2026-42")

    page.get_by_role("heading", name="Sign in").wait_for()
    assert "DSR-2026-42" not in page.url


def test_who_has_no_role_is_told_so_and_can_take_another_account(visitors: Visitors) -> None:
    page = visitors.page()
    page.goto(visitors.stack.console + DEEP)

    choose(page, "nobody")

    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("You have no role in this app")
    expect(alert).to_contain_text("app role")
    assert "#" not in page.url
    page.get_by_role("button", name="Sign in with another account").click()
    choose(page, "reader")
    name_in_header(page, "reader")
    assert page.url == visitors.stack.console + DEEP


def test_who_cancels_the_sign_in_can_try_again(visitors: Visitors) -> None:
    page = visitors.page()
    page.goto(visitors.stack.console + DEEP)
    page.get_by_role("button", name="Cancel").click()

    expect(page.get_by_role("status")).to_contain_text("You have not signed in")
    page.get_by_role("button", name="Sign in").click()
    choose(page, "reader")

    name_in_header(page, "reader")
    assert page.url == visitors.stack.console + DEEP


def test_the_back_button_leads_out_of_the_sign_in_page(visitors: Visitors) -> None:
    page = visitors.page()
    page.goto(visitors.stack.console + DEEP)
    page.get_by_role("heading", name="Sign in").wait_for()

    page.go_back()

    expect(page.get_by_role("status")).to_contain_text("You have not signed in")


def test_a_page_that_the_back_button_brings_back_as_it_was_can_try_again(visitors: Visitors) -> None:
    page = visitors.page()
    page.route(f"**{AUTHORIZE_PATH}?**", lambda route: route.fulfill(status=204))  # the browser stays where it is
    with page.expect_response(f"**{AUTHORIZE_PATH}?**"):
        page.goto(visitors.stack.console + DEEP)

    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")

    expect(page.get_by_role("status")).to_contain_text("You have not signed in")


def test_the_back_button_leads_out_of_the_sign_in_page_when_a_session_has_ended(visitors: Visitors) -> None:
    page = visitors.page(expected_errors=["status of 400"])
    page.goto(visitors.stack.console + DEEP)
    choose(page, "officer")
    name_in_header(page, "officer")
    page.context.clear_cookies()
    end_session(page)
    page.reload()
    page.wait_for_url(f"**{AUTHORIZE_PATH}?**")

    page.go_back()

    expect(page.get_by_role("status")).to_contain_text("You have not signed in")
    page.get_by_role("button", name="Sign in").click()
    choose(page, "officer")
    name_in_header(page, "officer")
    assert page.url == visitors.stack.console + DEEP


def test_who_could_not_go_to_the_sign_in_page_tries_again(visitors: Visitors) -> None:
    page = visitors.page(expected_errors=["ERR_FAILED"])
    page.route(DISCOVERY, lambda route: route.abort())
    page.goto(visitors.stack.console + DEEP)
    expect(page.get_by_role("alert")).to_contain_text("be reached")
    page.unroute(DISCOVERY)

    page.get_by_role("button", name="Try again").click()
    choose(page, "reader")

    name_in_header(page, "reader")


def test_a_sign_out_needs_no_identity(signed_in: SignedIn) -> None:
    page = signed_in("officer", expected_errors=["ERR_FAILED"])
    page.reload()  # it has not asked the identity for anything
    name_in_header(page, "officer")
    page.route(DISCOVERY, lambda route: route.abort())

    sign_out(page, "officer")

    expect(page.get_by_role("status")).to_contain_text("You are signed out")
    assert tokens(page) == []


def test_who_signs_out_is_signed_out_everywhere(visitors: Visitors) -> None:
    page = visitors.page()
    page.goto(visitors.stack.console)
    choose(page, "officer")
    name_in_header(page, "officer")
    page.evaluate("sessionStorage.setItem('draft.form', '{}')")
    other = page.context.new_page()
    other.goto(visitors.stack.console + DEEP)  # Entra knows who it is
    name_in_header(other, "officer")
    page.reload()
    name_in_header(page, "officer")
    asked: list[Route] = []

    def hold(route: Route) -> None:
        asked.append(route)

    page.route(DISCOVERY, hold)  # Entra takes its time to say where people sign out
    sign_out(page, "officer")
    expect(other.get_by_role("status")).to_contain_text("You are signed out")
    with page.expect_request(f"**{LOGOUT_PATH}?**") as left:
        asked.pop().continue_()
    assert "logout_hint=O.officer" in left.value.url  # so Entra asks nobody for the account
    page.unroute(DISCOVERY)

    for each in (page, other):
        expect(each.get_by_role("status")).to_contain_text("You are signed out")
        assert each.url == visitors.stack.console
        assert tokens(each) == []
        assert "draft.form" not in stored(each)
    page.get_by_role("button", name="Sign in").click()
    choose(page, "reader")
    name_in_header(page, "reader")


def test_a_page_that_the_back_button_brings_back_after_a_sign_out_shows_nothing(signed_in: SignedIn) -> None:
    page = signed_in("officer", DEEP)
    page.route(f"**{LOGOUT_PATH}?**", lambda route: route.fulfill(status=204))  # the browser keeps the page as it is
    with page.expect_response(f"**{LOGOUT_PATH}?**"):
        sign_out(page, "officer")
    name_in_header(page, "officer")

    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")

    expect(page.get_by_role("status")).to_contain_text("You are signed out")
    assert not page.get_by_text(PEOPLE["officer"].name).count()


def test_an_access_token_that_has_expired_is_renewed_unseen(visitors: Visitors) -> None:
    page = visitors.page()
    page.clock.install()
    page.goto(visitors.stack.console)
    choose(page, "officer")
    name_in_header(page, "officer")
    before = tokens(page)

    page.clock.fast_forward("02:00:00")
    with page.expect_response(f"**{TOKEN_PATH}*") as renewal:
        page.reload()

    assert "grant_type=refresh_token" in str(renewal.value.request.post_data)
    name_in_header(page, "officer")
    assert not set(before) & set(tokens(page))


def test_an_access_token_that_the_api_refuses_is_renewed_once(visitors: Visitors) -> None:
    page = visitors.signed_in("officer", expected_errors=["status of 401"])
    page.route("**/api/me", lambda route: route.fulfill(status=401), times=1)

    with page.expect_request(f"**{TOKEN_PATH}*"):
        page.reload()

    name_in_header(page, "officer")


def test_who_has_tokens_that_the_api_refuses_can_sign_in_again(visitors: Visitors) -> None:
    page = visitors.signed_in("officer", expected_errors=["status of 401"])
    page.route("**/api/me", lambda route: route.fulfill(status=401))
    page.reload()
    page.get_by_role("alert").wait_for()
    page.unroute("**/api/me")
    page.context.clear_cookies()

    page.get_by_role("button", name="Try again").click()
    choose(page, "reader")

    name_in_header(page, "reader")


def test_a_page_of_an_earlier_version_speaks_another_language_once_it_is_loaded_again(signed_in: SignedIn) -> None:
    page = signed_in("officer", DEEP, expected_errors=["status of 404"])
    page.route("**/assets/de-*.json", lambda route: route.fulfill(status=404), times=1)  # as after a deployment

    page.get_by_role("banner").get_by_text(PEOPLE["officer"].name).click()
    page.get_by_label("Language").select_option("de")

    expect(page.locator("html")).to_have_attribute("lang", "de")
    expect(page.get_by_role("banner")).to_contain_text("Exporte")


def test_when_the_session_has_ended_the_view_and_the_drafts_come_back(visitors: Visitors) -> None:
    page = visitors.page(expected_errors=["status of 400"])
    page.goto(visitors.stack.console + DEEP)
    choose(page, "officer")
    name_in_header(page, "officer")
    page.evaluate("sessionStorage.setItem('draft.form', '{\"reference\": \"DSR-1\"}')")
    page.context.clear_cookies()
    end_session(page)

    page.reload()
    page.wait_for_url(f"**{AUTHORIZE_PATH}?**")
    choose(page, "officer")

    name_in_header(page, "officer")
    assert page.url == visitors.stack.console + DEEP
    assert stored(page)["draft.form"] == '{"reference": "DSR-1"}'


def test_a_session_that_ends_while_somebody_fills_in_a_form_costs_no_input(visitors: Visitors) -> None:
    page = visitors.page(expected_errors=["status of 400"])
    page.clock.install()
    page.goto(f"{visitors.stack.console}/new")
    choose(page, "submitter")
    subject, reference = str(uuid4()), f"DSR-{uuid4()}"
    page.get_by_role("textbox", name="Person").fill(subject)
    page.get_by_role("textbox", name="Reference").fill(reference)
    page.context.clear_cookies()
    page.clock.fast_forward("02:00:00")
    page.route(f"**{TOKEN_PATH}*", lambda route: route.fulfill(status=400, json=ENDED, headers=TO_ANY_PAGE))

    page.get_by_role("button", name="Start export").click()
    page.wait_for_url(f"**{AUTHORIZE_PATH}?**")
    page.unroute(f"**{TOKEN_PATH}*")
    choose(page, "submitter")

    expect(page.get_by_role("textbox", name="Person")).to_have_value(subject)
    expect(page.get_by_role("textbox", name="Reference")).to_have_value(reference)
    assert visitors.caller("submitter").exports_of(reference) == []


def test_nobody_gets_the_drafts_of_somebody_else(visitors: Visitors) -> None:
    page = visitors.page(expected_errors=["status of 400"])
    page.goto(visitors.stack.console)
    choose(page, "officer")
    name_in_header(page, "officer")
    page.evaluate("sessionStorage.setItem('draft.form', '{\"reference\": \"DSR-1\"}')")
    page.context.clear_cookies()
    end_session(page)

    page.reload()
    choose(page, "submitter")

    name_in_header(page, "submitter")
    assert "draft.form" not in stored(page)


@pytest.mark.parametrize("away", [DISCOVERY, f"**{TOKEN_PATH}*"])
def test_an_identity_that_is_away_is_said_to_be_so(signed_in: SignedIn, away: str) -> None:
    page = signed_in("officer", expected_errors=["ERR_FAILED"])
    change_session(page, expires=0)
    page.route(away, lambda route: route.abort())

    page.reload()
    expect(page.get_by_role("alert")).to_contain_text("be reached")
    page.unroute(away)
    page.get_by_role("button", name="Try again").click()

    name_in_header(page, "officer")


@pytest.mark.parametrize(("color_scheme", "width"), [("light", 1280), ("dark", 320)])
def test_the_pages_on_the_way_are_accessible(visitors: Visitors, color_scheme: str, width: int) -> None:
    page = visitors.page(color_scheme=color_scheme, viewport={"width": width, "height": 800})
    page.goto(visitors.stack.console)
    page.get_by_role("heading", name="Sign in").wait_for()
    assert faults(page) == []

    choose(page, "nobody")
    page.get_by_role("alert").wait_for()
    assert faults(page) == []

    page.goto(f"{visitors.stack.identity}{LOGOUT_PATH}")
    assert faults(page) == []


def test_the_pages_of_the_local_identity_are_valid(visitors: Visitors, tmp_path: Path) -> None:
    page = visitors.page()
    page.goto(visitors.stack.console)
    page.get_by_role("heading", name="Sign in").wait_for()
    for name, url in {
        "choice": page.url,
        "refusal": f"{visitors.stack.identity}{AUTHORIZE_PATH}",
        "signed-out": f"{visitors.stack.identity}{LOGOUT_PATH}",
    }.items():
        (tmp_path / f"{name}.html").write_text(page.request.get(url).text(), "utf-8")

    assert list(html_faults(tmp_path)) == []


def faults(page: Page) -> list[str]:
    """What is wrong with the page for those who see or hear it in another way."""
    is_wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    return accessibility_faults(page) + (["It scrolls sideways."] if is_wide else [])


def test_a_browser_that_blocks_storage_is_told_so(visitors: Visitors) -> None:
    page = visitors.page()
    for storage in ("localStorage", "sessionStorage"):
        blocked = "get() { throw new DOMException('Access is denied', 'SecurityError'); }"
        page.add_init_script(f"Object.defineProperty(window, '{storage}', {{ {blocked} }})")

    page.goto(visitors.stack.console)

    expect(page.get_by_role("alert")).to_contain_text("Your browser blocks storage for this page")


def test_an_api_without_a_token_still_answers_401(visitors: Visitors) -> None:
    page = visitors.page()

    answer: Any = page.request.get(f"{visitors.stack.api}/exports")

    assert answer.status == 401
