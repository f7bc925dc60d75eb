"""What people do with an export: packages, hand-over, hold, clock, cancel, retry, erase; and what they may not."""

import hashlib
import json
import re
import ssl
import zipfile
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Locator, Page, Request, Route, expect

from local.stack.local_stack import Stack
from tests.console.conftest import SignedIn
from tests.console.visitors import Visitors
from tests.e2e.caller import Caller
from tests.local.waiting import eventually
from tests.pages.page_checkers import accessibility_faults

ACTIONS = {
    "Record hand-over",
    "Extend deadline",
    "Pause clock",
    "Resume clock",
    "Place hold",
    "Change hold",
    "Lift hold",
    "Retry export",
    "Cancel export",
    "Erase data",
}
PACKAGES = {"Make package", "Get link", "Download"}


class Exports:
    """Exports that are made together before the first test, because each takes seconds, and then given out.

    Where there are no more, one is made.
    """

    def __init__(self, officer: Caller, submitter: Caller) -> None:
        self._callers = {"officer": officer, "submitter": submitter}
        self._seen: dict[str, dict[str, Any]] = {}
        with ThreadPoolExecutor(4) as posts:
            self._ending = list(posts.map(lambda _: self._post("quick"), range(10)))
            self._running = list(posts.map(lambda _: self._post("never"), range(5)))

    def succeeded(self) -> dict[str, Any]:
        """The officer's next export that has succeeded; it is the test's own."""
        return self._ended("officer", self._ending.pop(0) if self._ending else self._post("quick"))

    def running(self) -> dict[str, Any]:
        """The officer's next export that Microsoft never ends; it is the test's own."""
        export_id = self._running.pop(0) if self._running else self._post("never")
        officer = self._callers["officer"]
        assert eventually(lambda: officer.get(export_id)["stage"] == "Exporting")
        return officer.get(export_id)

    def shared(self, owner: str) -> dict[str, Any]:
        """An export of somebody that has succeeded, with a package. No test changes it."""
        if owner not in self._seen:
            export_id = self._post("quick", owner)
            self._ended(owner, export_id)
            self._callers["officer"].packaged(export_id)
            self._seen[owner] = self._callers[owner].get(export_id)
        return self._seen[owner]

    def _post(self, fault: str, owner: str = "officer") -> str:
        caller = self._callers[owner]
        subject = caller.new_user()
        if fault == "quick":
            caller.quick(subject)
        else:
            caller.fault("submit", fault, subject)
        received = datetime.now(UTC).replace(microsecond=0) - timedelta(days=3)
        request = {"reference": "DSR-2026-0042", "receivedDateTime": received.isoformat()}
        return str(caller.post(subject, **request)["id"])

    def _ended(self, owner: str, export_id: str) -> dict[str, Any]:
        export = self._callers[owner].ended(export_id)
        assert export["status"] == "Succeeded"
        return export


@pytest.fixture(scope="module")
def officer(visitors_of_module: Visitors) -> Caller:
    """The person who may start, see, change and download, as a caller of the API."""
    return visitors_of_module.caller("officer")


@pytest.fixture(scope="module")
def submitter(visitors_of_module: Visitors) -> Caller:
    return visitors_of_module.caller("submitter")


@pytest.fixture(scope="module")
def exports(officer: Caller, submitter: Caller) -> Exports:
    return Exports(officer, submitter)


def opened(signed_in: SignedIn, role: str, export: Mapping[str, Any], **options: Any) -> Page:
    """The page of an export, once it shows its trail."""
    page = signed_in(role, f"/exports/{export['id']}", **options)
    expect(page.get_by_role("heading", level=1)).to_contain_text(export["reference"])
    return page


def begin(page: Page, action: str) -> Locator:
    """Opens the dialog of an action."""
    page.get_by_role("main").get_by_role("button", name=action, exact=True).first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading", name=action)).to_be_visible()
    return dialog


def send(dialog: Locator, action: str) -> None:
    """Sends the form, and waits until the dialog has closed."""
    dialog.get_by_role("button", name=action, exact=True).click()
    expect(dialog).to_be_hidden()


def offered(page: Page) -> set[str]:
    """The names of the buttons that change something or give out data."""
    names = page.get_by_role("main").get_by_role("button").all_text_contents()
    return set(names) & (ACTIONS | PACKAGES)


def calls(page: Page, method: str, path: str) -> list[Request]:
    """The calls of the API that the page makes from now on."""
    made: list[Request] = []
    page.on("request", lambda each: made.append(each) if each.method == method and path in each.url else None)
    return made


