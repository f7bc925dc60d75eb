"""The list of exports: what it shows to whom, its filters, long lists, and what happens when a call fails."""

import json
import os
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, Route, expect

from local.stack.local_stack import Stack
from shared.exports.export import Export
from tests.console.conftest import SignedIn
from tests.console.seeded_exports import HOSTILE, exports_of_an_office, many_open, now, store
from tests.console.visitors import Visitors
from tests.pages.page_checkers import accessibility_faults

LIST_CALL = re.compile(r"/api/exports(\?|$)")
OPEN = ["DSR-OVERDUE", "DSR-SOON", "DSR-AWAITING", HOSTILE, "DSR-NEW", "DSR-PAUSED"]
CHOICES = {
    "Overdue": ["DSR-OVERDUE"],
    "Failed": ["DSR-FAILED"],
    "Succeeded": ["DSR-AWAITING", "DSR-HELD", "DSR-READY", "DSR-ERASED", "DSR-HANDED-OVER"],
    "On hold": ["DSR-HELD"],
    "Awaits hand-over": ["DSR-AWAITING"],
    "Open": OPEN,
}
MANY = 105
PAGE, LONG = 50, 10_000
LONGEST_BUSY_SECONDS = 3.0
"""For one page more of a long list, on a machine that does much else; alone it takes a tenth of that."""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, app: Path) -> Iterator[Stack]:
    """One that expects hand-overs."""
    environment = {"PATH": os.environ["PATH"], "EXPORT_EXPECT_HANDOVER": "true"}
    with Stack(tmp_path_factory.mktemp("console"), environment, app=app) as running:
        yield running


@pytest.fixture(scope="module", autouse=True)
def office(stack: Stack) -> dict[str, Export]:
    """The officer's exports, one in each state, and one of the submitter."""
    exports = exports_of_an_office(now())
    store(stack.azurite, exports.values())
    return exports


@pytest.fixture(scope="module")
def many(stack: Stack) -> list[Export]:
    """More than two pages of the administrator's."""
    exports = many_open(MANY, now())
    store(stack.azurite, exports)
    return exports


def links(page: Page) -> Any:
    """What the rows are called."""
    return page.locator("tbody th a")


def choose(page: Page, choice: str) -> None:
    page.get_by_role("navigation", name="Filter").get_by_role("link", name=choice, exact=True).click()


def calls_of(page: Page) -> list[dict[str, list[str]]]:
    """The queries of the calls that list exports, from now on."""
    queries: list[dict[str, list[str]]] = []
    page.on(
        "request", lambda it: queries.append(parse_qs(urlsplit(it.url).query)) if LIST_CALL.search(it.url) else None
    )
    return queries


def focused(page: Page) -> str:
    text: str = page.evaluate("document.activeElement.textContent")
    return text


def test_the_first_view_is_what_is_left_to_answer_and_the_soonest_comes_first(signed_in: SignedIn) -> None:
    page = signed_in("officer")
    expect(links(page).nth(5)).to_have_text("DSR-NEW")
    assert links(page).all_text_contents()[:6] == [*OPEN[:2], "DSR-SUBMITTER", *OPEN[2:5]]
    rows = page.get_by_role("row")
    expect(rows.nth(1)).to_contain_text(re.compile(r"3 days overdue.*In progress.*40%"))
    expect(rows.nth(2)).to_contain_text(re.compile(r"2 days left.*In progress.*75%"))
    expect(rows.nth(4)).to_contain_text(re.compile(r"5 days left.*Awaits hand-over.*812 files"))
    expect(page.get_by_role("columnheader", name="Due")).to_have_attribute("aria-sort", "ascending")
    expect(page).to_have_title(re.compile("^Exports .* Personal data export$"))


def test_each_choice_is_one_call_and_shows_what_it_says(signed_in: SignedIn) -> None:
    page = signed_in("officer", "?mine=true&show=all")
    expect(links(page)).to_have_count(12)
    queries = calls_of(page)
    for number, (choice, references) in enumerate(CHOICES.items(), 1):
        choose(page, choice)
        expect(links(page)).to_have_text(references)
        expect(page.get_by_role("link", name=choice, exact=True)).to_have_attribute("aria-current", "page")
        assert len(queries) == number
    assert all("continuationToken" not in query for query in queries)


def test_states_are_said_in_words(signed_in: SignedIn) -> None:
    page = signed_in("officer", "?mine=true&show=all")
    said = {
        "DSR-PAUSED": "Clock paused",
        "DSR-HELD": "On hold",
        "DSR-READY": r"Ready.*12 files.*until ",
        "DSR-ERASED": "Data erased.*7 files",
        "DSR-HANDED-OVER": "Handed over.*1 file",
        "DSR-FAILED": "Failed",
        "DSR-CANCELED": "Canceled",
    }
    for reference, text in said.items():
        expect(page.get_by_role("row").filter(has_text=reference)).to_contain_text(re.compile(text))
    held = page.get_by_role("row").filter(has_text="DSR-HELD")
    expect(held).not_to_contain_text("until")
    expect(held.get_by_text("days")).to_have_count(0)


