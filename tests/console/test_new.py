"""New exports: one person in a form, many in CSV, and what became of a batch."""

import base64
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Locator, Page, Request, Route, expect

from tests.console.conftest import SignedIn
from tests.console.visitors import Visitors
from tests.e2e.caller import Caller
from tests.pages.page_checkers import accessibility_faults

EXPORTS, BATCHES = "**/api/exports", "**/api/batches"
TOLD = ("Failed to load resource",)
"""What Chromium itself says in its console of a call that fails."""


@pytest.fixture
def reference() -> str:
    """One that no other test uses."""
    return f"DSR-{uuid4()}"


def test_the_keyboard_is_enough_for_one_person(signed_in: SignedIn, caller: Caller, reference: str) -> None:
    page = signed_in("officer", "/new")
    subject = caller.new_user()

    tab_to(page, field(page, "Person"))
    page.keyboard.type(subject)
    page.keyboard.press("Tab")
    page.keyboard.type(reference)
    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile("/exports/"))
    (export,) = caller.exports_of(reference)
    assert page.url.endswith(export["id"])
    assert export["subject"] == {"type": "user", "id": subject}
    assert drafts(page) == []


def test_a_double_click_makes_one_export(signed_in: SignedIn, caller: Caller, reference: str) -> None:
    page = filled(signed_in, caller.new_user(), reference)
    sent = requests_to(page, "/api/exports")

    start(page).dblclick()

    expect(page).to_have_url(re.compile("/exports/"))
    assert len(sent) == 1
    assert len(caller.exports_of(reference)) == 1


def test_a_lost_response_makes_one_export(signed_in: SignedIn, caller: Caller, reference: str) -> None:
    page = filled(signed_in, caller.new_user(), reference, expected_errors=TOLD)
    page.route(EXPORTS, lose_response, times=1)
    start(page).click()
    expect(page.get_by_role("alert")).to_contain_text("be reached")
    (export,) = caller.exports_of(reference)

    page.get_by_role("button", name="Try again").click()

    expect(page).to_have_url(re.compile(export["id"]))
    assert len(caller.exports_of(reference)) == 1


def test_what_was_accepted_before_is_not_replaced_unseen(signed_in: SignedIn, caller: Caller, reference: str) -> None:
    page = filled(signed_in, caller.new_user(), reference, expected_errors=TOLD)
    page.route(EXPORTS, lose_response, times=1)
    start(page).click()
    expect(page.get_by_role("alert")).to_be_visible()

    field(page, "Person").fill(caller.new_user())
    start(page).click()
    expect(page.get_by_role("alert")).to_contain_text("This form was accepted before, with other contents.")
    page.get_by_role("button", name="Send as a new request").click()

    expect(page).to_have_url(re.compile("/exports/"))
    assert len(caller.exports_of(reference)) == 2


def test_a_person_with_an_open_export_leads_to_it(signed_in: SignedIn, caller: Caller, reference: str) -> None:
    subject = caller.new_user()
    caller.fault("submit", "never", subject)
    other = caller.post(subject)["id"]
    page = filled(signed_in, subject, reference, expected_errors=TOLD)

    start(page).click()
    page.get_by_role("link", name="Show the other export").click()

    expect(page).to_have_url(re.compile(f"/exports/{other}$"))
    assert caller.exports_of(reference) == []


def test_a_second_export_of_a_person_is_started_only_if_that_is_said(
    signed_in: SignedIn, caller: Caller, reference: str
) -> None:
    subject = caller.new_user()
    caller.fault("submit", "never", subject)
    other = caller.post(subject)["id"]
    page = filled(signed_in, subject, reference, expected_errors=TOLD)

    expect(page.get_by_role("button", name="Start a second export")).to_have_count(0)
    start(page).click()
    page.get_by_role("button", name="Start a second export").click()

    expect(page).to_have_url(re.compile("/exports/"))
    (export,) = caller.exports_of(reference)
    assert export["id"] != other