def events(caller: Caller, export: Mapping[str, Any], kind: str) -> list[dict[str, Any]]:
    found = caller.call("GET", f"exports/{export['id']}/events").json()["value"]
    return [event for event in found if event["type"] == kind]


def test_a_package_is_made_once_and_downloaded_with_the_right_hash(
    signed_in: SignedIn, exports: Exports, officer: Caller, stack: Stack, tmp_path: Path
) -> None:
    export = exports.succeeded()
    page = opened(signed_in, "officer", export)
    made = calls(page, "POST", "/package")
    page.get_by_role("combobox", name="Language").last.select_option("fr")

    page.get_by_role("button", name="Make package").dblclick()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download personal-data").click()
    expect(page.get_by_role("main")).to_contain_text("Download link created")  # in the trail

    saved = tmp_path / "package.zip"
    download.value.save_as(saved)
    assert len(made) == 1
    (package,) = officer.get(export["id"])["packages"]
    assert (package["language"], package["status"]) == ("fr", "Ready")
    assert download.value.suggested_filename == package["files"][0]["name"]
    assert saved.stat().st_size == package["files"][0]["size"]
    with zipfile.ZipFile(saved) as unpacked:
        assert unpacked.testzip() is None
        assert hashlib.sha256(unpacked.read("SHA256SUMS")).hexdigest() == package["sha256SumsSha256"]
    assert page.url == f"{stack.console}/exports/{export['id']}"


def test_a_link_is_shown_once_and_kept_nowhere(
    signed_in: SignedIn, exports: Exports, officer: Caller, stack: Stack
) -> None:
    export = exports.succeeded()
    officer.packaged(export["id"])
    page = opened(signed_in, "officer", export, permissions=["clipboard-read", "clipboard-write"])
    messages: list[str] = []
    page.on("console", lambda message: messages.append(message.text))
    dialog = begin(page, "Get link")
    dialog.get_by_role("combobox", name="Valid for").select_option("60")

    dialog.get_by_role("button", name="Get link").click()
    dialog.get_by_role("button", name="Copy personal-data").click()
    link = str(page.evaluate("navigator.clipboard.readText()"))

    assert dialog.locator("code").text_content() == link
    expect(dialog).to_contain_text("Anyone who has the link can read the data")
    expires = datetime.fromisoformat(str(dialog.locator("time").get_attribute("datetime")))
    assert timedelta(minutes=58) < expires - datetime.now(UTC) <= timedelta(minutes=61)
    answer = httpx.get(link, verify=ssl.create_default_context(cafile=stack.azurite.ca_bundle))
    assert (answer.status_code, answer.content[:2]) == (200, b"PK")
    stored = page.evaluate("JSON.stringify([localStorage, sessionStorage, history.state, performance.getEntries()])")
    assert "sig=" in link
    assert "sig=" not in "".join([stored, page.url, *messages])

    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_be_hidden()
    assert "sig=" not in page.content()
    assert len(events(officer, export, "LinkCreated")) == 1


def test_a_hand_over_is_typed_in_the_readers_zone_and_sent_in_utc(
    signed_in: SignedIn, exports: Exports, officer: Caller
) -> None:
    export = exports.succeeded()
    received = datetime.fromisoformat(export["receivedDateTime"])
    page = opened(signed_in, "officer", export, timezone_id="Asia/Tokyo", locale="de-DE")
    answered = (received + timedelta(days=1)).replace(second=0, microsecond=0)

    dialog = begin(page, "Übergabe festhalten")
    expect(dialog).to_contain_text("Japanische Normalzeit")
    time = dialog.get_by_label("Wann die Person")
    time.fill((received + timedelta(hours=8)).strftime("%Y-%m-%dT%H:%M"))  # in Tokyo that is before the request
    expect(dialog.get_by_role("button", name="Übergabe festhalten")).to_be_disabled()
    time.fill((answered + timedelta(hours=9)).strftime("%Y-%m-%dT%H:%M"))
    dialog.get_by_label("Wie").select_option("inPerson")
    send(dialog, "Übergabe festhalten")

    expect(page.get_by_role("button", name="Übergabe festhalten")).to_have_count(0)
    found = officer.get(export["id"])
    assert datetime.fromisoformat(found["handedOverDateTime"]) == answered
    assert found["handoverMethod"] == "inPerson"