def test_a_choice_survives_a_reload_and_back_undoes_it(signed_in: SignedIn) -> None:
    page = signed_in("officer", "?mine=true")
    choose(page, "Failed")
    expect(links(page)).to_have_text(["DSR-FAILED"])
    choose(page, "On hold")
    expect(links(page)).to_have_text(["DSR-HELD"])
    assert page.url.endswith("?show=on-hold&mine=true")
    page.reload()
    expect(links(page)).to_have_text(["DSR-HELD"])
    page.go_back()
    expect(links(page)).to_have_text(["DSR-FAILED"])
    page.go_back()
    expect(links(page)).to_have_text(OPEN)
    page.go_forward()
    expect(page.get_by_role("link", name="Failed", exact=True)).to_have_attribute("aria-current", "page")


def test_a_request_is_found_by_its_reference_whatever_became_of_it(signed_in: SignedIn) -> None:
    page = signed_in("officer")
    search = page.get_by_role("searchbox", name="Reference")
    search.fill("DSR-ERASED")
    search.press("Enter")
    expect(links(page)).to_have_text(["DSR-ERASED"])
    page.reload()
    expect(search).to_have_value("DSR-ERASED")
    choose(page, "Failed")
    expect(page.get_by_role("main").get_by_text("No exports were found")).to_be_visible()
    page.get_by_role("link", name="Show the open exports").click()
    expect(links(page).first).to_have_text("DSR-OVERDUE")
    expect(search).to_have_value("")


def test_a_person_is_found_by_the_object_id_and_an_export_by_its_own(
    signed_in: SignedIn, office: dict[str, Export]
) -> None:
    page = signed_in("officer")
    search = page.get_by_role("searchbox")
    export = office["DSR-CANCELED"]
    search.fill(f"{{{str(export.subject.id).upper()}}}")
    page.get_by_role("button", name="Search").click()
    expect(links(page)).to_have_text(["DSR-CANCELED"])
    search.fill(export.id)
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="Open the export with this id").click()
    expect(page).to_have_url(re.compile(f"/exports/{export.id}$"))


def test_a_hostile_reference_stays_text(signed_in: SignedIn) -> None:
    page = signed_in("officer")
    search = page.get_by_role("searchbox")
    search.fill(HOSTILE)
    search.press("Enter")
    expect(links(page)).to_have_text([HOSTILE])
    expect(search).to_have_value(HOSTILE)
    assert page.locator("img").count() == 0


def test_a_submitter_sees_her_own_and_is_told_so(signed_in: SignedIn) -> None:
    page = signed_in("submitter", "?show=all")
    expect(links(page)).to_have_text(["DSR-SUBMITTER"])
    expect(page.get_by_text("You see the exports that you have requested.")).to_be_visible()
    expect(page.get_by_role("checkbox")).to_have_count(0)
    expect(page.get_by_role("main").get_by_role("link", name="New export")).to_be_visible()


def test_a_reader_sees_all_and_starts_none(signed_in: SignedIn) -> None:
    page = signed_in("reader")
    expect(page.get_by_role("link", name="DSR-SUBMITTER")).to_be_visible()
    expect(page.get_by_role("checkbox")).to_have_count(0)
    expect(page.get_by_role("link", name="New export")).to_have_count(0)


def test_only_one_s_own_are_a_choice_of_those_who_see_others(signed_in: SignedIn) -> None:
    page = signed_in("officer")
    expect(links(page).filter(has_text="DSR-SUBMITTER")).to_have_count(1)
    page.get_by_role("checkbox", name="Only my exports").check()
    expect(links(page)).to_have_text(OPEN)
    assert page.url.endswith("?mine=true")


@pytest.mark.parametrize("role", ["Exports.Download", "Exports.Operate"])
def test_whoever_has_another_role_is_told_which_the_list_takes(signed_in: SignedIn, role: str) -> None:
    page = signed_in("reader")
    page.route("**/api/me", lambda route: route.fulfill(json={**route.fetch().json(), "roles": [role]}))
    queries = calls_of(page)
    page.reload()
    expect(page.get_by_role("main")).to_contain_text("The app role Exports.Read or Exports.Submit is required.")
    assert queries == []


