"""The texts of each language that a package can be in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.exports.handover_texts.english import ENGLISH
from shared.exports.handover_texts.french import FRENCH
from shared.exports.handover_texts.german import GERMAN
from shared.exports.handover_texts.spanish import SPANISH
from shared.exports.states_and_codes import PackageLanguage

if TYPE_CHECKING:
    from shared.exports.handover_texts.package_texts import PackageTexts

_TEXTS = {
    PackageLanguage.ENGLISH: ENGLISH,
    PackageLanguage.GERMAN: GERMAN,
    PackageLanguage.FRENCH: FRENCH,
    PackageLanguage.SPANISH: SPANISH,
}


def texts_in(language: PackageLanguage) -> PackageTexts:
    """The texts of one language."""
    return _TEXTS[language]
