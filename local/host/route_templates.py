"""Routes of HTTP functions: templates such as `exports/{id}/files`, `status/{code:int}`, `{name?}` and `{*rest}`.

Default values, several constraints of a parameter, and text next to a parameter are not supported.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum

from local.host.function_loader import Function
from local.host.host_settings import LoadError

_PARAMETER = re.compile(r"\{(?P<rest>\*)?(?P<name>\w+)(:(?P<constraint>[a-z]+))?(?P<optional>\?)?\}")
_INT = re.compile(r"\s*[+-]?[0-9]+\s*")
_HEX = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_GUID = re.compile(rf"[0-9a-f]{{32}}|{_HEX}|\{{{_HEX}\}}|\({_HEX}\)", re.IGNORECASE)
_ALPHA = re.compile(r"[a-z]*", re.IGNORECASE)


class _Kind(IntEnum):
    """What a segment of a template is. What comes first here is tried first."""

    LITERAL = 1
    CONSTRAINED = 2
    PARAMETER = 3
    REST = 4


@dataclass(frozen=True)
class _Segment:
    """One part of a template between slashes.

    Attributes:
        kind: what it is.
        text: the literal text in lower case, or the name of the parameter.
        is_optional: whether a path may end before it.
        constraint: whether a value fits.
    """

    kind: _Kind
    text: str
    is_optional: bool = False
    constraint: Callable[[str], bool] = bool

    def takes(self, part: str) -> bool:
        """Whether a part of a path fits."""
        return part.lower() == self.text if self.kind is _Kind.LITERAL else bool(part) and self.constraint(part)


@dataclass(frozen=True)
class _Route:
    segments: tuple[_Segment, ...]
    methods: frozenset[str] | None
    function: Function

    def match(self, parts: Sequence[str]) -> dict[str, str] | None:
        """The route values if the parts of a path fit the template. An end slash is an empty last part."""
        found: dict[str, str] = {}
        for at, segment in enumerate(self.segments):
            if segment.kind is _Kind.REST:
                rest = "/".join(parts[at:])
                return found | {segment.text: rest} if rest else found
            if at == len(parts) or list(parts[at:]) == [""]:
                return found if segment.is_optional else None
            if not segment.takes(parts[at]):
                return None
            if segment.kind is not _Kind.LITERAL:
                found[segment.text] = parts[at]
        return found if list(parts[len(self.segments) :]) in ([], [""]) else None


class Routes:
    """All HTTP functions of an app."""

    def __init__(self, functions: Iterable[Function], prefix: str) -> None:
        """Raises LoadError for a template that this host does not support."""
        self._routes = sorted(
            (_route(function, prefix) for function in functions),
            key=lambda route: [segment.kind for segment in route.segments],
        )

    def find(self, method: str, path: str) -> tuple[Function, dict[str, str]] | None:
        """The function for a request and its route values; None is a 404, also where only the method is wrong.

        The path is decoded as far as the web server does it: a value may have `%2F` in it.
        """
        parts = path.removeprefix("/").split("/")
        for route in self._routes:
            if route.methods is None or method.upper() in route.methods:
                values = route.match(parts)
                if values is not None:
                    return route.function, values
        return None


def _route(function: Function, prefix: str) -> _Route:
    template = "/".join(part for part in (prefix, str(function.binding["route"]).strip("/")) if part)
    parts = template.split("/")
    segments = tuple(_segment(part, function.name) for part in parts)
    for part, segment, following in zip(parts, segments, segments[1:], strict=False):
        if segment.kind is _Kind.REST or (segment.is_optional and not following.is_optional):
            raise LoadError(f"function '{function.name}': the route part '{part}' must be the last")
    methods = function.binding.get("methods")
    names = frozenset(str(getattr(method, "value", method)).upper() for method in methods) if methods else None
    return _Route(segments, names, function)


def _segment(part: str, function: str) -> _Segment:
    if "{" not in part:
        return _Segment(_Kind.LITERAL, part.lower())
    match = _PARAMETER.fullmatch(part)
    constraint = match and match["constraint"]
    if not match or (constraint and constraint not in _CONSTRAINTS) or (match["rest"] and constraint):
        raise LoadError(f"function '{function}': the local host does not support the route part '{part}'")
    is_optional = bool(match["optional"])
    if constraint:
        return _Segment(_Kind.CONSTRAINED, match["name"], is_optional, _CONSTRAINTS[constraint])
    return _Segment(_Kind.REST if match["rest"] else _Kind.PARAMETER, match["name"], is_optional)


def _is_int(value: str) -> bool:
    return _INT.fullmatch(value) is not None and -(2**31) <= int(value) < 2**31


def _is_guid(value: str) -> bool:
    return _GUID.fullmatch(value) is not None


def _is_alpha(value: str) -> bool:
    return _ALPHA.fullmatch(value) is not None


_CONSTRAINTS = {"alpha": _is_alpha, "guid": _is_guid, "int": _is_int}
