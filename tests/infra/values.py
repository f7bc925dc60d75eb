"""Values of expressions, as far as they are known before a deployment."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.infra.declarations import Resource
    from tests.infra.evaluation import Scope


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that is known only during deployment: a parameter, an id, the result of an Azure function."""

    text: str
    """Its name: two unknowns of the same name are the same value."""
    kind: str = "any"
    literals: tuple[str | int, ...] = ()
    """Its possible values, if there are only a few."""
    filled: bool = False
    """Whether it is certainly not empty."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One of these values; only a deployment knows which."""

    options: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Held:
    """A property's value and its line."""

    value: Value
    line: int
    sure: bool = True
    """Whether the object always has it."""


@dataclass(frozen=True, slots=True)
class Fields:
    """An object."""

    held: dict[str, Held] = field(default_factory=dict)
    open: bool = False
    """Whether it may have further, unknown properties."""

    def get(self, *path: str) -> Value:
        """The value at a path; None if there is none."""
        return at(self, *path)


@dataclass(frozen=True, slots=True)
class Items:
    """An array."""

    values: tuple[Value, ...]
    open: bool = False
    """Whether the number of items is unknown."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A resource that this deployment creates or refers to."""

    resource: Resource
    scope: Scope

    @property
    def key(self) -> tuple[str, str]:
        """Its identity: its type and name."""
        return self.resource.type.lower(), text(self.scope.name_of(self.resource))


@dataclass(frozen=True, slots=True)
class ModuleReference:
    """A module of this deployment."""

    scope: Scope


@dataclass(frozen=True, slots=True)
class Outputs:
    """The outputs of a module."""

    scope: Scope


Value = str | int | bool | None | Unknown | Choice | Fields | Items | Reference | ModuleReference | Outputs


def options(value: Value) -> Iterator[Value]:
    """All possible values."""
    if isinstance(value, Choice):
        for option in value.options:
            yield from options(option)
    else:
        yield value


def choice(*values: Value) -> Value:
    """A choice between the values."""
    found: list[Value] = []
    for value in values:
        found += [option for option in options(value) if option not in found]
    return found[0] if len(found) == 1 else Choice(tuple(found))


def over(value: Value, function: Callable[[Value], Value]) -> Value:
    """Applies a function to every possible value."""
    return choice(*(function(option) for option in options(value)))


def member(value: Value, name: str) -> Value:
    """A property of a value."""

    def of(option: Value) -> Value:
        if isinstance(option, Fields):
            held = option.held.get(name)
            if held is None:
                return Unknown(f"?.{name}") if option.open else None
            return held.value if held.sure else choice(held.value, None)
        if isinstance(option, Reference):
            return option.scope.member_of(option.resource, name)
        if isinstance(option, ModuleReference):
            return Outputs(option.scope) if name == "outputs" else Unknown(f"module.{name}", "string")
        if isinstance(option, Outputs):
            return option.scope.output(name)
        return None if option is None else Unknown(f"{text(option)}.{name}")

    return over(value, of)


def at(value: Value, *path: str) -> Value:
    """The value at a path of properties."""
    for name in path:
        value = member(value, name)
    return value


def text(value: Value) -> str:
    """A value as text; equal values have the same text."""
    if isinstance(value, str):
        return value
    show = _SHOWN.get(type(value))
    return show(value) if show else json.dumps(value)


_SHOWN: dict[type, Callable[[Any], str]] = {
    Unknown: lambda value: str(value.text),
    Choice: lambda value: f"({' or '.join(text(option) for option in value.options)})",
    Fields: lambda value: (
        f"{{{', '.join(f'{name}: {text(held.value)}' for name, held in sorted(value.held.items()))}}}"
    ),
    Items: lambda value: f"[{', '.join(text(item) for item in value.values)}]",
    Reference: lambda value: "/".join(value.key),
    ModuleReference: lambda value: f"module {value.scope.file.label}",
    Outputs: lambda value: f"outputs of {value.scope.file.label}",
}


def merged(parts: list[Value]) -> Value:
    """The union() of objects: the later one wins."""
    held: dict[str, Held] = {}
    is_open = False
    for part in parts:
        found = list(options(part))
        objects = [option for option in found if isinstance(option, Fields)]
        is_open = is_open or any(option.open for option in objects) or len(objects) < len(found)
        for option in objects:
            for name, new in option.held.items():
                sure = new.sure and len(found) == 1
                old = held.get(name)
                value = new.value if sure or old is None else choice(old.value, new.value)
                held[name] = Held(value, new.line, sure or (old is not None and old.sure))
    return Fields(held, is_open)
