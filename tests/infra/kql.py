"""Parses the parts of the Kusto language that the alerts and the workbook use, and tracks the columns at each step.

An operator or function that isn't listed here is a finding, so add it when a query first uses it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from tests.infra.log_tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterator

FUNCTIONS = frozenset(
    """
    ago arg_max arg_min array_length avg bin case coalesce column_ifexists count countif datetime dcount dcountif
    extract iff isempty isnotempty isnotnull isnull make_list make_set max maxif min minif now parse_json
    percentile percentiles round split startofday startofhour strcat strlen sum sumif tobool todatetime todouble toint
    tolong tolower toscalar tostring totimespan toupper
    """.split()  # noqa: SIM905 - a list of 50 lines reads worse
)
_WORDS = frozenset(
    """
    and or in has has_any contains startswith endswith between matches regex not asc desc by nulls first last true false
    kind inner leftouter leftanti leftsemi innerunique on default step from to range
    """.split()  # noqa: SIM905 - as above
)
_RENDERED = {"timechart", "barchart", "columnchart", "piechart", "table", "areachart", "scatterchart"}
_TOKEN = re.compile(
    r"(?P<space>\s+|//[^\n]*)"
    r"|(?P<string>@?\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*')"
    r"|(?P<number>\d+(?:\.\d+)?(?:ms|[smhd])?\b)"
    r"|(?P<name>[A-Za-z_]\w*)|(?P<sign>==|!=|=~|!~|<=|>=|=>|\.\.|[-+*/%<>=(),;|\[\].{}!:$])"
)


@dataclass(frozen=True, slots=True)
class Token:
    kind: str
    text: str


@dataclass(slots=True)
class Read:
    """What a query uses."""

    tables: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    compared: list[tuple[str, str]] = field(default_factory=list)
    """Comparisons with a text: the column, or the property as `Properties.name`; and the text."""
    properties: set[str] = field(default_factory=set)
    """The names in `Properties["name"]`."""


def tokens(query: str) -> Iterator[Token]:
    """The tokens of a query; one of the kind `unknown` where it isn't valid Kusto."""
    at = 0
    while at < len(query):
        found = _TOKEN.match(query, at)
        if found is None:
            yield Token("unknown", query[at : at + 20])
            return
        if found.lastgroup != "space":
            yield Token(str(found.lastgroup), found[0])
        at = found.end()


def read(query: str) -> Read:
    """What a query uses, and its errors."""
    found = Read()
    words = list(tokens(query))
    found.faults += [f"is not valid Kusto at {word.text!r}" for word in words if word.kind == "unknown"]
    if not found.faults:
        scope: dict[str, set[str] | None] = {table: set(columns) for table, columns in TABLES.items()}
        *lets, last = _split(words, ";") if words else [[]]
        for statement in lets:
            if len(statement) > 3 and statement[0].text == "let" and statement[2].text == "=":
                columns = _Pipeline(found, scope).run(statement[3:])
                scope[statement[1].text] = columns
            elif statement:
                found.faults.append(f"has a statement that these checks do not know: {statement[0].text}")
        _Pipeline(found, scope).run(last)
    return found


def _split(words: list[Token], sign: str) -> list[list[Token]]:
    """The parts between separators that aren't in brackets."""
    parts: list[list[Token]] = [[]]
    depth = 0
    for word in words:
        depth += (word.text in {"(", "[", "{"}) - (word.text in {")", "]", "}"})
        if word.text == sign and depth == 0:
            parts.append([])
        else:
            parts[-1].append(word)
    if sign == ";" and len(parts) > 1 and not parts[-1]:
        parts.pop()
    return parts


