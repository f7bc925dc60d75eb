"""The view of one export: watched to its end, its files downloaded, hostile names, and rare states."""

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import pytest
from azure.storage.blob import ContainerClient
from playwright.sync_api import Locator, Page, Request, Route, expect

from local.stack.local_stack import Stack
from tests.console.conftest import SignedIn
from tests.console.visitors import Visitors
from tests.e2e.caller import PATIENCE, Caller
from tests.local.waiting import eventually
from tests.pages.page_checkers import accessibility_faults

MARKUP = "<img src=x onerror=document.title=1>"
TURNED = "Rechnung\u202egpj.exe"
CONTENT = b"<script>document.title = 1</script>"
PAGE_SIZE = 1000
WINDOW = 100
MANY = 100_000
ENDS_MS = PATIENCE * 1000
SLOW_MS = 1000
"""Longer than anybody should wait for a key to have its effect; what is measured here takes a tenth of it."""
REASON = "Microsoft Graph throttles the app (429)."
OPEN = {"status": "Running", "completedDateTime": None, "files": None, "erasureDueDateTime": None}
TIME = "2026-11-25T10:00:00Z"


@pytest.fixture(scope="module")
def officer(visitors_of_module: Visitors) -> Caller:
    return visitors_of_module.caller("officer")


@pytest.fixture(scope="module")
def ended(officer: Caller, stack: Stack) -> dict[str, Any]:
    """An export that the officer requested, with files whose names are made to harm."""
    subject = officer.new_user()
    officer.fault("submit", "duration", subject, seconds=4.0)
    export_id = officer.post(subject, reference="DSR-2026-0042")["id"]
    assert eventually(lambda: officer.get(export_id)["stage"] == "Exporting")
    with ContainerClient.from_container_url(
        officer.get(export_id)["storage"]["container"],
        credential=stack.azurite.account_key,
        connection_verify=str(stack.azurite.ca_bundle),
    ) as container:
        for name in (f"OneDrive/{MARKUP}.html", f"OneDrive/{TURNED}", "__proto__/constructor/toString"):
            container.upload_blob(name, CONTENT)
    export = officer.ended(export_id)
    assert export["status"] == "Succeeded"
    return export


@dataclass
class Changed:
    """Shows an export in a state that takes long to reach: it changes what the API says of it."""

    page: Page
    export: dict[str, Any]
    changes: dict[str, Any]
    retry_after: int | None = None
    calls: int = 0
    statuses: Iterator[int] = field(default_factory=lambda: iter(()))

    def __post_init__(self) -> None:
        self.page.route(re.compile(rf"/api/exports/{self.export['id']}$"), self._answer)

    def _answer(self, route: Route) -> None:
        self.calls += 1
        headers = {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}
        status = next(self.statuses, 200)
        busy: dict[str, Any] = {
            "error": {"code": "StorageUnavailable", "message": "Away.", "target": None, "details": []}
        }
        route.fulfill(status=status, json=self.export | self.changes if status == 200 else busy, headers=headers)


def path_of(export: dict[str, Any]) -> str:
    return f"/exports/{export['id']}"


def section(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name)


def row(page: Page, name: str) -> Locator:
    return section(page, "Files").get_by_role("row").filter(has_text=name)


def open_folder(page: Page, name: str) -> None:
    section(page, "Files").get_by_role("button", name=name).click()


def test_an_export_is_watched_to_its_end_no_sooner_than_retry_after(officer: Caller, signed_in: SignedIn) -> None:
    export = officer.post(officer.quick(officer.new_user()))
    url = re.compile(rf"/api/exports/{export['id']}$")
    asked: list[tuple[float, str]] = []

    def note(request: Request) -> None:
        response = request.response()
        if url.search(request.url) and response:
            asked.append((request.timing["startTime"], response.headers.get("retry-after", "")))

    page = signed_in("officer")
    page.on("requestfinished", note)
    page.goto(page.url + path_of(export))

    expect(page.get_by_role("heading", level=1)).to_have_text(f"Export {export['id'][:8]}")
    expect(section(page, "Files")).to_contain_text("5 files", timeout=ENDS_MS)
    expect(page.locator(".page-heading")).to_contain_text("Ready")
    expect(section(page, "Progress").get_by_role("listitem").filter(has_text="Checked")).to_contain_text("(done)")
    expect(section(page, "Audit trail")).to_contain_text("Ended successfully")
    assert len(asked) > 1
    assert asked[-1][1] == ""
    for (at, retry_after), (again_at, _) in pairwise(asked):
        assert again_at - at >= int(retry_after) * 1000


