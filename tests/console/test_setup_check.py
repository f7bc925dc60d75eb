"""The setup check: who may run it, what it says, and that it harms nothing while it runs."""

import re

import pytest
from playwright.sync_api import Route, expect

from tests.console.conftest import SignedIn
from tests.e2e.caller import Caller
from tests.pages.page_checkers import accessibility_faults

PATH = "/setup-check"
CALL = re.compile(r"/api/preflight$")
REPORT = {
    "status": "Failed",
    "checks": [
        {"name": "identity", "status": "Passed", "message": "The app's identity has a token."},
        {"name": "records", "status": "Warning", "message": "<b>Look</b> at the records."},
        {"name": "grant", "status": "Failed", "message": "The account refuses the app."},
    ],
}


def test_the_check_is_run_on_request_and_shows_what_the_api_reports(signed_in: SignedIn, caller: Caller) -> None:
    page = signed_in("administrator", PATH)
    expect(page.get_by_role("heading", name="Setup check")).to_be_visible()
    expect(page.get_by_role("main").get_by_role("listitem")).to_have_count(0)
    page.get_by_role("button", name="Run the check").click()
    expect(page.get_by_role("main").get_by_text("Everything is ready for exports")).to_be_visible()
    checks = caller.call("POST", "preflight").json()["checks"]
    expect(page.get_by_role("main").get_by_role("listitem")).to_have_count(len(checks))
    for check in checks:
        item = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name=check["name"], exact=True))
        expect(item).to_contain_text(f"Passed{check['name']}{check['message']}")


def test_what_has_to_be_mended_comes_first_and_is_announced(signed_in: SignedIn) -> None:
    page = signed_in("administrator", PATH)
    page.route(CALL, lambda route: route.fulfill(json=REPORT))
    page.get_by_role("button", name="Run the check").click()
    items = page.get_by_role("main").get_by_role("listitem")
    expect(items).to_have_text(
        [re.compile("^Failedgrant"), re.compile("^Warningrecords"), re.compile("^Passedidentity")]
    )
    expect(items.nth(1)).to_contain_text("<b>Look</b> at the records.")
    result = "Exports fail until what is listed first is fixed"
    expect(page.locator(".notice-error")).to_have_text(result)
    expect(page.get_by_role("status").last).to_have_text(result)


def test_a_second_click_makes_no_second_check_and_a_new_one_replaces_the_old(signed_in: SignedIn) -> None:
    page = signed_in("administrator", PATH)
    waiting: list[Route] = []

    def hold(route: Route) -> None:
        waiting.append(route)

    page.route(CALL, hold)
    run = page.get_by_role("main").get_by_role("button")
    with page.expect_request(CALL):
        run.click()
    expect(run).to_have_text("Checking…")
    run.click(force=True)
    expect(page.get_by_role("main").locator("[aria-busy=true]")).to_be_visible()
    assert len(waiting) == 1
    waiting.pop().fulfill(json=REPORT)
    expect(page.get_by_role("main").get_by_role("listitem")).to_have_count(3)
    with page.expect_request(CALL):
        run.click()
    expect(run).to_have_text("Checking…")
    waiting.pop().fulfill(json={"status": "Passed", "checks": REPORT["checks"][:1]})
    expect(page.get_by_role("main").get_by_role("listitem")).to_have_count(1)
    expect(run).to_be_focused()


def test_a_check_that_can_not_be_made_is_made_by_another_try(signed_in: SignedIn) -> None:
    page = signed_in("administrator", PATH, expected_errors=["status of 500"])
    page.route(CALL, lambda route: route.fulfill(status=500, body=""), times=1)
    page.get_by_role("button", name="Run the check").click()
    expect(page.get_by_role("alert")).to_contain_text("The service failed")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("main").get_by_text("Everything is ready for exports")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)


def test_an_operator_needs_no_other_role(signed_in: SignedIn, caller: Caller) -> None:
    operator = caller.with_roles("Exports.Operate")
    page = signed_in("reader", PATH)
    page.route("**/api/me", lambda route: route.fulfill(json={**route.fetch().json(), "roles": ["Exports.Operate"]}))
    page.route(CALL, lambda route: route.continue_(headers={**route.request.headers, **_lower(operator.headers)}))
    page.reload()
    page.get_by_role("button", name="Run the check").click()
    expect(page.get_by_role("main").get_by_text("Everything is ready for exports")).to_be_visible()


def _lower(headers: dict[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def test_whoever_may_not_run_it_is_told_which_role_it_takes(signed_in: SignedIn) -> None:
    page = signed_in("officer", PATH)
    expect(page.get_by_role("main")).to_contain_text("The app role Exports.Operate is required.")
    expect(page.get_by_role("main").get_by_role("button")).to_have_count(0)
    expect(page.get_by_role("navigation", name="Main").get_by_role("link", name="Setup check")).to_have_count(0)


@pytest.mark.parametrize("color_scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_the_report_is_accessible_and_fits(signed_in: SignedIn, width: int, color_scheme: str) -> None:
    page = signed_in("administrator", PATH, viewport={"width": width, "height": 800}, color_scheme=color_scheme)
    page.route(CALL, lambda route: route.fulfill(json=REPORT))
    page.get_by_role("button", name="Run the check").click()
    expect(page.get_by_role("main").get_by_role("listitem")).to_have_count(3)
    assert accessibility_faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
