"""Routes of HTTP functions: templates such as `exports/{id}/files`, without constraints or optional parts."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote

from local.host.function_loader import Function
from local.host.host_settings import LoadError

_PARAMETER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class _Segment:
    """One part of a template between slashes: literal text, or the name of a parameter."""

    text: str
    is_literal: bool


@dataclass(frozen=True)
class _Route:
    segments: tuple[_Segment, ...]
    methods: frozenset[str] | None
    function: Function

    def match(self, parts: list[str]) -> dict[str, str] | None:
        """The route parameters if the parts of a path fit the template."""
        if len(parts) != len(self.segments):
            return None
        found: dict[str, str] = {}
        for segment, part in zip(self.segments, parts, strict=True):
            if not segment.is_literal and part:
                found[segment.text] = part
            elif not segment.is_literal or part.lower() != segment.text:
                return None
        return found


class Routes:
    """All HTTP functions of an app."""

    def __init__(self, functions: Iterable[Function], prefix: str) -> None:
        """Raises LoadError for a template that this host does not support."""
        # Literal text wins over a parameter.
        self._routes = sorted(
            (_route(function, prefix) for function in functions),
            key=lambda route: [not segment.is_literal for segment in route.segments],
        )

    def find(self, method: str, raw_path: str) -> tuple[Function, dict[str, str]] | None:
        """The function for a request and its route parameters; None is a 404, also where only the method is wrong."""
        parts = [unquote(part) for part in raw_path.strip("/").split("/")]
        for route in self._routes:
            if route.methods is None or method in route.methods:
                parameters = route.match(parts)
                if parameters is not None:
                    return route.function, parameters
        return None


def _route(function: Function, prefix: str) -> _Route:
    template = "/".join(part for part in (prefix, str(function.binding["route"]).strip("/")) if part)
    segments = tuple(_segment(part, function.name) for part in template.split("/"))
    methods = function.binding.get("methods")
    names = frozenset(str(getattr(method, "value", method)).upper() for method in methods) if methods else None
    return _Route(segments, names, function)


def _segment(part: str, function: str) -> _Segment:
    if "{" not in part:
        return _Segment(part.lower(), is_literal=True)
    match = _PARAMETER.fullmatch(part)
    if not match:
        raise LoadError(f"function '{function}': the local host does not support the route part '{part}'")
    return _Segment(match[1], is_literal=False)