def test_a_hand_over_in_the_minute_of_the_request_is_taken(
    signed_in: SignedIn, exports: Exports, officer: Caller
) -> None:
    export = exports.succeeded()
    page = opened(signed_in, "officer", export)
    dialog = begin(page, "Record hand-over")
    received = datetime.fromisoformat(export["receivedDateTime"])
    dialog.get_by_label("When the person").fill(f"{received:%Y-%m-%dT%H:%M}")

    send(dialog, "Record hand-over")

    assert officer.get(export["id"])["handedOverDateTime"] == export["receivedDateTime"]


def test_a_hold_is_placed_once_however_often_it_is_sent_then_changed_and_lifted(
    signed_in: SignedIn, exports: Exports, officer: Caller
) -> None:
    export = exports.succeeded()
    page = opened(signed_in, "officer", export)
    expect(page.get_by_role("button", name="Erase data")).to_be_visible()

    dialog = begin(page, "Place hold")
    expect(dialog.get_by_role("button", name="Place hold")).to_be_disabled()
    dialog.get_by_label("Reason").fill("Case 12\nO 345/26")
    sent = calls(page, "PUT", "/hold")
    dialog.locator("form").evaluate("form => { form.requestSubmit(); form.requestSubmit(); }")
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("button", name="Erase data")).to_have_count(0)
    assert len(sent) == 1
    assert officer.get(export["id"])["hold"]["reason"] == "Case 12 O 345/26"

    dialog = begin(page, "Change hold")
    dialog.get_by_label("Reason").fill("Case 13")
    send(dialog, "Change hold")
    assert officer.get(export["id"])["hold"]["reason"] == "Case 13"

    send(begin(page, "Lift hold"), "Lift hold")
    expect(page.get_by_role("button", name="Place hold")).to_be_visible()
    assert officer.get(export["id"])["hold"] is None


def test_the_clock_is_extended_paused_and_resumed(signed_in: SignedIn, exports: Exports, officer: Caller) -> None:
    export = exports.running()
    page = opened(signed_in, "officer", export, timezone_id="America/New_York")
    due = datetime.fromisoformat(export["dueDateTime"]).replace(second=0)
    later = (due + timedelta(days=60)).replace(hour=17)

    dialog = begin(page, "Extend deadline")
    expect(dialog.get_by_role("button", name="Extend deadline")).to_be_disabled()
    dialog.get_by_label("New deadline").fill((later - timedelta(hours=5)).strftime("%Y-%m-%dT%H:%M"))
    dialog.get_by_label("Reason").fill("Complex request")
    # Whether it is winter there then, the dialog says.
    zone = str(dialog.locator(".hint").first.text_content())
    send(dialog, "Extend deadline")
    expected = later - timedelta(hours=1) if "Daylight" in zone else later
    assert datetime.fromisoformat(officer.get(export["id"])["dueDateTime"]) == expected

    dialog = begin(page, "Pause clock")
    dialog.get_by_label("Reason").fill("We have asked what is meant")
    send(dialog, "Pause clock")
    expect(page.get_by_role("button", name="Extend deadline")).to_have_count(0)
    assert officer.get(export["id"])["pausedDateTime"]

    send(begin(page, "Resume clock"), "Resume clock")
    expect(page.get_by_role("button", name="Extend deadline")).to_be_visible()
    assert officer.get(export["id"])["pausedDateTime"] is None
    reasons = [events(officer, export, kind)[0]["detail"]["reason"] for kind in ("DeadlineExtended", "ClockPaused")]
    assert reasons == ["Complex request", "We have asked what is meant"]


def test_an_export_is_canceled_and_retried(signed_in: SignedIn, exports: Exports, officer: Caller) -> None:
    export = exports.running()
    page = opened(signed_in, "officer", export)

    send(begin(page, "Cancel export"), "Cancel export")
    expect(page.get_by_role("button", name="Retry export")).to_be_visible()
    assert officer.get(export["id"])["status"] == "Canceled"

    send(begin(page, "Retry export"), "Retry export")
    expect(page.get_by_role("button", name="Cancel export")).to_be_visible()
    assert len(events(officer, export, "Retried")) == 1
    officer.call("POST", f"exports/{export['id']}/cancel")