class _Pipeline:
    """One pipeline: a source and its operators."""

    def __init__(self, found: Read, scope: dict[str, set[str] | None]) -> None:
        self._found = found
        self._scope = scope
        self._columns: set[str] = set()
        self._origin: dict[str, str] = {}
        """Columns that are a property, by their names."""

    def run(self, words: list[Token]) -> set[str] | None:
        """The resulting columns; None for a single value."""
        source, *stages = _split(words, "|")
        if not self._source(source):
            self._check(source)
            return None
        for stage in stages:
            self._stage(stage)
        return self._columns

    def _source(self, words: list[Token]) -> bool:
        names = [word.text for word in words if word.kind == "name"]
        if names[:1] == ["union"]:
            names = names[1:]
        elif len(words) != 1:
            return False
        for name in names:
            if name not in self._scope:
                self._found.faults.append(f"asks a table that is not known: {name}")
                continue
            self._columns |= self._scope[name] or set()
            self._found.tables += [name] if name in TABLES else []
        return bool(names)

    def _stage(self, words: list[Token]) -> None:
        operator, rest = words[0].text if words else "", words[1:]
        if operator in {"where", "top", "order", "sort", "take", "limit", "filter"}:
            self._check([word for word in rest if word.text != "by"])
        elif operator == "extend":
            for part in _split(rest, ","):
                self._assign(part)
        elif operator in {"project", "distinct"}:
            self._keep(_split(rest, ","))
        elif operator == "project-away":
            self._check(rest)
        elif operator == "summarize":
            by = next((at for at, word in enumerate(rest) if word.text == "by"), len(rest))
            parts = [part for side in (rest[:by], rest[by + 1 :]) for part in _split(side, ",") if part]
            self._keep(parts)
        elif operator == "render":
            if [word.text for word in rest[:1]] and rest[0].text not in _RENDERED:
                self._found.faults.append(f"is drawn as {rest[0].text}, which there is not")
        elif operator == "join":
            self._join(rest)
        else:
            self._found.faults.append(f"uses {operator or 'nothing'}, which these checks do not know")

    def _join(self, words: list[Token]) -> None:
        opening = next((at for at, word in enumerate(words) if word.text == "("), None)
        if opening is None:
            self._found.faults.append("joins something that these checks do not know")
            return
        closing = len(words) - 1 - next(at for at, word in enumerate(reversed(words)) if word.text == ")")
        inner = _Pipeline(self._found, self._scope)
        columns = inner.run(words[opening + 1 : closing])
        self._check(words[closing + 1 :])
        self._columns |= columns or set()

    def _keep(self, parts: list[list[Token]]) -> None:
        names: set[str] = set()
        origin: dict[str, str] = {}
        for part in parts:
            before = dict(self._origin)
            for name in self._assign(part):
                names.add(name)
                origin |= {name: self._origin[name]} if name in self._origin else {}
            self._origin = before
        self._columns, self._origin = names, origin

    def _assign(self, words: list[Token]) -> list[str]:
        """Parses an assignment and returns the names of its columns."""
        named = len(words) > 2 and words[1].text == "=" and words[0].kind == "name"
        value = words[2:] if named else words
        self._check(value)
        names = [words[0].text] if named or len(words) == 1 else []
        if not named and len(words) > 1 and words[1].text == "(":
            if words[0].text in {"arg_max", "arg_min", "bin"}:
                names = [word.text for word in words[2:] if word.kind == "name" and word.text in self._columns]
            else:
                names = [f"{words[0].text}_"]
        if not names:
            self._found.faults.append(f"has a column without a name: {' '.join(word.text for word in words)}")
        self._columns |= set(names)
        origin = _property_of(value)
        for name in names:
            self._origin.pop(name, None)
            if origin:
                self._origin[name] = origin
        return names

    def _check(self, words: list[Token]) -> None:
        """Checks an expression's columns, functions, properties and comparisons."""
        if any(word.text == "|" for word in words):
            self._nested(words)
            return
        for word, after in pairwise([*words, Token("end", "")]):
            if word.kind != "name" or word.text in _WORDS:
                continue
            if after.text == "(":
                if word.text not in FUNCTIONS:
                    self._found.faults.append(f"uses {word.text}(), which these checks do not know")
            elif word.text not in self._columns and word.text not in self._scope and word.text not in _RENDERED:
                self._found.faults.append(f"has no column {word.text}")
        for at, word in enumerate(words):
            if word.text == "Properties" and [part.text for part in words[at + 1 : at + 2]] == ["["]:
                self._found.properties.add(_plain(words[at + 2]))
        self._found.compared += self._comparisons(words)

    def _nested(self, words: list[Token]) -> None:
        """A pipeline in brackets, such as that of toscalar()."""
        opening = next(at for at, word in enumerate(words) if word.text == "(")
        closing = len(words) - 1 - next(at for at, word in enumerate(reversed(words)) if word.text == ")")
        _Pipeline(self._found, self._scope).run(words[opening + 1 : closing])

    def _comparisons(self, words: list[Token]) -> Iterator[tuple[str, str]]:
        for at, word in enumerate(words):
            negated = word.text == "!" and at + 1 < len(words) and words[at + 1].text in {"in", "startswith", "has"}
            if word.text not in {"==", "!=", "in", "startswith", "=~"} and not negated:
                continue
            left = self._left(words[:at])
            for other in words[at + 1 + negated :]:
                if other.text in {"and", "or", ")"}:
                    break
                if other.kind == "string" and left:
                    how = "startswith" if "startswith" in {word.text, words[at + negated].text} else "=="
                    yield (f"{left}^" if how == "startswith" else left), _plain(other)

    def _left(self, words: list[Token]) -> str:
        """The column or property to the left of a comparison."""
        words = words[:-1] if words and words[-1].text == "!" else words
        if words and words[-1].kind == "name":
            return self._origin.get(words[-1].text, words[-1].text)
        return _property_of(words) or ""


def _property_of(words: list[Token]) -> str | None:
    """`Properties.name`, if the expression ends with that property."""
    texts = [word.text for word in words]
    for at in range(len(texts) - 3, -1, -1):
        if texts[at : at + 2] == ["Properties", "["]:
            ends = texts[at + 3 :] in (["]"], ["]", ")"])
            return f"Properties.{_plain(words[at + 2])}" if ends else None
    return None


def _plain(word: Token) -> str:
    return word.text.strip("@").strip("\"'")