def test_each_field_says_what_is_wrong_and_the_first_gets_the_focus(signed_in: SignedIn) -> None:
    page = signed_in("officer", "/new")
    sent = requests_to(page, "/api/exports")
    start(page).click()
    expect(field(page, "Person")).to_be_focused()
    expect(field(page, "Person")).to_have_accessible_description(re.compile("Is required"))

    field(page, "Person").fill("anna@contoso.example")
    page.get_by_label("Request received").fill("2026-12-02T09:00")
    page.get_by_label("Due").fill("2026-12-01T09:00")
    start(page).click()
    expect(page.get_by_label("Due")).to_be_focused()
    expect(page.get_by_label("Due")).to_have_accessible_description(re.compile("Must be after the time of receipt"))
    expect(field(page, "Person")).not_to_have_attribute("aria-invalid", "true")

    page.get_by_label("Due").fill("")
    page.get_by_label("Due").press_sequentially("12")
    start(page).click()
    expect(page.get_by_label("Due")).to_have_accessible_description(re.compile("valid value"))
    assert sent == []


def test_what_the_api_finds_wrong_with_a_field_is_said_there(signed_in: SignedIn, caller: Caller) -> None:
    page = filled(signed_in, caller.new_user(), expected_errors=TOLD)
    fault = {"code": "NotInThisCloud", "message": "Microsoft Graph can't.", "target": "subject.type"}
    page.route(EXPORTS, lambda route: route.fulfill(status=400, json={"error": {**fault, "details": []}}), times=1)

    start(page).click()

    kind = page.get_by_label("Type of person")
    expect(kind).to_be_focused()
    expect(kind).to_have_accessible_description(re.compile("in this national cloud"))


def test_times_are_those_of_the_readers_zone(signed_in: SignedIn, caller: Caller, reference: str) -> None:
    page = signed_in("officer", "/new", locale="de-DE", timezone_id="Asia/Tokyo")
    page.get_by_label("Person", exact=True).fill(caller.new_user())
    page.get_by_label("Referenz").fill(reference)
    received, due = page.get_by_label("Eingegangen"), page.get_by_label("Fällig")
    expect(due).to_have_accessible_description("Japanische Normalzeit. Wenn leer: die übliche Frist.")
    received.fill("2026-11-01T08:00")
    due.fill("2030-12-01T08:30")

    page.get_by_role("button", name="Export starten").click()

    expect(page).to_have_url(re.compile("/exports/"))
    (export,) = caller.exports_of(reference)
    assert (export["receivedDateTime"], export["dueDateTime"]) == ("2026-10-31T23:00:00Z", "2030-11-30T23:30:00Z")


def test_the_form_outlives_a_reload_and_no_sign_out(signed_in: SignedIn, reference: str) -> None:
    page = filled(signed_in, "anna@contoso.example", reference)
    page.reload()
    expect(field(page, "Person")).to_have_value("anna@contoso.example")
    expect(field(page, "Reference")).to_have_value(reference)

    page.get_by_role("link", name="Many (CSV)").click()
    text(page).fill("type,id\n")
    page.reload()
    expect(text(page)).to_have_value("type,id\n")
    assert drafts(page) == ["draft.new", "draft.new-many"]

    page.get_by_text("Olivia Officer").click()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="Sign in").wait_for()
    assert drafts(page) == []


@pytest.mark.parametrize("path", ["/new", "/new/many"])
def test_who_may_not_start_exports_is_told(signed_in: SignedIn, path: str) -> None:
    page = signed_in("reader", path)
    expect(page.get_by_role("main")).to_contain_text("The app role Exports.Submit is required.")
    expect(page.get_by_role("form")).to_have_count(0)
    expect(page.get_by_role("button", name="Start")).to_have_count(0)


def test_a_bad_line_is_shown_before_and_after_it_is_sent(
    signed_in: SignedIn, caller: Caller, reference: str, tmp_path: Path
) -> None:
    people = [caller.new_user() for _ in range(2)]
    lines = ["type;id;reference", f"user;{people[0]};{reference}", "user;anna;bad", f"user;{people[1]};{reference}"]
    file = tmp_path / "people.csv"
    file.write_bytes(b"\xef\xbb\xbf" + "\r\n".join(lines).encode())
    page = signed_in("submitter", "/new/many")

    page.get_by_label("CSV file").set_input_files(file)
    expect(row(page, 2)).to_contain_text("Must be an object ID or, for a user, a user principal name")
    expect(row(page, 1)).to_contain_text("✓")
    expect(page.get_by_role("status").filter(has_text="refused")).to_contain_text("1 line will be refused.")
    page.get_by_role("button", name="With a problem (1)").click()
    expect(page.get_by_role("row")).to_have_count(2)
    page.get_by_role("button", name="Start 2 exports").dblclick()

    expect(page.get_by_role("heading", name="Batch of exports")).to_be_focused()
    expect(row(page, 2)).to_contain_text("Refused")
    expect(row(page, 2)).to_contain_text("Must be an object ID")
    exports = {export["subject"]["id"]: export["id"] for export in caller.exports_of(reference)}
    assert set(exports) == set(people)
    for person, export_id in exports.items():
        expect(page.get_by_role("link", name=person)).to_have_attribute("href", re.compile(export_id))
    with page.expect_download() as download:
        page.get_by_role("button", name="Download them as CSV").click()
    assert download.value.path().read_text("utf-8-sig") == "type;id;reference\nuser;anna;bad\n"