def test_the_page_asks_when_it_is_due_and_not_while_it_is_hidden(ended: dict[str, Any], signed_in: SignedIn) -> None:
    page = signed_in("officer")
    changed = Changed(page, ended, OPEN | {"stage": "Exporting", "progress": 0.2}, retry_after=900)
    page.clock.install()
    page.goto(page.url + path_of(ended))
    expect(page.get_by_text("20%")).to_be_visible()
    show(page, "hidden")
    page.clock.run_for(1_000_000)
    changed.changes["progress"] = 0.5
    show(page, "visible")
    expect(page.get_by_text("50%")).to_be_visible()
    page.clock.run_for(600_000)
    assert changed.calls == 2
    changed.changes["progress"] = 0.7
    page.clock.run_for(300_000)
    expect(page.get_by_text("70%")).to_be_visible()
    assert changed.calls == 3


def show(page: Page, state: str) -> None:
    page.evaluate(
        """state => {
          Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
          document.dispatchEvent(new Event("visibilitychange"));
        }""",
        state,
    )


def test_a_failure_of_the_watch_is_shown_and_passes_by_itself(ended: dict[str, Any], signed_in: SignedIn) -> None:
    page = signed_in("officer", expected_errors=["status of 503"])
    changed = Changed(page, ended, OPEN | {"stage": "Exporting"}, retry_after=40)
    changed.statuses = iter([200, 503])
    page.clock.install()
    page.goto(page.url + path_of(ended))
    expect(page.get_by_text("Microsoft is collecting the data")).to_be_visible()
    page.clock.run_for(40_000)
    expect(page.get_by_role("alert")).to_contain_text("The service is busy or temporarily unavailable")
    expect(page.get_by_role("button", name=re.compile("^Try again in"))).to_be_disabled()
    expect(page.get_by_text("Microsoft is collecting the data")).to_be_visible()
    page.clock.run_for(40_000)
    expect(page.get_by_role("alert")).to_have_count(0)
    assert changed.calls == 3


def test_a_file_is_downloaded_with_the_hash_that_is_shown(
    ended: dict[str, Any], signed_in: SignedIn, tmp_path: Path
) -> None:
    page = signed_in("officer", path_of(ended))
    open_folder(page, "OneDrive")
    line = row(page, MARKUP)
    with page.expect_download() as download:
        line.get_by_role("button", name="Download").click()
    saved = tmp_path / "saved"
    download.value.save_as(saved)
    assert saved.read_bytes() == CONTENT
    expect(line).to_contain_text(hashlib.sha256(CONTENT).hexdigest())
    assert page.url.endswith(path_of(ended))
    made = section(page, "Audit trail").get_by_role("row").filter(has_text="Download link created")
    expect(made).to_contain_text("You")


def test_names_of_files_stay_text(ended: dict[str, Any], signed_in: SignedIn) -> None:
    page = signed_in("officer", path_of(ended))
    open_folder(page, "OneDrive")
    expect(row(page, MARKUP)).to_be_visible()
    expect(row(page, "Rechnung[U+202E]gpj.exe")).to_be_visible()
    page.get_by_label("Find files by name").fill("__proto__")
    expect(row(page, "__proto__/constructor/toString")).to_be_visible()
    expect(page.get_by_text("1 file found")).to_be_visible()
    assert page.locator("img").count() == 0
    assert page.title().startswith("DSR-2026-0042")


def test_folders_lead_down_and_back_up(ended: dict[str, Any], signed_in: SignedIn) -> None:
    page = signed_in("officer", path_of(ended))
    expect(row(page, "OneDrive")).to_contain_text("4 files")
    open_folder(page, "OneDrive")
    open_folder(page, "Content")
    open_folder(page, "Documents")
    section(page, "Files").get_by_role("button", name="Notes").press("Enter")
    expect(section(page, "Files").get_by_role("table", name="Notes")).to_be_focused()
    expect(row(page, "To do.txt")).to_be_visible()
    path = page.get_by_role("navigation", name="Folder")
    path.get_by_role("button", name="OneDrive").click()
    expect(row(page, "ActivityReports")).to_be_visible()
    path.get_by_role("button", name="All files").click()
    expect(row(page, "Windows")).to_be_visible()
    expect(path).to_have_count(0)


def pages_of_files(export_id: str) -> Callable[[Route], None]:
    """Answers with 100,000 files in 21 folders, 1,000 at a time."""
    names = (f"App {number % 20:02}/{number:06}.json" for number in range(MANY))
    rest = iter(sorted(names))
    hashes = [hashlib.sha256(bytes([number])).hexdigest() for number in range(7)]

    def answer(route: Route) -> None:
        match = re.search(r"continuationToken=(\d+)", route.request.url)
        after = int(match[1]) if match else 0
        files = [
            {
                "number": number,
                "name": name,
                "size": 1000,
                "md5": None,
                "sha256": hashes[number % 7],
                "lastModifiedDateTime": "2026-11-03T10:00:00Z",
            }
            for number, name in enumerate(islice(rest, PAGE_SIZE), after + 1)
        ]
        last = after + PAGE_SIZE
        url = f"https://elsewhere.example/api/exports/{export_id}/files?continuationToken={last}"
        route.fulfill(body=json.dumps({"value": files, **({"nextLink": url} if last < MANY else {})}))

    return answer


