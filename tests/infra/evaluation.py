"""Evaluates expressions. What only a deployment knows becomes an unknown value with a name and, often, a kind."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.infra import functions
from tests.infra.nodes import (
    Call,
    Conditional,
    Index,
    Lambda,
    Literal,
    Loop,
    Mapping,
    Member,
    Name,
    Node,
    Operation,
    Sequence,
    Template,
)
from tests.infra.values import (
    Fields,
    Held,
    Items,
    ModuleReference,
    Reference,
    Unknown,
    Value,
    choice,
    member,
    merged,
    options,
    over,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.infra.declarations import BicepFile, Module, Parameter, Resource
    from tests.infra.tree import Tree

TRUTHS = {"==", "!=", "=~", "!~", "<", "<=", ">", ">=", "&&", "||", "!"}


@dataclass(frozen=True, slots=True, eq=False)
class Scope:
    """A file with the values that its parameters were given."""

    tree: Tree
    file: BicepFile
    given: dict[str, Value] = field(default_factory=dict)
    local: dict[str, Value] = field(default_factory=dict)
    """Variables of loops and lambdas."""
    defaults: bool = False
    """Whether a parameter without a value takes its default; otherwise it is unknown."""
    outer: Scope | None = None
    """The scope of the whole file, if this one has local names."""
    memory: dict[str, Value] = field(default_factory=dict)
    """Cached values of variables and modules."""

    def with_local(self, **names: Value) -> Scope:
        """This scope with further local names."""
        return Scope(self.tree, self.file, self.given, self.local | names, self.defaults, self.outer or self)

    def value(self, node: Node) -> Value:
        """The value of an expression."""
        evaluate = _EVALUATE.get(type(node))
        return evaluate(self, node) if evaluate else Unknown(f"{type(node).__name__} of {self.file.label}:{node.line}")

    def name_of(self, resource: Resource) -> Value:
        """The full name of a resource, including its parents' names."""
        own = self.value(next((entry.value for entry in resource.body.entries if entry.key == "name"), _NOTHING))
        parent = self.parent_of(resource)
        return own if parent is None else f"{text(parent.scope.name_of(parent.resource))}/{text(own)}"

    def parent_of(self, resource: Resource) -> Reference | None:
        """Its parent resource, if it declares one."""
        if resource.within:
            return Reference(self.file.resources[resource.within], self.outer or self)
        for entry in resource.body.entries:
            if entry.key == "parent":
                found = self.value(entry.value)
                return found if isinstance(found, Reference) else None
        return None

    def member_of(self, resource: Resource, name: str) -> Value:
        """A property of a resource, as far as its declaration shows it."""
        if name in {nested.name for nested in self.file.resources.values() if nested.within == resource.name}:
            return Reference(self.file.resources[name], self)
        reference = Reference(resource, self)
        if name == "name":
            return self.value(next((entry.value for entry in resource.body.entries if entry.key == "name"), _NOTHING))
        if name in {"id", "type", "location"}:
            return Unknown(f"{text(reference)}.{name}", "string", filled=True)
        return Unknown(f"{text(reference)}.{name}")

    def output(self, name: str) -> Value:
        """An output of this file."""
        found = self.file.outputs.get(name)
        key = f"output {name}"
        if key not in self.memory:
            self.memory[key] = self.value(found.value) if found else Unknown(f"{self.file.label}: no output {name}")
        return self.memory[key]

    def module(self, module: Module) -> Scope | None:
        """The scope of a module; None if the file doesn't exist."""
        path = self.file.path.parent / module.target
        if not path.exists():
            return None
        given = self.value(next((entry.value for entry in module.body.entries if entry.key == "params"), _NOTHING))
        values = {name: held.value for name, held in given.held.items()} if isinstance(given, Fields) else {}
        return Scope(self.tree, self.tree.bicep(path), values, defaults=True)

    def path(self, relative: Value) -> Path:
        """The path of a file that this one refers to."""
        return self.file.path.parent / text(relative)

    def named(self, name: str) -> Value:
        if name in self.local:
            return self.local[name]
        if self.outer:
            return self.outer.named(name)
        if name not in self.memory:
            self.memory[name] = self._global(name)
        return self.memory[name]

    def _global(self, name: str) -> Value:
        file = self.file
        if name in file.parameters:
            return self._parameter(file.parameters[name])
        if name in file.variables:
            return self.value(file.variables[name].value)
        if name in file.resources:
            return Reference(file.resources[name], self)
        if name in file.modules:
            scope = self.module(file.modules[name])
            return ModuleReference(scope) if scope else Unknown(f"module {name}")
        if name in file.imports:
            other = self.tree.bicep(file.path.parent / file.imports[name])
            return Scope(self.tree, other).named(name)
        return Unknown(name)

    def _parameter(self, parameter: Parameter) -> Value:
        kind = parameter.type
        if parameter.name in self.given:
            return self.given[parameter.name]
        if self.defaults and parameter.default:
            return self.value(parameter.default)
        if self.defaults and kind.nullable:
            return None
        return Unknown(f"{self.file.label}:{parameter.name}", kind.kind, kind.literals)

    def template(self, node: Template) -> Value:
        parts = [self.value(part) for part in node.parts]
        joined = "".join(text(part) if isinstance(part, str | int) else f"${{{text(part)}}}" for part in parts)
        known = all(isinstance(part, str | int) for part in parts)
        return joined if known else Unknown(joined, "string")

    def mapping(self, node: Mapping) -> Value:
        held = {}
        is_open = False
        for entry in node.entries:
            key = entry.key if isinstance(entry.key, str) else self.value(entry.key)
            if isinstance(key, str):
                held[key] = Held(self.value(entry.value), entry.line)
            else:
                is_open = True
        return Fields(held, is_open)

    def operation(self, node: Operation) -> Value:
        values = [self.value(operand) for operand in node.operands]
        if node.operator == "??":
            sure = [option for option in options(values[0]) if option is not None]
            may_be_nothing = len(sure) < len(list(options(values[0]))) or isinstance(values[0], Unknown)
            return choice(*sure, *([values[1]] if may_be_nothing else []))
        known = functions.operate(node.operator, values)
        if known is not None:
            return known
        shown = f" {node.operator} ".join(text(value) for value in values)
        return Unknown(shown, "bool" if node.operator in TRUTHS else "int")

    def conditional(self, node: Conditional) -> Value:
        condition = self.value(node.condition)
        if condition is True:
            return self.value(node.then)
        otherwise = self.value(node.otherwise) if node.otherwise else None
        return otherwise if condition is False else choice(self.value(node.then), otherwise)

    def loop(self, node: Loop) -> Value:
        array = self.value(node.over)
        known = isinstance(array, Items) and not array.open
        return Items(tuple(scope.value(node.body) for scope in self.rounds(node)), open=not known)

    def rounds(self, loop: Loop | None) -> list[Scope]:
        """A scope for each iteration of a loop; a single one with an unknown item if their number is unknown."""
        if loop is None:
            return [self]
        array = self.value(loop.over)
        known = array.values if isinstance(array, Items) else ()
        items: list[Value] = [*known] if isinstance(array, Items) and (known or not array.open) else [
            Unknown(f"an item of {text(array)}")
        ]  # fmt: skip
        names = loop.variables
        return [self.with_local(**dict(zip(names, (item, index), strict=False))) for index, item in enumerate(items)]

    def called(self, node: Call) -> Value:
        if node.receiver is not None and not (isinstance(node.receiver, Name) and node.receiver.id in {"az", "sys"}):
            return Unknown(f"{text(self.value(node.receiver))}.{node.function}()")
        if node.function in self.file.functions:
            _, names, body = self.file.functions[node.function]
            given = dict(zip(names, (self.value(argument) for argument in node.arguments), strict=False))
            return Scope(self.tree, self.file, {}, given, self.defaults).value(body)
        if any(isinstance(argument, Lambda) for argument in node.arguments):
            return self._with_lambda(node)
        values = [self.value(argument) for argument in node.arguments]
        if node.function in _LOADERS and self.path(values[0]).is_file():
            return _LOADERS[node.function](self.path(values[0]).read_text("utf-8"))
        if node.function == "union" and any(_is_object(value) for value in values):
            return merged(values)
        return functions.call(node.function, values)

    def _with_lambda(self, node: Call) -> Value:
        array = self.value(node.arguments[0])

        def apply(argument: Node, item: Value) -> Value:
            if not isinstance(argument, Lambda):
                return self.value(argument)
            return self.with_local(**{argument.parameters[0]: item}).value(argument.body)

        any_item = Unknown("item")
        unknown = functions.call(
            node.function, [array, *(apply(argument, any_item) for argument in node.arguments[1:])]
        )
        if not isinstance(array, Items) or array.open:
            return unknown

        results = [[apply(argument, item) for argument in node.arguments[1:]] for item in array.values]
        if node.function == "map":
            return Items(tuple(result[0] for result in results))
        if node.function == "filter":
            kept = [item for item, result in zip(array.values, results, strict=True) if result[0] is not False]
            return Items(tuple(kept), open=any(not isinstance(result[0], bool) for result in results))
        if node.function == "toObject" and all(isinstance(result[0], str) for result in results):
            values = [
                result[1] if len(result) > 1 else item for item, result in zip(array.values, results, strict=True)
            ]
            return Fields({text(r[0]): Held(v, node.line) for r, v in zip(results, values, strict=True)})
        return unknown


