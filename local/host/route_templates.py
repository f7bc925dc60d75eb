"""Routes of HTTP functions: templates such as `exports/{id:guid}/files`, matched as the platform does."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import unquote
from uuid import UUID

from local.host.function_loader import Function
from local.host.host_settings import LoadError

_PARAMETER = re.compile(r"\{(?P<star>\**)(?P<name>\w+)(?P<rules>(?::\w+(?:\([^)]*\))?)*)(?P<optional>\?)?\}")
_RULE = re.compile(r":(\w+)(?:\(([^)]*)\))?")


@dataclass(frozen=True)
class _Segment:
    """One part of a template between slashes: literal text, or a parameter with its constraints."""

    literal: str | None = None
    parameter: str = ""
    rules: tuple[tuple[str, str], ...] = ()
    optional: bool = False
    catch_all: bool = False

    @property
    def rank(self) -> int:
        """How soon it is tried: what says more about the path goes first."""
        if self.literal is not None:
            return 0
        return 3 if self.catch_all else 2 - bool(self.rules)


@dataclass(frozen=True)
class Route:
    """A template and the function behind it."""

    segments: tuple[_Segment, ...]
    methods: frozenset[str] | None
    function: Function

    def match(self, parts: list[str]) -> dict[str, str] | None:
        """The route parameters if the parts of a path fit the template."""
        found: dict[str, str] = {}
        for position, segment in enumerate(self.segments):
            if segment.catch_all:
                found[segment.parameter] = "/".join(parts[position:])
                return found
            if position >= len(parts):
                if segment.optional:
                    return found
                return None
            if not _fits(segment, parts[position]):
                return None
            if segment.literal is None:
                found[segment.parameter] = parts[position]
        return found if len(parts) <= len(self.segments) else None


class Routes:
    """All HTTP functions of an app."""

    def __init__(self, functions: Iterable[Function], prefix: str) -> None:
        """Raises LoadError for a template or constraint that this host doesn't know."""
        self._routes = sorted(
            (_route(function, prefix) for function in functions),
            key=lambda route: [segment.rank for segment in route.segments],
        )

    @property
    def names(self) -> list[str]:
        """The names of the functions."""
        return sorted(route.function.name for route in self._routes)

    def find(self, method: str, raw_path: str) -> tuple[Function, dict[str, str]] | None:
        """The function for a request and its route parameters; None is a 404, also where only the method is wrong."""
        parts = [unquote(part) for part in raw_path.strip("/").split("/")]
        for route in self._routes:
            if route.methods is None or method in route.methods:
                parameters = route.match(parts)
                if parameters is not None:
                    return route.function, parameters
        return None


def _route(function: Function, prefix: str) -> Route:
    template = "/".join(part for part in (prefix, str(function.binding["route"]).strip("/")) if part)
    segments = tuple(_segment(part, function.name) for part in template.split("/"))
    methods = function.binding.get("methods")
    named = frozenset(str(getattr(method, "value", method)).upper() for method in methods) if methods else None
    return Route(segments, named, function)


def _segment(part: str, function: str) -> _Segment:
    if "{" not in part:
        return _Segment(literal=part.lower())
    match = _PARAMETER.fullmatch(part)
    if not match:
        raise LoadError(f"function '{function}': the local host does not understand the route part '{part}'")
    rules = tuple((name, argument or "") for name, argument in _RULE.findall(match["rules"]))
    for name, _ in rules:
        if name not in _CHECKS:
            raise LoadError(f"function '{function}': the local host does not know the route constraint '{name}'")
    return _Segment(
        parameter=match["name"], rules=rules, optional=bool(match["optional"]), catch_all=bool(match["star"])
    )


def _fits(segment: _Segment, part: str) -> bool:
    if segment.literal is not None:
        return part.lower() == segment.literal
    return bool(part) and all(_CHECKS[name](part, argument) for name, argument in segment.rules)


def _is_guid(part: str, _: str) -> bool:
    try:
        UUID(part)
    except ValueError:
        return False
    return True


def _is_int(part: str, _: str) -> bool:
    return re.fullmatch(r"[+-]?\d+", part) is not None and -(2**31) <= int(part) < 2**31


def _has_length(part: str, argument: str) -> bool:
    low, _, high = argument.partition(",")
    return int(low) <= len(part) <= int(high or low)


_CHECKS: dict[str, Callable[[str, str], bool]] = {
    "guid": _is_guid,
    "int": _is_int,
    "alpha": lambda part, _: re.fullmatch(r"[A-Za-z]+", part) is not None,
    "bool": lambda part, _: part.lower() in ("true", "false"),
    "length": _has_length,
    "minlength": lambda part, argument: len(part) >= int(argument),
    "maxlength": lambda part, argument: len(part) <= int(argument),
    "regex": lambda part, argument: re.search(argument, part, re.IGNORECASE) is not None,
}