def test_a_lost_response_makes_one_batch(signed_in: SignedIn, caller: Caller, reference: str) -> None:
    page = signed_in("officer", "/new/many", expected_errors=TOLD)
    text(page).fill(f"type,id,reference\nuser,{caller.new_user()},{reference}\n")
    page.route(BATCHES, lose_response, times=1)
    page.get_by_role("button", name="Start 1 export").click()
    expect(page.get_by_role("alert")).to_contain_text("be reached")

    page.get_by_role("button", name="Try again").click()

    expect(row(page, 1).get_by_role("link")).to_be_visible()
    assert len(caller.exports_of(reference)) == 1


def test_what_was_busy_is_sent_again_with_the_same_key(signed_in: SignedIn, caller: Caller) -> None:
    page = signed_in("officer", "/new/many")
    sent = requests_to(page, "/api/batches")
    text(page).fill(f"type,id\nuser,{caller.new_user()}\nuser,{caller.new_user()}\n")

    page.route(f"{BATCHES}/*", lambda route: route.fulfill(json=busy(route.fetch().json())))
    page.get_by_role("button", name="Start 2 exports").click()
    expect(row(page, 2)).to_contain_text("Busy")
    page.reload()
    page.get_by_role("button", name="Send again").click()

    expect(row(page, 2)).to_contain_text(re.compile("Accepted|In progress"))
    assert len(sent) == 2
    assert sent[0].headers["idempotency-key"] == sent[1].headers["idempotency-key"]
    assert sent[0].post_data == sent[1].post_data


def test_a_batch_is_followed_to_its_end(signed_in: SignedIn) -> None:
    page = signed_in("officer", "/new/many")
    text(page).fill("type\tid\nuser\tno.such.person@contoso.example\n")
    page.get_by_role("button", name="Start 1 export").click()

    expect(page.get_by_role("button", name="Failed (1)")).to_be_visible(timeout=60_000)
    expect(row(page, 1)).to_contain_text("find this person. Check the id")
    # Nothing of it will be sent again.
    assert drafts(page) == []


def test_a_file_that_would_be_refused_is_not_sent(signed_in: SignedIn) -> None:
    page = signed_in("officer", "/new/many")
    files = {
        "type,id\nuser,x\n".encode("utf-16"): "In Excel, save it as CSV UTF-8.",
        b"PK\x03\x04\x14\x00\x06\x00": "In Excel, save it as CSV UTF-8.",
        b"name,id\nAnna,x\n": "The first row has to name the columns",
        b"type,id,name\nuser,x,Anna\n": "The name of column 3 is not known.",
        b'type,id\nuser,"x\n': "Check its quotation marks.",
        b"type,id\n": "There is nobody below the first row.",
        b"type,id\n" + b"user,anna@contoso.example\n" * 1001: "It has more than 1,000 people",
        b"type,id\nuser,anna@contoso.example\n" + b"\n" * 1024 * 1024: "1 MB",
    }

    for content, says in files.items():
        drop(page, content)
        expect(text(page)).to_have_accessible_description(re.compile(re.escape(says)))
        expect(page.get_by_role("button", name="Start export")).to_be_disabled()
        expect(page.get_by_role("table")).to_have_count(0)

    text(page).fill("x" * (1024 * 1024 + 1))
    expect(text(page)).to_have_accessible_description(re.compile("1 MB"))
    expect(text(page)).to_have_value("")

    drop(page, b"type,id\nuser,anna@contoso.example\n")
    expect(page.get_by_role("button", name="Start 1 export")).to_be_enabled()


