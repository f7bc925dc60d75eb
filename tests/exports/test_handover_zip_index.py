"""The page of a package as text; tests/pages looks at it in a browser."""

import base64
import hashlib
import re
import tracemalloc
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

import pytest

from shared.exports.handover_texts.text_catalogue import texts_in
from shared.exports.handover_zip_index import ALL_OPEN, index_pieces, link_to, shown
from shared.exports.states_and_codes import PackageLanguage, WarningCode
from tests.exports.package_samples import HOSTILE, empty_facts, facts, file, full_facts, index_html, tally

LANGUAGES = list(PackageLanguage)


class Elements(HTMLParser):
    """Collects the elements of a page with their attributes, and its text."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def values(self, tag: str, attribute: str) -> list[str]:
        return [
            str(attributes[attribute]) for name, attributes in self.found if name == tag and attribute in attributes
        ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_says_what_is_known(language: PackageLanguage) -> None:
    page = Elements(index_html(full_facts(language)))
    texts = texts_in(language)
    assert page.values("html", "lang") == [language]
    for text in (texts.title, texts.lead, texts.unpack_first, texts.no_data, texts.at_limit, texts.inside_lead):
        assert text in page.text
    for one in texts.elsewhere:
        assert all(data in page.text for data in one.data)
        assert one.source in page.text
    assert "DSR-2026-0042" in page.text
    assert "0b6f2c1e-8a55-5d6e-9a0e-3c2f7a41d9b0" in page.text
    assert re.findall(r"{\w*}", page.text) == ["{count}", "{0}"], "those of a name"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_without_files_has_no_list_of_them(language: PackageLanguage) -> None:
    page = Elements(index_html(empty_facts(language)))
    assert texts_in(language).no_data in page.text
    assert page.values("table", "class") == []
    assert texts_in(language).listing not in page.text
    assert texts_in(language).ask.partition("{")[0] in page.text


def test_warnings_that_are_not_given_are_not_told() -> None:
    page = Elements(index_html(facts()))
    texts = texts_in(PackageLanguage.ENGLISH)
    for text in (texts.no_data, texts.at_limit, "consists of", "No checksum", "renamed-files.json"):
        assert text not in page.text
    assert "SHA256SUMS" in page.text


def test_files_that_were_not_hashed_and_changed_names_are_counted() -> None:
    counted = tally({"a": 1})
    counted.add("b_", file("b:", sha256=None))
    page = Elements(index_html(facts(contents=counted.contents(), warnings=(WarningCode.FILES_NOT_HASHED,))))
    assert "No checksum could be computed for 1 file," in page.text
    assert "1 file has another name here" in page.text
    assert "b:b_" in page.text


def test_several_zips_are_to_be_unpacked_together() -> None:
    page = Elements(index_html(facts(parts=2)))
    assert "This package consists of 2 zip files. Unpack all of them into the same folder." in page.text


def test_a_total_is_given_in_bytes_where_it_was_rounded() -> None:
    assert "1.5\xa0kB (1,500\xa0bytes)" in Elements(index_html(facts(contents=tally({"a": 1_500}).contents()))).text
    assert "15\xa0bytes (" not in Elements(index_html(facts(contents=tally({"a": 15}).contents()))).text


def test_what_is_not_listed_is_counted() -> None:
    page = Elements(index_html(full_facts(PackageLanguage.ENGLISH)))
    assert page.text.count("1,000 more files are in this folder and not listed here.") == 6
    assert "Other folders12" in page.text


def test_a_product_without_a_listed_file_has_no_link() -> None:
    names = [f"{product}/{number:03}" for product in range(26) for number in range(200)]
    page = Elements(index_html(facts(contents=tally(dict.fromkeys(names, 1)).contents())))
    assert len(page.values("table", "id")) == 25
    assert [link for link in page.values("a", "href") if link.startswith("#")][-1] == "#files-25"


def test_few_files_are_shown_without_a_click() -> None:
    few = Elements(index_html(facts(contents=tally({f"a/{number}": 1 for number in range(ALL_OPEN)}).contents())))
    more = Elements(index_html(facts(contents=tally({f"a/{number}": 1 for number in range(ALL_OPEN + 1)}).contents())))
    assert few.values("details", "open") == ["None"]
    assert more.values("details", "open") == []


def test_every_link_is_relative_and_leads_to_its_file() -> None:
    page = Elements(index_html(full_facts(PackageLanguage.ENGLISH)))
    links = [link for link in page.values("a", "href") if not link.startswith("#")]
    assert all(link.startswith("./") and not urlsplit(link).query and not urlsplit(link).fragment for link in links)
    assert set(HOSTILE) <= {unquote(link.removeprefix("./")) for link in links}
    anchors = {link.removeprefix("#") for link in page.values("a", "href") if link.startswith("#")}
    assert anchors == set(page.values("table", "id"))


def test_no_name_becomes_an_element_or_an_attribute() -> None:
    usual = {(tag, *attributes) for tag, attributes in Elements(index_html(facts())).found}
    full = {(tag, *attributes) for tag, attributes in Elements(index_html(full_facts(PackageLanguage.ENGLISH))).found}
    assert full - usual == {("bdi",), ("code", "class"), ("details",), ("td",)}
    assert not {tag for tag, *_ in full} & {"script", "img", "iframe", "link", "object", "form", "b", "i"}


def test_the_policy_allows_its_own_style_and_nothing_else() -> None:
    page = index_html(facts()).decode()
    (style,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]+)"', page)
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert "style=" not in page
    assert not re.search(r"https?:|url\(|@import", page)


@pytest.mark.parametrize(
    ("name", "html"),
    [
        ("a/b c.txt", "a/<wbr>b c.txt"),
        ("<a href='x'>&\"", "&lt;a href=&#x27;x&#x27;&gt;&amp;&quot;"),
        ("a\u202eb", '<bdi>a<code class="mark">U+202E</code>b</bdi>'),
        ("a\nb", 'a<code class="mark">U+000A</code>b'),
        ("\ud800\uffff", '<bdi><code class="mark">U+D800</code><code class="mark">U+FFFF</code></bdi>'),
        ("\U0001fffe", '<bdi><code class="mark">U+1FFFE</code></bdi>'),
        ("x/שלום", "x/<wbr><bdi>שלום</bdi>"),
        ("\u0645\u06cc\u200c\u062e", "<bdi>\u0645\u06cc\u200c\u062e</bdi>"),
        ("a\u200b\ufeffb", '<bdi>a<code class="mark">U+200B</code><code class="mark">U+FEFF</code>b</bdi>'),
    ],
)
def test_a_name_is_shown_harmlessly(name: str, html: str) -> None:
    assert shown(name) == html


@pytest.mark.parametrize(
    ("path", "link"),
    [
        ("a/b c.txt", "./a/b%20c.txt"),
        ("javascript:alert(1)", "./javascript%3Aalert%281%29"),
        ("100% #?&'\"<>", "./100%25%20%23%3F%26%27%22%3C%3E"),
        ("ü", "./%C3%BC"),
        ("\ud800", "./%3F"),
    ],
)
def test_a_link_is_relative_and_encoded(path: str, link: str) -> None:
    assert link_to(path) == link


def test_the_same_facts_make_the_same_page() -> None:
    assert index_html(full_facts(PackageLanguage.SPANISH)) == index_html(full_facts(PackageLanguage.SPANISH))


def test_the_longest_page_has_a_few_megabytes_and_takes_less_memory() -> None:
    names = [f"{number % 90}/{number:06}{'<' * 900}" for number in range(6_000)]
    given = facts(contents=tally(dict.fromkeys(names, 1)).contents())
    tracemalloc.start()
    size = sum(map(len, index_pieces(given)))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert 3_000_000 < size < 4_000_000
    assert peak < size / 2
