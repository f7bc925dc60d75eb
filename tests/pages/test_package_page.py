"""The page of a hand-over package in a browser: valid, accessible, harmless, and of use without scripts."""

import hashlib
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
import tree_sitter_pwsh
from playwright.sync_api import Browser, Page
from tree_sitter import Language, Parser

from shared.exports.handover_zip_documents import PackageFacts
from shared.exports.states_and_codes import PackageLanguage
from tests.exports.package_samples import HOSTILE, empty_facts, facts, full_facts, index_html, tally
from tests.pages.package_picture import PICTURE, source
from tests.pages.package_picture import page as page_of_the_picture
from tests.pages.page_checkers import accessibility_faults, html_faults

LANGUAGES = list(PackageLanguage)
NARROW, WIDE = 320, 1280
"""Widths in CSS pixels: the first is what WCAG 2.2 wants to be enough (1.4.10)."""


def written(folder: Path, given: PackageFacts, name: str = "index.html") -> str:
    """Writes a page and returns its URL."""
    (folder / name).write_bytes(index_html(given))
    return (folder / name).as_uri()


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages of a full and an empty package in each language."""
    folder = tmp_path_factory.mktemp("pages")
    for language in LANGUAGES:
        written(folder, full_facts(language), f"full-{language}.html")
        written(folder, empty_facts(language), f"empty-{language}.html")
    return folder


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    opened = browser.new_page()
    yield opened
    opened.close()


def test_the_html_is_valid(pages: Path) -> None:
    assert list(html_faults(pages)) == []


def test_the_validator_finds_faults(tmp_path: Path) -> None:
    good = index_html(facts()).decode()
    for name, (old, new) in {
        "close.html": ("</summary>", ""),
        "id.html": ('id="files-2"', 'id="files-1"'),
        "lang.html": (' lang="en"', ""),
        "escape.html": ("SignIns.json</a>", "<a>SignIns.json</a>"),
    }.items():
        assert old in good
        (tmp_path / name).write_text(good.replace(old, new, 1))
    assert {file for file, *_ in html_faults(tmp_path)} == {"close.html", "id.html", "lang.html", "escape.html"}


@pytest.mark.parametrize("width", [NARROW, WIDE])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_accessible(browser: Browser, pages: Path, width: int, scheme: Literal["light", "dark"]) -> None:
    with browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme) as context:
        page = context.new_page()
        for path in sorted(pages.iterdir()):
            page.goto(path.as_uri())
            assert accessibility_faults(page) == [], path.name


def test_the_check_of_accessibility_finds_faults(page: Page, tmp_path: Path) -> None:
    faulty = index_html(facts()).decode().replace("--muted: #55524f", "--muted: #bbb").replace(' lang="en"', "")
    # The policy would refuse a style that was changed.
    (tmp_path / "faulty.html").write_text(re.sub("<meta http-equiv[^>]+>", "", faulty))
    page.goto((tmp_path / "faulty.html").as_uri())
    found = {fault.partition(":")[0] for fault in accessibility_faults(page)}
    assert found == {"color-contrast", "html-has-lang"}


def test_it_needs_no_scrolling_sideways_on_a_narrow_screen(page: Page, pages: Path) -> None:
    page.set_viewport_size({"width": NARROW, "height": 800})
    for path in sorted(pages.iterdir()):
        page.goto(path.as_uri())
        page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        assert page.evaluate("document.documentElement.scrollWidth") == NARROW, path.name


def test_it_runs_nothing_and_loads_nothing(page: Page, pages: Path) -> None:
    requests, errors = [], []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: errors.append(message.text))
    url = (pages / "full-en.html").as_uri()
    page.goto(url)
    assert page.title() == "Your data from Microsoft 365"
    assert page.evaluate("document.scripts.length") == 0
    assert (requests, errors) == ([url], [])


def test_what_escaped_all_the_same_would_do_nothing(page: Page, tmp_path: Path) -> None:
    """The policy is the second wall: a script, an image or a form in the page has no effect."""
    attack = (
        "<script>document.title = 'run'</script><img src='x.png' alt='' onerror=\"document.title = 'run'\">"
        "<p style='color: red' id='styled'>a</p><style>body { display: none }</style>"
    )
    (tmp_path / "x.html").write_text(index_html(facts()).decode().replace("<main>", f"<main>{attack}"))
    page.goto((tmp_path / "x.html").as_uri(), wait_until="load")
    assert page.title() == "Your data from Microsoft 365"
    assert page.locator("#styled").evaluate("each => getComputedStyle(each).color") == "rgb(27, 26, 25)"
    assert page.locator("h1").is_visible()


def test_each_link_opens_its_file(page: Page, tmp_path: Path) -> None:
    names = [name for name in HOSTILE if "\\" not in name]
    for name in names:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("that one")
    url = written(tmp_path, facts(contents=tally(dict.fromkeys(names, 1)).contents()))
    for number, name in enumerate(names):
        page.goto(url)
        link = page.locator("table.files a").nth(number)
        target = link.evaluate("each => each.href")
        assert Path(page.evaluate("url => decodeURIComponent(new URL(url).pathname)", target)) == tmp_path / name


def test_a_link_of_the_summary_opens_the_list(page: Page, pages: Path) -> None:
    page.goto((pages / "full-en.html").as_uri())
    rows = page.locator("#files-3 tbody tr").first
    assert not rows.is_visible()
    page.get_by_role("link", name="OneDrive", exact=True).click()
    rows.wait_for(state="visible")


def test_lists_that_are_closed_are_printed(page: Page, pages: Path) -> None:
    page.goto((pages / "full-en.html").as_uri())
    row = page.locator("#files-3 tbody tr").first
    assert not row.is_visible()
    page.emulate_media(media="print")
    row.wait_for(state="visible")


def test_a_hidden_turn_of_direction_is_seen(page: Page, pages: Path) -> None:
    page.goto((pages / "full-en.html").as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    assert page.get_by_role("link", name="photoU+202Egpj.exe").is_visible()


def test_the_picture_in_the_docs_shows_this_page() -> None:
    assert source(PICTURE.read_bytes()) == hashlib.sha256(page_of_the_picture()).hexdigest(), (
        "Take it again: python -m tests.pages.package_picture"
    )


def commands() -> dict[str, str]:
    """The command for each system, as it stands on the page."""
    page = index_html(facts()).decode()
    found = re.findall(r"<h3>(\w+)[^<]*</h3>\n<pre><code>(.*?)</code></pre>", page)
    return {
        system: text.replace("&#x27;", "'").replace("&#x27;", "'").replace("&quot;", '"').replace("&gt;", ">")
        for system, text in found
    }


def test_there_is_a_command_for_each_system() -> None:
    assert list(commands()) == ["Windows", "macOS", "Linux"]


def test_the_powershell_is_powershell() -> None:
    tree = Parser(Language(tree_sitter_pwsh.language())).parse(commands()["Windows"].encode())
    assert not tree.root_node.has_error


@pytest.mark.parametrize("system", ["macOS", "Linux"])
def test_a_command_tells_what_was_changed_or_is_missing_and_nothing_else(system: str, tmp_path: Path) -> None:
    names = ["a b.txt", "Größe/ü.txt", "[1]/*.txt", "-x"]
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    sums = subprocess.run(["sha256sum", "--", *names], cwd=tmp_path, capture_output=True, check=True).stdout  # noqa: S603, S607
    (tmp_path / "SHA256SUMS").write_bytes(sums)

    def run() -> str:
        done = subprocess.run(["sh", "-c", commands()[system]], cwd=tmp_path, capture_output=True, check=False)  # noqa: S603, S607
        return done.stdout.decode()

    assert run() == ""
    (tmp_path / "Größe/ü.txt").write_text("changed")
    (tmp_path / "-x").unlink()
    assert {line.partition(":")[0] for line in run().splitlines()} == {"Größe/ü.txt", "-x"}