def test_somebody_without_exports_is_invited(signed_in: SignedIn) -> None:
    page = signed_in("officer")
    page.route(LIST_CALL, lambda route: route.fulfill(json={"value": []}))
    page.reload()
    expect(page.get_by_role("main").get_by_text("There are no open exports")).to_be_visible()
    page.get_by_role("link", name="Show all exports").click()
    expect(page).to_have_url(re.compile(r"\?show=all$"))
    expect(page.get_by_role("main").get_by_text("No exports were found")).to_be_visible()
    page.get_by_role("main").get_by_role("link", name="New export").click()
    expect(page).to_have_url(re.compile("/new$"))


def test_more_are_loaded_without_duplicates_while_deadlines_move(
    signed_in: SignedIn, visitors: Visitors, many: list[Export]
) -> None:
    page = signed_in("administrator", "?mine=true")
    expect(page.get_by_role("main").get_by_text("First 50 exports, soonest deadline first")).to_be_visible()
    # It has been shown, and comes again on the next page.
    extension = {"action": "extend", "dueDateTime": (many[60].due_at + timedelta(minutes=1)).isoformat(), "reason": "x"}
    assert visitors.caller("administrator").call("POST", f"exports/{many[3].id}/deadline", json=extension).is_success
    page.get_by_role("button", name="Load more").press("Enter")
    expect(page.get_by_role("main").get_by_text("First 99 exports")).to_be_visible()
    assert focused(page) == "DSR-0050"
    page.get_by_role("button", name="Load more").click()
    expect(page.get_by_role("main").get_by_text(f"{MANY} exports, soonest deadline first", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Load more")).to_have_count(0)
    shown = links(page).all_text_contents()
    assert sorted(shown) == [f"DSR-{number:04d}" for number in range(MANY)]
    page.get_by_role("button", name="Refresh").click()
    expect(links(page).nth(3)).to_have_text("DSR-0004")
    expect(links(page)).to_have_count(MANY)


def test_who_comes_back_from_an_export_finds_the_list_as_it_was(signed_in: SignedIn, many: list[Export]) -> None:
    page = signed_in("administrator", "?mine=true")
    page.get_by_role("button", name="Load more").click()
    opened = links(page).filter(has_text=many[70].reference or "")
    opened.click()
    expect(page).to_have_url(re.compile(f"/exports/{many[70].id}$"))
    page.go_back()
    expect(opened).to_be_focused()
    expect(opened).to_be_in_viewport()
    navigation = page.get_by_role("navigation", name="Main")
    navigation.get_by_role("link", name="New export").click()
    navigation.get_by_role("link", name="Exports").click()
    expect(page.get_by_role("heading", name="Exports")).to_be_focused()


def test_ten_thousand_exports_stay_quick(signed_in: SignedIn, visitors: Visitors) -> None:
    page = signed_in("officer")
    sample = visitors.caller("officer").exports_of("DSR-SOON")[0]
    sample |= {"attempts": [], "storage": None, "grant": None}
    ends = [PAGE, LONG - PAGE, LONG]

    def answer(route: Route) -> None:
        number = int(parse_qs(urlsplit(route.request.url).query).get("continuationToken", ["0"])[0])
        # Each page begins with the last export of the one before.
        ids = range(ends[number - 1] - 1 if number else 0, ends[number])
        body: dict[str, Any] = {
            "value": [{**sample, "id": f"{each:08d}-0000", "reference": f"R{each}"} for each in ids]
        }
        if number + 1 < len(ends):
            body["nextLink"] = f"{route.request.url.partition('?')[0]}?continuationToken={number + 1}"
        route.fulfill(status=200, content_type="application/json", body=json.dumps(body))

    page.route(LIST_CALL, answer)
    page.reload()
    more = page.locator("main > button")
    more.click()
    expect(links(page)).to_have_count(LONG - PAGE, timeout=30_000)  # all at once, as the API never gives them
    page.evaluate(_WATCH_ROWS)
    before = busy_seconds(page)
    more.click()
    expect(links(page)).to_have_count(LONG, timeout=15_000)  # how long the page itself takes is measured next
    assert busy_seconds(page) - before < LONGEST_BUSY_SECONDS
    assert page.evaluate("window.changedRows") == 0, "rows that were shown are not drawn again"
    expect(page.locator(".list-summary")).to_contain_text("10,000 exports, soonest deadline first")


_WATCH_ROWS = """() => {
  window.changedRows = 0;
  const isAddition = change => change.type === "childList" && change.removedNodes.length === 0;
  new MutationObserver(changes => { window.changedRows += changes.filter(each => !isAddition(each)).length; }).observe(
    document.querySelector("table"), { subtree: true, childList: true, attributes: true, characterData: true });
}"""


def busy_seconds(page: Page) -> float:
    """How long the page's own work has taken so far: its scripts, styles and layout."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    taken = {metric["name"]: metric["value"] for metric in session.send("Performance.getMetrics")["metrics"]}
    busy: float = sum(taken[name] for name in ("ScriptDuration", "RecalcStyleDuration", "LayoutDuration"))
    return busy


def test_a_failed_call_says_why_and_is_made_again_when_the_api_says_so(signed_in: SignedIn) -> None:
    page = signed_in("officer", expected_errors=["status of 503"])
    error = {"error": {"code": "StorageUnavailable", "message": "The records can't be reached."}}
    headers = {"Retry-After": "2", "x-ms-request-id": "0a1b2c"}
    page.route(LIST_CALL, lambda route: route.fulfill(status=503, json=error, headers=headers), times=1)
    page.reload()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("The records can't be reached.")
    expect(alert).to_contain_text("StorageUnavailable · Request 0a1b2c")
    expect(alert.get_by_role("button")).to_be_disabled()
    alert.get_by_role("button", name="Try again", exact=True).click()
    expect(links(page).first).to_have_text("DSR-OVERDUE")
    expect(alert).to_have_count(0)


def test_what_was_shown_stays_while_one_is_offline_and_the_list_recovers(signed_in: SignedIn) -> None:
    page = signed_in("officer", expected_errors=["ERR_INTERNET_DISCONNECTED"])
    expect(links(page).first).to_have_text("DSR-OVERDUE")
    page.context.set_offline(True)
    page.get_by_role("button", name="Refresh").click()
    expect(page.get_by_role("alert")).to_contain_text("You are offline")
    expect(links(page).first).to_have_text("DSR-OVERDUE")
    page.context.set_offline(False)
    expect(page.get_by_role("alert")).to_have_count(0)


@pytest.mark.usefixtures("many")
def test_a_page_that_can_not_be_loaded_is_loaded_by_another_try(signed_in: SignedIn) -> None:
    page = signed_in("administrator", "?mine=true", expected_errors=["status of 500"])
    expect(links(page)).to_have_count(50)
    page.route(LIST_CALL, lambda route: route.fulfill(status=500, body=""), times=1)
    page.get_by_role("button", name="Load more").click()
    expect(page.get_by_role("alert")).to_contain_text("The service failed")
    expect(links(page)).to_have_count(50)
    page.get_by_role("button", name="Try again").click()
    expect(links(page)).to_have_count(100)


def test_a_short_list_is_kept_fresh_but_not_while_nobody_looks(signed_in: SignedIn) -> None:
    page = signed_in("officer", "?mine=true")
    page.clock.install()
    page.reload()
    expect(links(page)).to_have_text(OPEN)
    queries = calls_of(page)
    page.clock.run_for(59_000)
    assert queries == []
    with page.expect_response(LIST_CALL):
        page.clock.run_for(2_000)
    expect(page.locator("table")).to_have_attribute("aria-busy", "false")
    _show(page, "hidden")
    page.clock.run_for(600_000)
    assert len(queries) == 1
    with page.expect_response(LIST_CALL):
        _show(page, "visible")


def _show(page: Page, state: str) -> None:
    """Has the page think that it is hidden, or shown again."""
    page.evaluate(
        """state => {
          Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
          document.dispatchEvent(new Event("visibilitychange"));
        }""",
        state,
    )


def test_a_german_in_tokyo_reads_dates_as_they_are_there(signed_in: SignedIn, office: dict[str, Export]) -> None:
    page = signed_in("officer", "?mine=true", locale="de-DE", timezone_id="Asia/Tokyo")
    time = page.get_by_role("row").nth(1).locator("time")
    due = office["DSR-OVERDUE"].due_at
    there = due + timedelta(hours=9)
    expect(time).to_have_attribute("datetime", f"{due:%Y-%m-%dT%H:%M:%SZ}")
    expect(time).to_have_text(re.compile(rf"^{there.day}\. \w+\.? {there.year}$"))
    expect(time).to_have_attribute("title", re.compile(rf"{there:%H:%M} GMT\+9"))
    expect(page.get_by_role("row").nth(1)).to_contain_text(re.compile(r"3 Tage überfällig.*40\s%"))


@pytest.mark.parametrize("color_scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_the_list_is_accessible_and_fits(signed_in: SignedIn, width: int, color_scheme: str) -> None:
    viewport = {"width": width, "height": 800}
    page = signed_in("officer", "?mine=true&show=all", viewport=viewport, color_scheme=color_scheme)
    expect(links(page)).to_have_count(12)
    assert accessibility_faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_keyboard_is_enough(signed_in: SignedIn) -> None:
    page = signed_in("officer", "?mine=true")
    expect(links(page)).to_have_text(OPEN)
    choice = page.get_by_role("link", name="Overdue", exact=True)
    choice.focus()
    page.keyboard.press("Enter")
    expect(links(page)).to_have_text(["DSR-OVERDUE"])
    expect(choice).to_be_focused()
    expect(page.get_by_role("status").last).to_have_text("1 export, soonest deadline first")
    links(page).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
