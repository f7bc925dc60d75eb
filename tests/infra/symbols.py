"""Checks that names, modules, parameters, outputs and files in the templates fit together."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.infra import functions
from tests.infra.evaluation import Scope
from tests.infra.nodes import Call, Lambda, Literal, Loop, Member, Name, Node, Unread, children, walk
from tests.infra.values import Choice, Fields, Items, Unknown, Value, options

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.infra.declarations import BicepFile, Parameter, Type
    from tests.infra.tree import Tree

_NAMESPACES = {"az", "sys"}
_EARLY = {"id", "name", "type", "apiVersion"}
"""Properties of a resource that are known before it exists."""
_LOADERS = {"loadJsonContent", "loadTextContent", "loadYamlContent", "loadFileAsBase64"}


def check(tree: Tree) -> Iterator[str]:
    """Yields names that don't exist, declarations that aren't used, and arguments that don't fit."""
    for file in (*tree.templates, *tree.parameter_files):
        yield from file.faults
        yield from _names(file)
        yield from _files(file)
    for file in tree.templates:
        yield from _unused(file)
        yield from _descriptions(file)
        yield from _modules(tree, file)
        yield from _outputs(tree, file)
        yield from _late(file)
    for file in tree.parameter_files:
        yield from _parameter_file(tree, file)


def _names(file: BicepFile) -> Iterator[str]:
    known = file.symbols | _NAMESPACES
    for expression in file.expressions():
        yield from _undeclared(file, expression, known)


def _undeclared(file: BicepFile, node: Node, known: set[str]) -> Iterator[str]:
    where = f"{file.label}:{node.line}"
    match node:
        case Name() if node.id not in known:
            yield f"{where} {node.id} is not declared"
        case Unread():
            yield f"{where} is not understood: {node.text}"
        case Call() if node.receiver is None and node.function not in functions.KNOWN | known:
            yield f"{where} {node.function}() is not a function that these checks know"
        case Lambda():
            known = known | set(node.parameters)
        case Loop():
            known = known | set(node.variables)
        case _:
            pass
    for child in children(node):
        yield from _undeclared(file, child, known)


def _unused(file: BicepFile) -> Iterator[str]:
    used = {part.id for expression in file.expressions() for part in walk(expression) if isinstance(part, Name)}
    used |= {part.function for expression in file.expressions() for part in walk(expression) if isinstance(part, Call)}
    source = file.path.read_text("utf-8")
    groups = (
        ("parameter", file.parameters),
        ("variable", file.variables),
        (
            "existing resource",
            {name: made for name, made in file.resources.items() if made.existing and not made.within},
        ),
        ("function", {name: held[0] for name, held in file.functions.items() if "export" not in held[0].decorators}),
    )
    for kind, declared in groups:
        for name, held in declared.items():
            if name not in used and "export" not in held.decorators:
                yield f"{file.label}:{held.line} the {kind} {name} is not used"
    for name, (held, _) in file.types.items():
        if "export" not in held.decorators and len(re.findall(rf"\b{name}\b", source)) == 1:
            yield f"{file.label}:{held.line} the type {name} is not used"


def _descriptions(file: BicepFile) -> Iterator[str]:
    types = {name: held for name, (held, _) in file.types.items()}
    for declared in (*file.parameters.values(), *file.outputs.values(), *types.values()):
        described = declared.decorators.get("description", ())
        if not (described and isinstance(described[0], Literal) and str(described[0].value).strip()):
            yield f"{file.label}:{declared.line} {declared.name} has no description"


def _modules(tree: Tree, file: BicepFile) -> Iterator[str]:
    for module in file.modules.values():
        where = f"{file.label}:{module.line}"
        target = file.path.parent / module.target
        if not target.is_file():
            yield f"{where} uses the module {module.target}, which does not exist"
            continue
        declared = tree.bicep(target).parameters
        given = next((entry for entry in module.body.entries if entry.key == "params"), None)
        names = {entry.key for entry in getattr(given and given.value, "entries", ())}
        for name in sorted(str(name) for name in names - set(declared)):
            yield f"{where} {module.target} has no parameter {name}"
        for parameter in declared.values():
            if parameter.required and parameter.name not in names:
                yield f"{where} {module.target} wants {parameter.name}"
        for scope in Scope(tree, file).rounds(module.loop):
            values = scope.value(given.value) if given else None
            for name, held in values.held.items() if isinstance(values, Fields) else ():
                if name in declared:
                    yield from _misfits(held.value, declared[name], f"{file.label}:{held.line} {name}")


def _outputs(tree: Tree, file: BicepFile) -> Iterator[str]:
    for expression in file.expressions():
        for part in walk(expression):
            if not (isinstance(part, Member) and isinstance(part.of, Member) and part.of.name == "outputs"):
                continue
            for inner in walk(part.of):
                target = file.modules[inner.id].target if isinstance(inner, Name) and inner.id in file.modules else ""
                path = file.path.parent / target
                if target and path.is_file() and part.name not in tree.bicep(path).outputs:
                    yield f"{file.label}:{part.line} {target} has no output {part.name}"


