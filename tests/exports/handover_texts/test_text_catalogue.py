"""The texts of all languages: whole, alike, and with the characters of their typography."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields

import pytest

from shared.exports.handover_texts.package_texts import Counted, Elsewhere, PackageTexts
from shared.exports.handover_texts.text_catalogue import texts_in
from shared.exports.states_and_codes import PackageLanguage

LANGUAGES = list(PackageLanguage)
NAMES = [field.name for field in fields(PackageTexts)]
COUNTED = {name for name in NAMES if isinstance(getattr(texts_in(PackageLanguage.ENGLISH), name), Counted)}


def texts(language: PackageLanguage) -> Iterator[tuple[str, str]]:
    """All texts of a language, each with the name of its field."""
    found = texts_in(language)
    for name in NAMES:
        match value := getattr(found, name):
            case str():
                yield name, value
            case Counted():
                yield from ((f"{name}.{form.name}", getattr(value, form.name)) for form in fields(Counted))
            case tuple():
                for number, one in enumerate(value):
                    assert isinstance(one, Elsewhere)
                    yield from ((f"{name}.{number}.data.{kind}", data) for kind, data in enumerate(one.data))
                    yield f"{name}.{number}.source", one.source


def placeholders(language: PackageLanguage) -> dict[str, Counter[str]]:
    return {name: Counter(re.findall(r"{\w*}", text or "")) for name, text in texts(language) if ".many" not in name}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_missing(language: PackageLanguage) -> None:
    has_many = language in {PackageLanguage.FRENCH, PackageLanguage.SPANISH}
    assert [name for name, text in texts(language) if not text and (has_many or ".many" not in name)] == []
    assert {name for name, text in texts(language) if ".many" in name and text} == (
        {f"{name}.many" for name in COUNTED} if has_many else set()
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_text_has_the_same_placeholders_in_every_language(language: PackageLanguage) -> None:
    assert placeholders(language) == placeholders(PackageLanguage.ENGLISH)


@pytest.mark.parametrize("language", LANGUAGES)
def test_whole_millions_have_the_same_placeholders_too(language: PackageLanguage) -> None:
    for name, text in texts(language):
        if text and ".many" in name:
            assert re.findall(r"{\w*}", text) == ["{count}"], name


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_languages_share_a_sentence(language: PackageLanguage) -> None:
    others = {text for other in LANGUAGES if other != language for _, text in texts(other)}
    assert [
        text for _, text in texts(language) if text and " " in text.strip() and len(text) > 25 and text in others
    ] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_typography_is_that_of_print(language: PackageLanguage) -> None:
    for name, text in texts(language):
        assert not re.search(r"['\"]|\.\.\.|  |^ | $|\n", text or ""), name


def test_french_has_a_space_that_does_not_break_before_a_colon() -> None:
    colons = [text for _, text in texts(PackageLanguage.FRENCH) if text and ":" in text]
    assert colons
    assert [text for text in colons if re.search(r"(?<!\xa0)[:;?!]", text)] == []
