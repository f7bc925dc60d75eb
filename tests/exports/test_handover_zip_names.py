"""Paths in a zip: each is one that every system takes, and no two are the same to any."""

import tracemalloc
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.exports.handover_zip_names import DOCUMENT_NAMES, NamePlan, safe_path, zip_path
from tests.strict_zip import NotStrictError, check_paths

NASTY = [
    "a", "A", "b", "ß", "SS", "é", "e\u0301", "\u0131", "İ", "\u212a", "k", "日", "😀",
    "\u200d", "\u200c", "\u202e", "\x00", "\n", "\x7f",
    "\ud800", "\ufffe", " ", ".", "..", "/", "\\", ":", "*", "CON", "nul", "com¹", "$", "~1", "{1}", "{", "}", "1",
    "__MACOSX", "__macosx/", ".txt", *DOCUMENT_NAMES, "INDEX.HTML/",
]  # fmt: skip
NAMES = st.one_of(
    st.lists(st.sampled_from(NASTY), max_size=6).map("".join),
    st.text(st.characters(), max_size=40),
    st.builds(lambda part, times, end: part * times + end, st.sampled_from(NASTY), st.integers(0, 300), st.text()),
)


@given(NAMES)
@example("x" * 116 + ".{1}ab")
@example("CON" + " " * 130 + "x")
@example("CON." + "x" * 112 + "{1}x")
@example("a" * 100 + "/" + "b" * 100 + "/" + "c" * 100)
@example("." * 200 + "x")
def test_a_path_is_one_that_every_system_takes_and_stays_as_it_is(name: str) -> None:
    path = safe_path(name)
    check_paths([path])
    assert safe_path(path) == path


@given(st.lists(NAMES, max_size=12))
@example(["a", "A", "a/b", "a {1}", "a {1}/c", "a {1\u200d}"])
@example(["e\u0301", "\xe9", "E\u0301"])
def test_no_two_files_have_one_path_nor_that_of_a_folder_or_a_document(names: list[str]) -> None:
    paths = zip_paths(names)
    check_paths([*DOCUMENT_NAMES, *paths])
    bitmap = plan_of(names)
    for number, (name, path) in enumerate(zip(names, paths, strict=True), 1):
        numbered = bool(bitmap[(number - 1) // 8] & 1 << (number - 1) % 8)
        assert (path != safe_path(name)) == numbered
        assert not numbered or f" {{{number}}}" in path


@pytest.mark.parametrize(
    "name",
    [
        "OneDrive/Documents/Letter to the bank.docx",
        "Fotos/Urlaub 🏖️/IMG_0001 (2).JPG",
        "音楽/曲.mp3",
        "\u0646\u0627\u0645\u0647\u200c\u0647\u0627.pdf",
        "e\u0301t\u00e9/na\u00efve.txt",
        ".gitignore",
        "a.tar.gz",
        "100% #1 'quoted' & [x] {draft} ~.txt",
        "console/comma.txt",
        "no suffix",
    ],
)
def test_a_name_that_every_system_takes_is_kept(name: str) -> None:
    assert safe_path(name) == name


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("../../etc/passwd", "etc/passwd"),
        ("/etc/passwd", "etc/passwd"),
        ("C:\\Windows\\x.dll", "C__Windows_x.dll"),
        ("\\\\server\\share", "__server_share"),
        ("a/./b//c", "a/b/c"),
        ("a/", "a/_"),
        ("", "_"),
        ("...", "_"),
        (" a /b. ", "a/b"),
        ("Q&A?: 10:30.txt", "Q&A__ 10_30.txt"),
        ("two\nlines", "two_lines"),
        ("photo\u202egpj.exe", "photo_gpj.exe"),
        ("half \ud83d", "half _"),
        ("nul", "_nul"),
        ("Aux.h/LPT¹ .txt", "_Aux.h/_LPT¹ .txt"),
        ("CONIN$", "_CONIN$"),
        ("LETTER~1.DOC", "LETTER_1.DOC"),
        ("git~1/config", "git_1/config"),
        ("draft {7}.txt", "draft (7).txt"),
        ("receipt.json/x", "receipt.json_/x"),
        ("sha256sums/x", "sha256sums_/x"),
        ("__MACOSX/._x", "__MACOSX_/._x"),
    ],
)
def test_what_a_system_would_refuse_or_misread_is_replaced(name: str, path: str) -> None:
    assert safe_path(name) == path


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("a" * 300 + ".docx", "a" * 115 + ".docx"),
        ("a" * 300, "a" * 120),
        ("a." + "b" * 300, "a." + "b" * 118),
        ("日" * 120 + ".txt", "日" * 78 + ".txt"),
        ("a" + "😀" * 80 + ".txt", "a" + "😀" * 57 + ".txt"),
        ("d" * 100 + "/" + "e" * 100 + "/name.txt", "d" * 100 + "/name.txt"),
        ("d" * 100 + "/" + "e" * 54 + "/n", "d" * 100 + "/" + "e" * 54 + "/n"),
        ("d" * 100 + "/" + "e" * 55 + "/n", "d" * 100 + "/n"),
        ("d" * 100 + "/" + "n" * 100, "n" * 100),
    ],
)
def test_what_is_too_long_for_windows_is_cut_before_the_suffix_or_moves_up(name: str, path: str) -> None:
    assert safe_path(name) == path


