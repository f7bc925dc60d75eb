"""Bicep's expressions as plain data."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node as Tree


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """An expression, and the line (from 1) that it starts on."""

    line: int
    grouped: bool = False
    """Whether it is in its own parentheses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Literal(Node):
    value: str | int | bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Template(Node):
    """A string with expressions in it."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Name(Node):
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Member(Node):
    """`of.name`, `of.?name` and `of::name`."""

    of: Node
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Index(Node):
    of: Node
    index: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Node):
    function: str
    receiver: Node | None
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry(Node):
    """A property of an object; its key is an expression if it is an interpolated string."""

    key: str | Node
    value: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping(Node):
    entries: tuple[Entry, ...]
    resources: tuple[Tree, ...] = ()
    """Resources nested in the body."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sequence(Node):
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation(Node):
    """An operator with one or two operands."""

    operator: str
    operands: tuple[Node, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditional(Node):
    condition: Node
    then: Node
    otherwise: Node | None
    """None if this is the condition of a resource or module."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lambda(Node):
    parameters: tuple[str, ...]
    body: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop(Node):
    variables: tuple[str, ...]
    over: Node
    body: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread(Node):
    """A construct that this parser doesn't know, which is a finding."""

    text: str


def children(node: Node) -> Iterator[Node]:
    """The direct subexpressions of an expression."""
    for field in fields(node):
        value = getattr(node, field.name)
        for part in value if isinstance(value, tuple) else (value,):
            if isinstance(part, Node):
                yield part


def walk(node: Node) -> Iterator[Node]:
    """An expression and all its subexpressions."""
    yield node
    for child in children(node):
        yield from walk(child)
