"""Texts that storage takes and that hash the same everywhere: well-formed Unicode, no longer than a limit."""

from __future__ import annotations

import json


def compact_json(value: object) -> str:
    """The value as JSON without needless spaces."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def utf16_units(text: str) -> int:
    """The length of a text as storage counts it, in UTF-16 code units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def fit(text: str, units: int) -> str:
    """The text, cut if it takes more UTF-16 units than that as JSON; then its end is an ellipsis.

    Half of a surrogate pair, which JSON from outside can contain and UTF-8 can't, becomes U+FFFD.
    """
    text = _well_formed(text)
    if utf16_units(compact_json(text)) <= units:
        return text
    shortest, longest = 0, len(text)
    while shortest < longest:
        middle = (shortest + longest + 1) // 2
        is_fitting = utf16_units(compact_json(f"{text[:middle]}…")) <= units
        shortest, longest = (middle, longest) if is_fitting else (shortest, middle - 1)
    return f"{text[:shortest]}…"


def _well_formed(text: str) -> str:
    return text if text.isascii() else text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
