"""Removes secrets from text that came from outside, before it is stored, logged or returned."""

from __future__ import annotations

import re

MAX_LENGTH = 500
"""Longer text is cut to this many characters."""
_URL_QUERY = re.compile(r"(https?://[^\s?\"'<>]*)\?[^\s\"'<>]*", re.IGNORECASE)
_SIGNATURE = re.compile(r"\b(sig|signature|code|token|access_token)(=|%3d)[^\s&\"'<>]+", re.IGNORECASE)
_BEARER = re.compile(r"\bbearer\s+[\w.~+/=-]+", re.IGNORECASE)


def redact(text: str) -> str:
    """The text on one line, without URL queries, signatures and bearer tokens, at most `MAX_LENGTH` characters."""
    line = " ".join(text.split())
    line = _URL_QUERY.sub(r"\1", line)
    line = _SIGNATURE.sub(r"\1\2REDACTED", line)
    line = _BEARER.sub("Bearer REDACTED", line)
    return line if len(line) <= MAX_LENGTH else line[: MAX_LENGTH - 1] + "…"
