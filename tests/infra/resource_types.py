"""Checks every resource against the type of its resource provider, property by property.

Findings have the codes of the Bicep compiler, and `#disable-next-line` suppresses them as it does there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.infra import schemas
from tests.infra.evaluation import Scope
from tests.infra.nodes import Member, Name, Node, children
from tests.infra.values import Choice, Fields, Held, Items, Unknown, Value, options, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.infra.declarations import BicepFile, Resource
    from tests.infra.tree import Tree

BICEPS_OWN = {"parent", "scope", "dependsOn"}
"""Properties of the language, which every resource may have."""
_KINDS: dict[type, str] = {bool: "bool", int: "int", str: "string", Fields: "object", Items: "array"}

Schema = dict[str, Any]


def check(tree: Tree) -> Iterator[str]:
    """Yields properties that are unknown, missing, or of the wrong type."""
    for file in tree.templates:
        found = [finding for resource in file.resources.values() for finding in _resource(tree, file, resource)]
        found += _references(file)
        disabled = {f"{file.label}:{line + 1} {code}" for line, code in file.disabled if code.startswith("BCP")}
        yield from (finding for finding in found if " ".join(finding.split()[:2]) not in disabled)
        hit = {" ".join(finding.split()[:2]) for finding in found}
        yield from (f"{place} is disabled, but nothing is wrong there" for place in sorted(disabled - hit))


def sources(tree: Tree) -> dict[str, str]:
    """Where each type that the templates use is described."""
    return {
        resource.target: schemas.known()[resource.target][0] if resource.target in schemas.known() else ""
        for file in tree.templates
        for resource in file.resources.values()
    }


def _resource(tree: Tree, file: BicepFile, resource: Resource) -> Iterator[str]:
    where = f"{file.label}:{resource.line}"
    if resource.target not in schemas.known():
        yield f"{where} BCP081 {resource.target} is checked by nothing: `make schemas`, or write it down in schemas"
        return
    _, shape, types = schemas.known()[resource.target]
    for scope in Scope(tree, file).rounds(resource.loop):
        body = scope.value(resource.body)
        if not isinstance(body, Fields):
            continue
        plain = Fields({name: held for name, held in body.held.items() if name not in BICEPS_OWN}, body.open)
        if resource.existing:
            shape = {"properties": {name: {"type": "any"} for name in ("name", "appId", "uniqueName")}}
        yield from _Checker(file.label, types).object(plain, shape, resource.type, resource.line)


@dataclass(frozen=True, slots=True)
class _Checker:
    """Compares values with the types of one schema."""

    label: str
    types: dict[str, Schema]

    def object(self, value: Fields, shape: Schema, what: str, line: int) -> Iterator[str]:
        """Compares an object with its shape."""
        if "discriminator" in shape:
            name = value.get(shape["discriminator"])
            if not isinstance(name, str) or name not in shape["elements"]:
                yield f"{self.label}:{line} BCP036 {what}: {shape['discriminator']} {text(name)} is none of its kinds"
                return
            shape = shape["elements"][name]
        properties = shape["properties"]
        for name, held in value.held.items():
            yield from self._held(name, held, shape, what)
        for name, described in properties.items():
            missing = name not in value.held and not value.open
            if missing and described.get("required") and not described.get("readOnly"):
                yield f"{self.label}:{line} BCP035 {what} lacks {name}"

    def _held(self, name: str, held: Held, shape: Schema, what: str) -> Iterator[str]:
        described = shape["properties"].get(name)
        if described is None:
            if "*" not in shape:
                yield f"{self.label}:{held.line} BCP037 {what} has no {name}"
                return
            described = {"type": shape["*"]}
        if described.get("readOnly"):
            yield f"{self.label}:{held.line} BCP073 {what}.{name} can only be read"
            return
        for option in options(held.value):
            if option is not None:
                yield from self._value(option, described, f"{what}.{name}", held.line)
            elif described.get("required") and not isinstance(held.value, Choice):
                yield f"{self.label}:{held.line} BCP036 {what}.{name} is null"

    def _value(self, value: Value, described: Schema, what: str, line: int) -> Iterator[str]:
        kind = described["type"]
        if kind in {"any", "object"}:
            return
        if kind.endswith("[]"):
            yield from self._array(value, kind[:-2], what, line)
        elif kind in self.types:
            if isinstance(value, Fields):
                yield from self.object(value, self.types[kind], what, line)
            elif _kind(value) not in {"object", "any"}:
                yield f"{self.label}:{line} BCP036 {what} takes an object"
        else:
            yield from self._scalar(value, described, what, line)

    def _array(self, value: Value, kind: str, what: str, line: int) -> Iterator[str]:
        if not isinstance(value, Items):
            if _kind(value) not in {"array", "any"}:
                yield f"{self.label}:{line} BCP036 {what} takes an array"
            return
        for item in value.values:
            for option in options(item):
                if option is not None:
                    yield from self._value(option, {"type": kind}, f"{what}[]", line)

    def _scalar(self, value: Value, described: Schema, what: str, line: int) -> Iterator[str]:
        allowed = described["type"].split(" | ")
        wanted = {part if part in {"int", "bool", "string"} else "string" for part in allowed}
        if allowed == ["true"] or set(allowed) <= {"true", "false"}:
            wanted = {"bool"}
        kind = _kind(value)
        if kind not in {*wanted, "any"}:
            yield f"{self.label}:{line} BCP036 {what} takes {' or '.join(sorted(wanted))}, not {kind}"
            return
        closed = not {"string", "int", "bool"} & set(allowed)
        for literal in value.literals if isinstance(value, Unknown) else (value,):
            if closed and isinstance(literal, str) and literal not in allowed:
                yield f"{self.label}:{line} BCP036 {what} takes {' or '.join(allowed)}, not {literal}"
            if isinstance(literal, int) and not isinstance(literal, bool):
                least, most = described.get("minValue", literal), described.get("maxValue", literal)
                if not least <= literal <= most:
                    yield f"{self.label}:{line} BCP036 {what} takes {least} to {most}, not {literal}"
            if isinstance(literal, str) and isinstance(value, str):
                least, most = described.get("minLength", 0), described.get("maxLength", len(literal))
                if not least <= len(literal) <= most:
                    yield f"{self.label}:{line} BCP036 {what} takes {least} to {most} characters"


def _kind(value: Value) -> str:
    return value.kind if isinstance(value, Unknown) else _KINDS.get(type(value), "any")


def _references(file: BicepFile) -> Iterator[str]:
    """Properties that expressions read but the resource's type doesn't have."""
    for expression in file.expressions():
        for path, line in _paths(expression):
            resource = file.resources.get(path[0])
            if resource is None or resource.target not in schemas.known():
                continue
            nested = {inner.name for inner in file.resources.values() if inner.within == resource.name}
            if path[1] in nested | {"id", "name", "type", "location"}:
                continue
            _, shape, types = schemas.known()[resource.target]
            missing = _missing(shape, types, path[1:])
            if missing:
                yield f"{file.label}:{line} BCP053 {resource.type} has no {missing} to read"


def _paths(node: Node) -> Iterator[tuple[list[str], int]]:
    """The longest `symbol.a.b` of an expression."""
    path, inner = [], node
    while isinstance(inner, Member):
        path.append(inner.name)
        inner = inner.of
    if path and isinstance(inner, Name):
        yield [inner.id, *reversed(path)], node.line
        return
    for child in children(node):
        yield from _paths(child)


def _missing(shape: Schema, types: dict[str, Schema], path: list[str]) -> str:
    for index, name in enumerate(path):
        if "discriminator" in shape or "*" in shape:
            return ""
        if name not in shape["properties"]:
            return ".".join(path[: index + 1])
        kind = shape["properties"][name]["type"]
        if kind not in types:
            return ""
        shape = types[kind]
    return ""