def test_a_command_that_goes_on_is_followed_no_sooner_than_the_api_allows(
    signed_in: SignedIn, exports: Exports
) -> None:
    export = exports.running()
    page = opened(signed_in, "officer", export)
    answered: list[datetime] = []

    def answer_late(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, headers={**answer.headers, "retry-after": "600"})

    def accept(route: Route) -> None:
        answer = route.fetch()
        answered.append(datetime.now(UTC))
        route.fulfill(response=answer, status=202, headers={**answer.headers, "retry-after": "3"})

    # Otherwise the page could see the command under way before it hears how long to wait.
    page.route(re.compile(f"/api/exports/{export['id']}$"), answer_late)
    page.reload()
    page.route("**/cancel", accept, times=1)
    with page.expect_response("**/commands/cancel") as followed:
        send(begin(page, "Cancel export"), "Cancel export")
        expect(page.get_by_text("The export is being canceled…")).to_be_visible()

    started = datetime.fromtimestamp(followed.value.request.timing["startTime"] / 1000, UTC)
    assert started - answered[0] >= timedelta(seconds=3)
    expect(page.get_by_text("The export is being canceled…")).to_have_count(0)


def test_who_cancels_too_late_is_told_so(signed_in: SignedIn, exports: Exports, officer: Caller) -> None:
    export = exports.running()
    page = opened(signed_in, "officer", export)
    dialog = begin(page, "Cancel export")
    ended = {**exports.shared("officer"), "id": export["id"]}
    page.route("**/cancel", lambda route: route.fulfill(json=ended))

    send(dialog, "Cancel export")

    expect(page.get_by_text("The export had ended before it could be canceled.")).to_be_visible()
    officer.call("POST", f"exports/{export['id']}/cancel")


@pytest.mark.parametrize("reference", ["DSR-2026-0044", None])
def test_data_is_erased_by_who_types_the_reference(signed_in: SignedIn, officer: Caller, reference: str | None) -> None:
    more = {"reference": reference} if reference else {}
    export = officer.ended(officer.post(officer.quick(officer.new_user()), **more)["id"])
    page = signed_in("officer", f"/exports/{export['id']}")
    sent = calls(page, "DELETE", "/data")
    wanted = reference or export["id"].split("-")[0]
    dialog = begin(page, "Erase data")
    field = dialog.get_by_label(f"Type {wanted} to confirm")
    erase = dialog.get_by_role("button", name="Erase data")

    expect(field).to_be_focused()
    for wrong in ("", wanted[:-1], wanted[:-1] + "?"):
        field.fill(wrong)
        expect(erase).to_be_disabled()
        field.press("Enter")
    erase.evaluate("button => { button.disabled = false; button.click(); }")
    assert sent == []

    field.fill(wanted)
    field.press("Enter")
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("button", name="Make package")).to_have_count(0)
    assert len(sent) == 1
    assert officer.get(export["id"])["erasedDateTime"]


def hand_over(caller: Caller, export: Mapping[str, Any]) -> None:
    caller.call("POST", f"exports/{export['id']}/handover", json={"method": "post"})


def place_hold(caller: Caller, export: Mapping[str, Any]) -> None:
    caller.call("PUT", f"exports/{export['id']}/hold", json={"reason": "Case 12"})


def erase(caller: Caller, export: Mapping[str, Any]) -> None:
    caller.call("DELETE", f"exports/{export['id']}/data")


@pytest.mark.parametrize(
    ("action", "meanwhile", "said", "then"),
    [
        ("Record hand-over", hand_over, "A hand-over is recorded already", "Place hold"),
        ("Erase data", place_hold, "A hold keeps the data; lift it first", "Lift hold"),
        ("Place hold", erase, "The data has been erased", "Record hand-over"),
    ],
)
def test_what_somebody_else_did_meanwhile_is_explained_and_shown(
    signed_in: SignedIn,
    exports: Exports,
    caller: Caller,
    action: str,
    meanwhile: Callable[[Caller, Mapping[str, Any]], None],
    said: str,
    then: str,
) -> None:
    export = exports.succeeded()
    page = opened(signed_in, "officer", export, expected_errors=["status of 409"])
    dialog = begin(page, action)
    if action == "Place hold":
        dialog.get_by_label("Reason").fill("Case 13")
    if action == "Erase data":
        dialog.get_by_label("Type").fill(export["reference"])
    if action == "Record hand-over":
        dialog.get_by_label("How").select_option("link")

    meanwhile(caller, export)
    dialog.get_by_role("button", name=action).click()

    expect(dialog.get_by_role("alert")).to_contain_text(said)
    expect(dialog).to_contain_text("The export has changed meanwhile.")
    expect(dialog.get_by_role("button", name=action)).to_be_disabled()
    dialog.get_by_role("button", name="Close").click()
    assert action not in offered(page)
    assert then in offered(page)


