"""How each language writes numbers, sizes, times and plurals."""

from datetime import UTC, datetime

import pytest

from shared.exports.handover_texts.language_formats import LanguageFormats
from shared.exports.handover_texts.package_texts import Counted
from shared.exports.handover_texts.text_catalogue import texts_in
from shared.exports.states_and_codes import PackageLanguage

MOMENT = datetime(2026, 3, 9, 7, 5, 59, tzinfo=UTC)


def formats(language: str) -> LanguageFormats:
    return texts_in(PackageLanguage(language)).formats


@pytest.mark.parametrize(
    ("language", "number", "written"),
    [
        ("en", 0, "0"),
        ("en", 999, "999"),
        ("en", 1_234, "1,234"),
        ("en", 1_234_567, "1,234,567"),
        ("de", 1_234, "1.234"),
        ("fr", 1_234_567, "1\u202f234\u202f567"),
        ("es", 1_234, "1234"),
        ("es", 12_345, "12.345"),
    ],
)
def test_a_number_has_its_digits_in_groups(language: str, number: int, written: str) -> None:
    assert formats(language).number(number) == written


@pytest.mark.parametrize(
    ("language", "size", "written"),
    [
        ("en", 0, "0\xa0bytes"),
        ("en", 1, "1\xa0byte"),
        ("en", 999, "999\xa0bytes"),
        ("en", 1_000, "1.0\xa0kB"),
        ("en", 1_049, "1.0\xa0kB"),
        ("en", 1_050, "1.1\xa0kB"),
        ("en", 999_949, "999.9\xa0kB"),
        ("en", 999_950, "1.0\xa0MB"),
        ("en", 17_300_000_000, "17.3\xa0GB"),
        ("en", 2_000_000_000_000, "2.0\xa0TB"),
        ("en", 10**15, "1.0\xa0PB"),
        ("en", 1_234 * 10**15, "1,234.0\xa0PB"),
        ("de", 1, "1\xa0Byte"),
        ("de", 512, "512\xa0Byte"),
        ("de", 1_500_000, "1,5\xa0MB"),
        ("fr", 0, "0\xa0octet"),
        ("fr", 2, "2\xa0octets"),
        ("fr", 1_500, "1,5\xa0ko"),
        ("es", 1_500, "1,5\xa0kB"),
    ],
)
def test_a_size_has_one_decimal_in_the_unit_that_fits(language: str, size: int, written: str) -> None:
    assert formats(language).size(size) == written


def test_an_exact_size_is_not_rounded() -> None:
    assert formats("fr").exact_size(1_234_567) == "1\u202f234\u202f567\xa0octets"


@pytest.mark.parametrize(
    ("language", "long", "short"),
    [
        ("en", "9 March 2026, 07:05 UTC", "9 Mar 2026, 07:05"),
        ("de", "9. März 2026, 07:05 UTC", "09.03.2026, 07:05"),
        ("fr", "9 mars 2026 à 07:05 UTC", "09/03/2026 07:05"),
        ("es", "9 de marzo de 2026, 07:05 UTC", "09/03/2026, 07:05"),
    ],
)
def test_a_time_is_in_utc(language: str, long: str, short: str) -> None:
    assert formats(language).long(MOMENT) == long
    assert formats(language).short(MOMENT) == short


def test_the_first_of_a_month_is_an_ordinal_number_in_french() -> None:
    first = MOMENT.replace(day=1)
    assert formats("fr").long(first).startswith("1er mars")
    assert formats("de").long(first).startswith("1. März")


@pytest.mark.parametrize(
    ("language", "forms"),
    [
        ("en", {0: "files", 1: "file", 2: "files", 10**6: "files"}),
        ("de", {0: "files", 1: "file", 2: "files", 10**6: "files"}),
        ("fr", {0: "file", 1: "file", 2: "files", 10**6: "of files", 10**6 + 1: "files"}),
        ("es", {0: "files", 1: "file", 2: "files", 2 * 10**6: "of files"}),
    ],
)
def test_a_plural_follows_the_rules_of_its_language(language: str, forms: dict[int, str]) -> None:
    many = "of files" if language in {"fr", "es"} else None
    texts = Counted(one="file", other="files", many=many)
    assert {count: formats(language).counted(texts, count) for count in forms} == forms