def test_a_hundred_thousand_files_stay_quick(ended: dict[str, Any], signed_in: SignedIn) -> None:
    page = signed_in("officer")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/files" in request.url else None)
    Changed(page, ended, {"files": {"count": MANY, "totalBytes": MANY * 1000, "manifestSha256": None}})
    page.route(re.compile(rf"/api/exports/{ended['id']}/files"), pages_of_files(ended["id"]))
    page.goto(page.url + path_of(ended))
    files = section(page, "Files")

    expect(files).to_contain_text("1,000 of 100,000 files are loaded")
    expect(row(page, "App 00")).to_contain_text("1,000+ files")
    assert len(asked) == 1

    open_folder(page, "App 00")
    for _ in range(PAGE_SIZE // WINDOW):
        files.get_by_role("button", name="Next").click()
    expect(files).to_contain_text("2,000 of 100,000 files are loaded")
    expect(files.get_by_role("status")).to_contain_text("1,100 of 2,000+")
    assert len(asked) == 2

    page.get_by_role("button", name="All files").click()
    files.get_by_role("button", name="Load all").click()
    expect(row(page, "App 19")).to_contain_text("5,000 files", timeout=ENDS_MS)
    expect(files.get_by_role("button", name="Load all")).to_have_count(0)
    assert files.get_by_role("row").count() == 1 + 20

    assert time_to_find(page, "099999") < SLOW_MS
    expect(row(page, "App 19/099999.json")).to_be_visible()
    assert time_to_find(page, "json") < SLOW_MS
    expect(files).to_contain_text("100,000 files found")
    assert files.get_by_role("row").count() == 1 + WINDOW


def time_to_find(page: Page, text: str) -> float:
    """Types a text, and measures how long it takes until the page shows what was found."""
    took: float = page.get_by_label("Find files by name").evaluate(
        """async (input, text) => {
          const start = performance.now();
          input.value = text;
          input.dispatchEvent(new Event("input", { bubbles: true }));
          await new Promise(done => requestAnimationFrame(() => setTimeout(done)));
          return performance.now() - start;
        }""",
        text,
    )
    return took


STATES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "queued": (
        {**OPEN, "status": "NotStarted", "stage": "Queued", "expectedSubmissionDateTime": TIME},
        ["Queued", "It is waiting for its turn", "Expected start: Nov 25, 2026, 10:00 AM UTC"],
    ),
    "backing off": (
        {**OPEN, "stage": "Submitting", "waitReason": REASON, "nextPollDateTime": TIME},
        [f"The last attempt failed: {REASON}", "Next attempt: Nov 25, 2026, 10:00 AM UTC"],
    ),
    "paused": ({**OPEN, "stage": "Exporting", "pausedDateTime": TIME}, ["Clock paused", "Paused since Nov 25, 2026"]),
    "on hold": (
        {"hold": {"placedBy": "functionKey", "placedDateTime": TIME, "reason": MARKUP}},
        ["On hold", f"A hold keeps the data: {MARKUP} · Function key · Nov 25, 2026"],
    ),
    "awaits hand-over": (
        {
            "awaitsHandover": True,
            "dueDateTime": "2020-01-01T10:00:00Z",
            "warnings": [{"code": "Overdue", "message": ""}],
        },
        ["Awaits hand-over", "days overdue", "Hand it over to the person", "Warning: The deadline has passed."],
    ),
    "erased": (
        {"erasedDateTime": TIME, "erasureDueDateTime": None},
        ["Data erased", "The data was erased: Nov 25, 2026", "Their number, size and hash stay."],
    ),
    "failed": (
        {
            "status": "Failed",
            "files": None,
            "error": {"code": "StorageLocationInvalid", "message": "Microsoft could not use the container."},
        },
        ["Failed", "Those who run the service have to look at this.", "Microsoft could not use the container."],
    ),
    "of a later version": (
        {**OPEN, "stage": "Resting", "warnings": [{"code": "Later", "message": "Of a later version."}]},
        ["In progress", "Later", "Of a later version."],
    ),
}