def test_a_package_that_was_erased_meanwhile_is_shown_no_more(
    signed_in: SignedIn, exports: Exports, officer: Caller
) -> None:
    export = exports.succeeded()
    officer.packaged(export["id"])
    page = opened(signed_in, "officer", export, expected_errors=["status of 409"])
    expect(page.get_by_role("button", name="Get link")).to_be_visible()
    erase(officer, export)

    page.get_by_role("button", name="Download personal-data").click()

    expect(page.get_by_role("heading", name="Package for the person")).to_have_count(0)
    expect(page.get_by_text("Data erased").first).to_be_visible()


def test_a_paused_clock_is_explained(signed_in: SignedIn, exports: Exports, officer: Caller, caller: Caller) -> None:
    export = exports.running()
    page = opened(signed_in, "officer", export, expected_errors=["status of 409"])
    dialog = begin(page, "Extend deadline")
    dialog.get_by_label("New deadline").fill("2199-01-01T09:00")
    dialog.get_by_label("Reason").fill("Complex request")

    def come_second(route: Route) -> None:
        pause = {"action": "pause", "reason": "We have asked"}
        assert caller.call("POST", f"exports/{export['id']}/deadline", json=pause).status_code == 200
        route.continue_()

    # Not before: the page watches the export, and would see the pause.
    page.route("**/deadline", come_second, times=1)
    dialog.get_by_role("button", name="Extend deadline").click()

    expect(dialog.get_by_role("alert")).to_contain_text("The clock is paused; resume it first")
    dialog.get_by_role("button", name="Close").click()
    expect(page.get_by_role("button", name="Resume clock")).to_be_visible()
    officer.call("POST", f"exports/{export['id']}/cancel")


def test_after_a_failure_the_form_is_as_it_was_and_can_be_sent_again(
    signed_in: SignedIn, exports: Exports, officer: Caller
) -> None:
    export = exports.succeeded()
    page = opened(signed_in, "officer", export, expected_errors=["status of 503", "ERR_FAILED"])
    dialog = begin(page, "Place hold")
    dialog.get_by_label("Reason").fill("Case 12")
    busy = json.dumps({"error": {"code": "Busy", "message": "Call again.", "target": None, "details": []}})
    page.route("**/hold", lambda route: route.fulfill(status=503, headers={"Retry-After": "1"}, body=busy), times=1)

    dialog.get_by_role("button", name="Place hold").click()
    expect(dialog.get_by_role("alert")).to_contain_text("Something else is changing this at the moment; try again")
    expect(dialog.get_by_role("button", name="Try again in 1 second")).to_be_disabled()
    page.route("**/hold", lambda route: route.abort(), times=1)
    dialog.get_by_role("button", name="Place hold").click()
    expect(dialog.get_by_role("alert")).to_contain_text("be reached")

    send(dialog, "Place hold")
    assert officer.get(export["id"])["hold"]["reason"] == "Case 12"


def test_what_was_typed_outlives_a_reload_but_for_the_confirmation(signed_in: SignedIn, exports: Exports) -> None:
    export = exports.shared("officer")
    page = opened(signed_in, "officer", export)
    begin(page, "Place hold").get_by_label("Reason").fill("Case 12")
    page.reload()
    expect(page.get_by_role("dialog").get_by_label("Reason")).to_have_value("Case 12")
    page.get_by_role("dialog").get_by_role("button", name="Close").click()

    begin(page, "Erase data").get_by_label("Type").fill(export["reference"])
    page.reload()
    expect(page.get_by_role("button", name="Erase data")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)


@pytest.mark.parametrize(
    ("role", "owner", "expected"),
    [
        ("officer", "officer", {"Record hand-over", "Place hold", "Erase data", *PACKAGES}),
        ("officer", "submitter", PACKAGES),
        ("submitter", "submitter", {"Record hand-over", "Place hold", "Erase data"}),
        ("administrator", "submitter", {"Record hand-over", "Place hold", "Erase data"}),
        ("reader", "submitter", set()),
    ],
)
def test_each_role_sees_what_it_may_do(
    signed_in: SignedIn, exports: Exports, role: str, owner: str, expected: set[str]
) -> None:
    page = opened(signed_in, role, exports.shared(owner))

    expect(page.get_by_role("heading", name="Package for the person")).to_be_visible()
    assert offered(page) == expected
    assert page.get_by_text("The app role Exports.Download is required").count() == (0 if role == "officer" else 1)


