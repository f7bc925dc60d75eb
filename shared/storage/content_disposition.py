"""The name that a browser saves a file under: the header Content-Disposition of a download (RFC 6266)."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote

MAX_NAME_BYTES = 150
"""File systems take 255 bytes; synchronized folders add to a name."""
_MAX_SUFFIX_BYTES = 20
_NAMELESS = "file"
_NOT_IN_NAMES = frozenset('<>:"/\\|?*')
"""Windows takes none of these in a file's name."""
_INVISIBLE = frozenset({"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"})
"""Categories of Unicode that a person can't see: among them what turns the direction of text, and so hides a suffix."""
_EDGES = re.compile(r"^[\s.]+|[\s.]+$")
"""Windows drops blanks and dots at the end of a name; a name that begins with a dot is hidden elsewhere."""
_TOKEN = "!#$&+-.^_`|~"  # noqa: S105 - the punctuation of RFC 5987's attr-char


def attachment(blob_name: str) -> str:
    """Content-Disposition that lets a browser save a blob instead of showing it, under the last part of its name.

    The value is ASCII and has no control characters. `filename*` has the name in UTF-8 and counts in browsers;
    `filename` is for clients that know ASCII alone, with `_` for whatever that lacks. A `%` is replaced there as well,
    because some clients decode it (RFC 6266, Appendix D).
    """
    name = _safe_name(blob_name)
    plain = "".join(letter if letter.isascii() and letter != "%" else "_" for letter in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe=_TOKEN)}"


def _safe_name(blob_name: str) -> str:
    """The last part of a blob's name, as every file system takes it, and not too long."""
    last = blob_name.rstrip("/").rpartition("/")[2]
    visible = "".join("_" if _is_unsafe(letter) else letter for letter in last)
    return _cut(_EDGES.sub("", visible)) or _NAMELESS


def _is_unsafe(letter: str) -> bool:
    return letter in _NOT_IN_NAMES or unicodedata.category(letter) in _INVISIBLE


def _cut(name: str) -> str:
    """The name with its suffix, in at most MAX_NAME_BYTES of UTF-8."""
    if len(name.encode()) <= MAX_NAME_BYTES:
        return name
    stem, dot, suffix = name.rpartition(".")
    end = f"{dot}{suffix}" if stem and len(suffix.encode()) < _MAX_SUFFIX_BYTES else ""
    kept = (stem if end else name).encode()[: MAX_NAME_BYTES - len(end.encode())]
    return f"{kept.decode(errors='ignore').rstrip(' .')}{end}"