def _late(file: BicepFile) -> Iterator[str]:
    """Names, conditions and loops that need values known only during deployment (BCP120, BCP177, BCP178)."""
    for deployed in (*file.resources.values(), *file.modules.values()):
        name = next((entry.value for entry in deployed.body.entries if entry.key == "name"), None)
        for part, what in (
            (name, "name"),
            (deployed.condition, "condition"),
            (deployed.loop and deployed.loop.over, "loop"),
        ):
            for late in _told_late(file, part) if part else ():
                yield f"{file.label}:{deployed.line} the {what} of {deployed.name} needs {late} too early"


def _told_late(file: BicepFile, node: Node) -> Iterator[str]:
    for part in walk(node):
        if isinstance(part, Name) and part.id in file.variables:
            yield from _told_late(file, file.variables[part.id].value)
        if isinstance(part, Member) and isinstance(part.of, Name):
            nested = part.name in file.resources and file.resources[part.name].within == part.of.id
            if part.of.id in file.modules or (part.of.id in file.resources and part.name not in _EARLY and not nested):
                yield f"{part.of.id}.{part.name}"


def _files(file: BicepFile) -> Iterator[str]:
    for expression in file.expressions():
        for part in walk(expression):
            if isinstance(part, Call) and part.function in _LOADERS:
                named = part.arguments[0]
                if not (isinstance(named, Literal) and (file.path.parent / str(named.value)).is_file()):
                    yield f"{file.label}:{part.line} {part.function}() names a file that does not exist"
    for path in set(file.imports.values()):
        if not (file.path.parent / path).is_file():
            yield f"{file.label} imports from {path}, which does not exist"


def _parameter_file(tree: Tree, file: BicepFile) -> Iterator[str]:
    target = file.path.parent / (file.using or "")
    if not target.is_file():
        yield f"{file.label} uses a template that does not exist"
        return
    declared = tree.bicep(target).parameters
    for name in sorted(file.given - set(declared)):
        yield f"{file.label}:{file.variables[name].line} the template has no parameter {name}"
    for parameter in declared.values():
        if parameter.required and parameter.name not in file.given:
            yield f"{file.label} does not set {parameter.name}"
    for name in sorted(file.given & set(declared)):
        held = file.variables[name]
        yield from _misfits(Scope(tree, file).value(held.value), declared[name], f"{file.label}:{held.line} {name}")
    for name, variable in file.variables.items():
        others = (part for other in file.expressions() for part in walk(other))
        if name not in file.given and not any(isinstance(part, Name) and part.id == name for part in others):
            yield f"{file.label}:{variable.line} the variable {name} is not used"


def _misfits(value: Value, parameter: Parameter, where: str) -> Iterator[str]:
    yield from _mistyped(value, parameter.type, where)
    limits = {
        name: argument.value
        for name in ("minValue", "maxValue", "minLength", "maxLength")
        for argument in parameter.decorators.get(name, ())[:1]
        if isinstance(argument, Literal) and isinstance(argument.value, int)
    }
    for option in options(value):
        if isinstance(option, int) and not isinstance(option, bool):
            if not limits.get("minValue", option) <= option <= limits.get("maxValue", option):
                yield f"{where} is {option}, which is not allowed"
        elif isinstance(option, str | Items):
            size = len(option) if isinstance(option, str) else len(option.values)
            if not limits.get("minLength", size) <= size <= limits.get("maxLength", size):
                yield f"{where} is too short or too long"


def _mistyped(value: Value, wanted: Type, where: str) -> Iterator[str]:
    for option in options(value):
        if option is None:
            if not wanted.nullable and not isinstance(value, Choice):
                yield f"{where} is null"
            continue
        kind = _KINDS.get(type(option), option.kind if isinstance(option, Unknown) else "any")
        if "any" not in {kind, wanted.kind} and kind != wanted.kind:
            yield f"{where} takes {wanted.kind}, not {kind}"
        literals = (
            option.literals if isinstance(option, Unknown) else (option,) if isinstance(option, str | int) else ()
        )
        for literal in set(literals) - set(wanted.literals) if wanted.literals else ():
            yield f"{where} takes {' or '.join(str(each) for each in wanted.literals)}, not {literal}"
        if isinstance(option, Fields) and wanted.fields:
            yield from _misshaped(option, wanted, where)


def _misshaped(value: Fields, wanted: Type, where: str) -> Iterator[str]:
    fields = {field.name: field.type for field in wanted.fields}
    for name, held in value.held.items():
        if name in fields:
            yield from _mistyped(held.value, fields[name], f"{where}.{name}")
        else:
            yield f"{where} has no {name}"
    for name, kind in fields.items():
        if not (kind.nullable or value.open or name in value.held):
            yield f"{where} lacks {name}"


_KINDS: dict[type, str] = {bool: "bool", int: "int", str: "string", Fields: "object", Items: "array"}