def test_of_the_files_with_one_path_the_first_keeps_it() -> None:
    names = ["a/report.docx", "a/Report.docx", "A/report.docx", "a/other.docx"]
    assert zip_paths(names) == ["a/report.docx", "a/Report {2}.docx", "A/report {3}.docx", "a/other.docx"]


def test_the_unicode_form_of_a_name_makes_no_other_path() -> None:
    names = [unicodedata.normalize(form, "Café/Straße.txt") for form in ("NFD", "NFC")] + ["CAFÉ/STRASSE.TXT"]
    assert zip_paths(names) == [names[0], "Café/Straße {2}.txt", "CAFÉ/STRASSE {3}.TXT"]


def test_letters_that_share_a_capital_make_no_other_path() -> None:
    assert zip_paths(["\u0131", "i", "I"]) == ["\u0131", "i {2}", "I {3}"]


def test_a_folder_keeps_its_name_and_the_file_of_that_name_gets_its_number() -> None:
    assert zip_paths(["a.b", "A.B/c/d", "x/y", "x/y/z"]) == ["a {1}.b", "A.B/c/d", "x/y {3}", "x/y/z"]


def test_a_document_keeps_its_name() -> None:
    assert zip_paths(["Index.HTML", "SHA256SUMS", "sub/index.html"]) == [
        "Index {1}.HTML",
        "SHA256SUMS {2}",
        "sub/index.html",
    ]


def test_a_number_fits_behind_the_longest_name() -> None:
    longest = "日" * 36 + "/" + "x" * 120 + ".longsuffix"
    names = ["other"] * 999 + [longest, longest.upper()]
    path = zip_path(1001, names[-1], plan_of(names))
    check_paths([path])
    assert path.endswith(" {1001}.LONGSUFFIX")


def test_lines_are_added_in_order() -> None:
    plan = NamePlan()
    plan.add(1, "a")
    with pytest.raises(ValueError, match="Line 2 is next, not 3"):
        plan.add(3, "b")


def test_a_plan_of_many_lines_takes_little_memory_and_finds_each_clash() -> None:
    count = 30_000
    tracemalloc.start()
    try:
        plan = NamePlan()
        for number in range(1, count + 1):
            plan.add(number, f"Documents/{number % (count - 10)}")
        bitmap = plan.finish()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 3 * 2**20
    assert len(bitmap) == count // 8
    clashes = [number for number in range(1, count + 1) if bitmap[(number - 1) // 8] & 1 << (number - 1) % 8]
    assert clashes == list(range(count - 9, count + 1))


def test_the_check_of_these_tests_sees_a_clash() -> None:
    with pytest.raises(NotStrictError):
        check_paths(["a", "A"])


def plan_of(names: list[str]) -> bytes:
    plan = NamePlan()
    for number, name in enumerate(names, 1):
        plan.add(number, name)
    return plan.finish()


def zip_paths(names: list[str]) -> list[str]:
    bitmap = plan_of(names)
    return [zip_path(number, name, bitmap) for number, name in enumerate(names, 1)]
