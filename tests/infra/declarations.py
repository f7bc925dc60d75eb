"""The declarations of a Bicep file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.infra.nodes import Lambda

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.infra.nodes import Loop, Mapping, Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Type:
    """The parts of a type that are checked: its kind (string, int, bool, object, array, any), and what it allows."""

    kind: str
    literals: tuple[str | int, ...] = ()
    """The only allowed values; none if all values of its kind are allowed."""
    nullable: bool = False
    fields: tuple[Field, ...] = ()
    """The properties of an object type; none if any are allowed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A property of a type."""

    name: str
    type: Type
    described: bool
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """The part that all declarations have in common."""

    name: str
    line: int
    decorators: dict[str, tuple[Node, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable(Declared):
    value: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter(Declared):
    type: Type
    default: Node | None

    @property
    def required(self) -> bool:
        """Whether a deployment has to give a value."""
        return self.default is None and not self.type.nullable


@dataclass(frozen=True, slots=True, kw_only=True)
class Output(Declared):
    type: Type
    value: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployed(Declared):
    """A resource or module, with its loop, condition and dependencies."""

    target: str
    """The type with its version, or the path of the module."""
    body: Mapping
    loop: Loop | None
    condition: Node | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource(Deployed):
    existing: bool
    within: str | None = None
    """The symbol of the resource whose body it is nested in."""

    @property
    def type(self) -> str:
        """Its type without the version."""
        return self.target.partition("@")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Module(Deployed):
    pass


@dataclass(slots=True)
class BicepFile:
    """A file and its declarations, by name."""

    path: Path
    label: str
    """Its path in the checkout, for findings."""
    faults: list[str] = field(default_factory=list)
    using: str | None = None
    """The template that a parameter file is for."""
    given: set[str] = field(default_factory=set)
    """The parameters that a parameter file sets; their values are among its variables."""
    extensions: list[str] = field(default_factory=list)
    disabled: list[tuple[int, str]] = field(default_factory=list)
    """Codes that a comment disables for the next line, by the comment's line."""
    parameters: dict[str, Parameter] = field(default_factory=dict)
    variables: dict[str, Variable] = field(default_factory=dict)
    types: dict[str, tuple[Declared, Type]] = field(default_factory=dict)
    functions: dict[str, tuple[Declared, tuple[str, ...], Node]] = field(default_factory=dict)
    resources: dict[str, Resource] = field(default_factory=dict)
    modules: dict[str, Module] = field(default_factory=dict)
    outputs: dict[str, Output] = field(default_factory=dict)
    imports: dict[str, str] = field(default_factory=dict)
    """Paths of imports, by the name used here."""

    @property
    def symbols(self) -> set[str]:
        """Every name that expressions in the file may use."""
        groups: tuple[dict[str, Any], ...] = (
            self.parameters, self.variables, self.types, self.functions, self.resources, self.modules, self.imports
        )  # fmt: skip
        return {name for group in groups for name in group}

    def expressions(self) -> Iterator[Node]:
        """Every expression in the file except in decorators."""
        for parameter in self.parameters.values():
            yield from (parameter.default,) if parameter.default else ()
        yield from (variable.value for variable in self.variables.values())
        yield from (output.value for output in self.outputs.values())
        for function, parameters, body in self.functions.values():
            yield Lambda(line=function.line, parameters=parameters, body=body)
        for deployed in (*self.resources.values(), *self.modules.values()):
            if deployed.loop:
                yield deployed.loop
            else:
                yield from (deployed.condition,) if deployed.condition else ()
                yield deployed.body