def test_a_thousand_lines_are_shown_in_pages(signed_in: SignedIn) -> None:
    page = signed_in("officer", "/new/many")
    drop(page, b"type,id,reference\n" + b"".join(b"user,,%d\n" % number for number in range(1, 1001)))

    expect(page.get_by_role("row")).to_have_count(101)
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("row").nth(1)).to_contain_text("101")


def test_the_template_has_the_columns_that_the_api_takes(signed_in: SignedIn) -> None:
    page = signed_in("officer", "/new/many", locale="de-DE")
    with page.expect_download() as download:
        page.get_by_role("button", name="Vorlage herunterladen").click()
    content = download.value.path().read_text("utf-8-sig")
    assert content == "type;id;reference;receivedDateTime;dueDateTime;allowDuplicate\n"


@pytest.mark.parametrize("color_scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_the_views_are_accessible(visitors: Visitors, caller: Caller, color_scheme: str, width: int) -> None:
    page = visitors.signed_in("officer", "/new", color_scheme=color_scheme, viewport={"width": width, "height": 800})
    start(page).click()
    faults = look(page)
    page.get_by_role("link", name="Many (CSV)").click()
    text(page).fill(
        f"type,id,reference,dueDateTime\nuser,{caller.new_user()},<img src=x onerror=alert(1)>,\nuser,,,x\n"
    )
    faults += look(page)
    page.get_by_role("button", name="Start 1 export").click()
    expect(row(page, 1)).to_contain_text("<img src=x onerror=alert(1)>")
    assert faults + look(page) == []


def field(page: Page, label: str) -> Locator:
    return page.get_by_role("textbox", name=label, exact=True)


def text(page: Page) -> Locator:
    """Where CSV is pasted."""
    return page.get_by_role("textbox", name="CSV, to paste or to correct")


def start(page: Page) -> Locator:
    return page.get_by_role("button", name="Start export")


def row(page: Page, number: int) -> Locator:
    """The row of a line, by its number."""
    return page.get_by_role("row").filter(has=page.get_by_role("cell", name=str(number), exact=True))


def filled(signed_in: SignedIn, subject: str, reference: str = "", *, expected_errors: Sequence[str] = ()) -> Page:
    """The form for one person, filled in."""
    page = signed_in("officer", "/new", expected_errors=expected_errors)
    field(page, "Person").fill(subject)
    field(page, "Reference").fill(reference)
    return page


def tab_to(page: Page, target: Locator) -> None:
    for _ in range(20):
        if target.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError("The keyboard does not get there.")


def requests_to(page: Page, path: str) -> list[Request]:
    """Every POST to a path of the API from now on."""
    sent: list[Request] = []
    page.on("request", lambda made: sent.append(made) if made.method == "POST" and made.url.endswith(path) else None)
    return sent


def lose_response(route: Route) -> None:
    """The API gets the request, and the page gets no response."""
    route.fetch()
    route.abort()


def busy(batch: dict[str, Any]) -> dict[str, Any]:
    """The batch as if its second line had been busy."""
    first, second = batch["items"]
    error = {"code": "Busy", "message": "This export is not recorded.", "target": None}
    items = [first, {**second, "exportId": None, "status": "Busy", "error": error}]
    return {**batch, "counts": {"Busy": 1, first["status"]: 1}, "items": items}


def drop(page: Page, content: bytes) -> None:
    """Drops a file with this content onto the page."""
    expect(text(page)).to_be_visible()
    page.evaluate(
        """encoded => {
          const bytes = Uint8Array.from(atob(encoded), character => character.charCodeAt(0));
          const dataTransfer = new DataTransfer();
          dataTransfer.items.add(new File([bytes], "people.csv"));
          document.querySelector("h1").dispatchEvent(new DragEvent("drop", {bubbles: true, dataTransfer}));
        }""",
        base64.b64encode(content).decode(),
    )


def drafts(page: Page) -> list[str]:
    """The names under which the tab keeps drafts."""
    found: list[str] = page.evaluate("Object.keys(sessionStorage).filter(key => key.startsWith('draft.')).sort()")
    return found


def look(page: Page) -> list[str]:
    """What is wrong with the page for those who see, hear or touch it in another way."""
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    is_wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    return accessibility_faults(page) + (["It scrolls sideways."] if is_wide else [])