def test_each_state_reads_well(ended: dict[str, Any], signed_in: SignedIn) -> None:
    page = signed_in("officer", timezone_id="UTC")
    changed = Changed(page, ended, {})
    start = page.url
    for changes, texts in STATES.values():
        changed.changes = changes
        page.goto(start + path_of(ended))
        for text in texts:
            expect(page.get_by_role("main")).to_contain_text(text)
        expect(section(page, "Files").get_by_role("table")).to_have_count(
            0 if changes.get("erasedDateTime") or changes.get("files", 1) is None else 1
        )


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 320)])
def test_axe_finds_nothing(ended: dict[str, Any], signed_in: SignedIn, scheme: str, width: int) -> None:
    page = signed_in("officer", color_scheme=scheme, viewport={"width": width, "height": 900})
    changed = Changed(page, ended, {})
    start = page.url
    for state in ("awaits hand-over", "backing off", "failed"):
        changed.changes, _ = STATES[state]
        page.goto(start + path_of(ended))
        expect(section(page, "Other exports of this person").get_by_role("heading")).to_be_visible()
        expect(section(page, "Audit trail").get_by_role("row").nth(1)).to_be_visible()
        assert accessibility_faults(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_other_exports_of_the_person_are_a_click_away(
    ended: dict[str, Any], officer: Caller, signed_in: SignedIn
) -> None:
    other = officer.post(ended["subject"]["id"], reference=MARKUP)
    page = signed_in("officer", path_of(ended))
    section(page, "Other exports of this person").get_by_role("link", name=MARKUP).click()
    expect(page.get_by_role("heading", level=1, name=MARKUP)).to_be_focused()
    assert page.url.endswith(path_of(other))
    expect(section(page, "Other exports of this person")).to_contain_text("DSR-2026-0042")


def test_who_may_not_download_sees_hashes_alone(ended: dict[str, Any], signed_in: SignedIn) -> None:
    for role in ("reader", "administrator"):
        page = signed_in(role, path_of(ended))
        open_folder(page, "Microsoft Teams")
        expect(row(page, "Activity.csv")).to_be_visible()
        expect(page.get_by_role("button", name=re.compile("^Download"))).to_have_count(0)
        expect(section(page, "Details")).not_to_contain_text("You")


def test_an_export_that_one_may_not_see_is_not_found(ended: dict[str, Any], signed_in: SignedIn) -> None:
    page = signed_in("submitter", path_of(ended), expected_errors=["status of 404"])
    expect(page.get_by_role("alert")).to_contain_text("Not found")
    expect(page.get_by_role("alert")).to_contain_text("ExportNotFound")


def test_a_long_trail_has_pages_and_grows(ended: dict[str, Any], signed_in: SignedIn) -> None:
    page = signed_in("officer")
    count = PAGE_SIZE + 5

    def answer(route: Route) -> None:
        match = re.search(r"continuationToken=(\d+)", route.request.url)
        after = int(match[1]) if match else 0
        numbers = range(after + 1, min(after + PAGE_SIZE, count) + 1)
        events = [
            {
                "number": number,
                "type": "LinkCreated",
                "dateTime": TIME,
                "actor": "monitor",
                "detail": {"number": number},
            }
            for number in numbers
        ]
        more = {"nextLink": f"{route.request.url}?continuationToken={PAGE_SIZE}"} if count > after + PAGE_SIZE else {}
        route.fulfill(json={"value": events, **more})

    changed = Changed(page, ended, OPEN | {"stage": "Exporting", "trail": {"eventCount": count, "sha256": None}}, 1)
    page.route(re.compile(rf"/api/exports/{ended['id']}/events"), answer)
    page.goto(page.url + path_of(ended))
    trail = section(page, "Audit trail")
    expect(trail.get_by_role("row")).to_have_count(1 + WINDOW)
    expect(trail.get_by_role("status")).to_contain_text("100 of 1,000+")
    for _ in range(PAGE_SIZE // WINDOW):
        trail.get_by_role("button", name="Next").click()
    expect(trail.get_by_role("status")).to_contain_text("1,005 of 1,005")
    expect(trail.get_by_role("row")).to_have_count(1 + 5)

    count += 1
    changed.changes["trail"] = {"eventCount": count, "sha256": None}
    expect(trail.get_by_role("row").filter(has_text="number: 1006")).to_be_visible()
    expect(trail.get_by_role("row")).to_have_count(1 + 6)


def test_where_the_browser_forbids_copying_the_text_is_selected(ended: dict[str, Any], signed_in: SignedIn) -> None:
    page = signed_in("officer", f"/exports/{ended['id']}")
    refusal = "async () => { throw new DOMException('No', 'NotAllowedError'); }"
    page.evaluate(f"() => {{ navigator.clipboard.writeText = {refusal}; }}")

    page.get_by_role("button", name="Copy Export id").click()

    expect(page.get_by_text("The text is selected")).to_be_attached()
    assert page.evaluate("getSelection().toString()") == ended["id"]
