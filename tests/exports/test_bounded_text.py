"""Texts are well-formed, and no longer than a limit."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.exports.bounded_text import compact_json, fit, utf16_units
from tests.fakes.table_limits import utf16_length

ANY_TEXTS = st.text(max_size=300)
"""With halves of surrogate pairs."""
TEXTS = st.text(st.characters(codec="utf-8"), max_size=300)


@given(TEXTS, st.integers(10, 400))
def test_a_text_is_cut_where_its_json_would_not_fit(text: str, units: int) -> None:
    cut = fit(text, units)
    assert utf16_length(compact_json(cut)) <= units
    if cut != text:
        assert cut.endswith("…")
        assert text.startswith(cut[:-1])
        longer = text[: len(cut)] + "…"
        assert utf16_length(compact_json(longer)) > units, "no shorter than it must be"
    assert json.loads(compact_json(cut)) == cut


@pytest.mark.parametrize(
    ("text", "stored"),
    [("a\ud800b", "a�b"), ("\udc00", "�"), ("\ud83d\ude00", "😀"), ("é\x00😀", "é\x00😀")],
    ids=["first half", "second half", "both", "no half"],
)
def test_half_of_a_surrogate_pair_is_replaced(text: str, stored: str) -> None:
    assert fit(text, 100) == stored


@given(ANY_TEXTS, st.integers(10, 400))
def test_what_fits_is_text_that_any_program_can_read(text: str, units: int) -> None:
    cut = fit(text, units)
    assert cut.encode().decode() == cut
    assert fit(cut, units) == cut


@given(TEXTS)
def test_a_text_has_the_length_that_storage_counts(text: str) -> None:
    assert utf16_units(text) == utf16_length(text)