def test_a_forged_click_is_refused_by_the_api(
    signed_in: SignedIn, visitors: Visitors, exports: Exports, submitter: Caller
) -> None:
    export = exports.shared("submitter")
    page = signed_in("reader", expected_errors=["status of 403"])
    roles = ["Exports.Read", "Exports.Admin", "Exports.Download"]
    page.route("**/api/me", lambda route: route.fulfill(json={**route.fetch().json(), "roles": roles}))
    page.goto(f"{visitors.stack.console}/exports/{export['id']}")
    before = submitter.get(export["id"])

    for action in ("Record hand-over", "Erase data"):
        dialog = begin(page, action)
        if action == "Erase data":
            dialog.get_by_label("Type").fill(export["reference"])
        dialog.get_by_role("button", name=action).click()
        expect(dialog.get_by_role("alert")).to_contain_text("have permission to do this")
        dialog.get_by_role("button", name="Close").click()
    page.get_by_role("button", name="Make package").click()
    expect(page.get_by_role("alert")).to_contain_text("have permission to do this")
    assert submitter.get(export["id"]) == before


REASON = {"reason": "Case 12"}
FORGED = [
    ("POST", "cancel", None),
    ("POST", "retry", None),
    ("POST", "deadline", {"action": "extend", "dueDateTime": "2199-01-01T09:00:00Z", **REASON}),
    ("POST", "deadline", {"action": "pause", **REASON}),
    ("POST", "deadline", {"action": "resume"}),
    ("POST", "handover", {}),
    ("PUT", "hold", REASON),
    ("DELETE", "hold", None),
    ("DELETE", "data", None),
    ("POST", "package", {"language": "en"}),
    ("POST", "links", {"package": "en"}),
]


def test_calls_made_from_the_page_with_its_token_are_refused(
    signed_in: SignedIn, exports: Exports, submitter: Caller
) -> None:
    export = exports.shared("submitter")
    page = opened(signed_in, "reader", export, expected_errors=["status of 403"])
    before = submitter.get(export["id"])

    with page.expect_request("**/events*") as own_call:
        page.reload()
    statuses = page.evaluate(
        """async ({ url, authorization, calls }) => {
          const headers = { Authorization: authorization, "Content-Type": "application/json" };
          const statusOf = async ([method, path, body]) =>
            (await fetch(`${url}/${path}`, { method, headers, body: body && JSON.stringify(body) })).status;
          return { allowed: await statusOf(["GET", "events", null]), forged: await Promise.all(calls.map(statusOf)) };
        }""",
        {
            "url": f"{submitter.stack.api}/exports/{export['id']}",
            "authorization": own_call.value.headers["authorization"],
            "calls": FORGED,
        },
    )

    assert statuses == {"allowed": 200, "forged": [403] * len(FORGED)}
    assert submitter.get(export["id"]) == before


def test_the_focus_stays_where_somebody_works(signed_in: SignedIn, exports: Exports, officer: Caller) -> None:
    export = exports.succeeded()
    for language in ("de", "fr", "es"):
        officer.packaged(export["id"], language)
    page = opened(signed_in, "officer", export)

    page.get_by_role("button", name="Make package").press("Enter")
    expect(page.locator("progress, .zips").nth(3)).to_be_visible()
    expect(page.get_by_role("button", name="Make package")).to_have_count(0)
    expect(page.get_by_role("region", name="Package for the person")).to_be_focused()

    download = page.get_by_role("button", name="Download personal-data").first
    with page.expect_download(), page.expect_response(lambda answer: answer.url.endswith("/events")):
        download.press("Enter")
    expect(download).to_be_focused()

    dialog = begin(page, "Get link")
    dialog.get_by_role("button", name="Get link").press("Enter")
    expect(dialog.get_by_role("status")).to_be_visible()
    expect(dialog).to_be_focused()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_dialogs_are_accessible_and_fit(signed_in: SignedIn, exports: Exports, scheme: str, width: int) -> None:
    shown: Any = {"color_scheme": scheme, "viewport": {"width": width, "height": 700}}
    page = opened(signed_in, "officer", exports.shared("officer"), bypass_csp=True, **shown)

    for action in ("Record hand-over", "Place hold", "Erase data", "Get link"):
        dialog = begin(page, action)
        assert accessibility_faults(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.keyboard.press("Escape")
        expect(dialog).to_be_hidden()
        expect(page.get_by_role("main").get_by_role("button", name=action)).to_be_focused()
