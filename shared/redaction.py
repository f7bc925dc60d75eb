"""Removes secrets from text that came from outside, before it is stored, logged or returned."""

from __future__ import annotations

import re
import traceback

MAX_LENGTH = 500
"""Longer text is cut to this many characters."""
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_URL_QUERY = re.compile(r"(https?://[^\s?\"'<>]*)\?[^\s\"'<>]*", re.IGNORECASE)
_SIGNATURE = re.compile(r"\b(sig|signature|code|token|access_token)(=|%3d)[^\s&\"'<>]+", re.IGNORECASE)
_BEARER = re.compile(r"\bbearer\s+[\w.~+/=-]+", re.IGNORECASE)


def redact(text: str) -> str:
    """The text on one line, without URL queries, signatures and bearer tokens, at most `MAX_LENGTH` characters.

    What can't be printed is replaced: some of it takes six times its length in JSON, and some is in no valid JSON.
    """
    line = " ".join(text.split())
    if not line.isprintable():
        line = "".join(letter if letter.isprintable() else _REPLACEMENT for letter in line)
    line = _URL_QUERY.sub(r"\1", line)
    line = _SIGNATURE.sub(r"\1\2REDACTED", line)
    line = _BEARER.sub("Bearer REDACTED", line)
    return line if len(line) <= MAX_LENGTH else line[: MAX_LENGTH - 1] + "…"


def redacted_stack(error: BaseException) -> str:
    """The kind of an error, its redacted message, and a line for each place that it came through: for a log."""
    places = traceback.extract_tb(error.__traceback__)
    lines = (f"  {place.filename}:{place.lineno} in {place.name}" for place in places)
    return "\n".join([f"{type(error).__name__}: {redact(str(error))}", *lines])