_LOADERS: dict[str, Callable[[str], Value]] = {
    "loadJsonContent": lambda read: functions.from_json(json.loads(read)),
    "loadTextContent": lambda read: read,
}
_NOTHING = Literal(line=0, value=None)
_EVALUATE: dict[type[Node], Callable[[Scope, Any], Value]] = {
    Literal: lambda _, node: node.value,
    Template: lambda scope, node: scope.template(node),
    Name: lambda scope, node: scope.named(node.id),
    Member: lambda scope, node: member(scope.value(node.of), node.name),
    Index: lambda scope, node: _item(scope.value(node.of), scope.value(node.index)),
    Call: lambda scope, node: scope.called(node),
    Mapping: lambda scope, node: scope.mapping(node),
    Sequence: lambda scope, node: Items(tuple(scope.value(item) for item in node.items)),
    Operation: lambda scope, node: scope.operation(node),
    Conditional: lambda scope, node: scope.conditional(node),
    Loop: lambda scope, node: scope.loop(node),
}


def _item(value: Value, index: Value) -> Value:
    def of(option: Value) -> Value:
        if isinstance(option, Items) and isinstance(index, int):
            return option.values[index] if index < len(option.values) else Unknown(f"{text(option)}[{index}]")
        if isinstance(index, str):
            return member(option, index)
        if isinstance(option, Reference) and option.resource.loop and isinstance(index, int):
            rounds = option.scope.rounds(option.resource.loop)
            return Reference(option.resource, rounds[index]) if index < len(rounds) else option
        if isinstance(option, Reference | ModuleReference):
            return option
        return choice(*option.values) if isinstance(option, Items) and option.values else Unknown(f"{text(option)}[]")

    return over(value, of)


def _is_object(value: Value) -> bool:
    return any(isinstance(option, Fields) for option in options(value))
