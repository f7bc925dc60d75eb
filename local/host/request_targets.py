"""What a request asks for: its path and query, read as the platform's web server and host read them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

_ESCAPES = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
_NO_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_SAFE = "/:@!$&'()*+,;=%"


class BadTargetError(Exception):
    """The target of a request is one that no function gets to see (400)."""


@dataclass(frozen=True)
class Target:
    """The target of a request.

    Attributes:
        raw_path: the path as it was sent.
        path: the path without dot segments and decoded, except for `%2F` and for bytes that are not UTF-8.
        query: as it was sent, with its question mark; empty if there is none.
    """

    raw_path: str
    path: str
    query: str

    @property
    def url(self) -> str:
        """Path and query as functions see them in the URL: encoded again, so an escape may change."""
        return quote(_NO_ESCAPE.sub("%25", self.path), safe=_SAFE) + self.query

    def pairs(self) -> Iterator[tuple[str, str]]:
        """The names and values of the query in their order, decoded."""
        for part in self.query.removeprefix("?").split("&"):
            if part:
                name, _, value = part.replace("+", " ").partition("=")
                yield _decoded(name), _decoded(value)

    def parameters(self) -> dict[str, str]:
        """The query as functions get it.

        Names that differ in case only are one, and their values are joined with commas. Of a repeated name the second
        spelling stays. What has no value is left out.
        """
        values: dict[str, list[str]] = {}
        spellings: dict[str, str] = {}
        for name, value in self.pairs():
            given = values.setdefault(name.upper(), [])
            given.append(value)
            if len(given) <= 2:  # noqa: PLR2004
                spellings[name.upper()] = name
        joined = {name: ",".join(filter(None, each)) for name, each in values.items()}
        return {spellings[name]: value for name, value in joined.items() if value}


def read_target(raw: str) -> Target:
    """Read the target of a request line: a path with a query, or a whole URL.

    Raises:
        BadTargetError: it is neither, is not ASCII, or has a NUL.
    """
    if not raw.isascii():
        raise BadTargetError
    if not raw.startswith("/"):
        url = urlsplit(raw, allow_fragments=False)
        if url.scheme not in ("http", "https") or not url.netloc:
            raise BadTargetError
        raw = f"{url.path or '/'}{'?' if url.query else ''}{url.query}"
    raw_path, mark, query = raw.partition("?")
    path = _decoded(raw_path, kept="/")
    if "\0" in path:
        raise BadTargetError
    return Target(raw_path, _without_dot_segments(path), mark + query)


def _decoded(text: str, kept: str = "") -> str:
    """Decode escapes; those of characters to keep, and of bytes that are not UTF-8, stay as they were written."""
    return _ESCAPES.sub(lambda escapes: "".join(_characters(escapes[0], kept)), text)


def _characters(escapes: str, kept: str) -> Iterator[str]:
    at = 0
    for character in bytes.fromhex(escapes.replace("%", "")).decode(errors="surrogateescape"):
        end = at + 3 * len(character.encode(errors="surrogateescape"))
        is_text = not "\udc80" <= character <= "\udcff"
        yield character if is_text and character not in kept else escapes[at:end]
        at = end


def _without_dot_segments(path: str) -> str:
    """Resolve `.` and `..` (RFC 3986, 5.2.4)."""
    kept: list[str] = []
    parts = path.split("/")[1:]
    for part in parts:
        if part == "..":
            kept = kept[:-1]
        elif part != ".":
            kept.append(part)
    if parts[-1] in (".", ".."):
        kept.append("")
    return "/" + "/".join(kept)
