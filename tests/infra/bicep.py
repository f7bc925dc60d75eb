"""Parses Bicep files: their declarations and their syntax errors."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from tests.infra import syntax
from tests.infra.declarations import BicepFile, Declared, Field, Module, Output, Parameter, Resource, Type, Variable
from tests.infra.nodes import Call, Conditional, Literal, Loop, Mapping, Node, Sequence
from tests.infra.syntax import line_of, named, text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tree_sitter import Node as Tree

_SILENT = ("comment", "diagnostic_comment", "target_scope_assignment", "metadata_declaration", "ERROR")
_FIRST = ("import_functionality", "type_declaration")
"""Declarations that others may refer to before they appear."""


def read(path: Path, label: str) -> BicepFile:
    """Parses a file; syntax errors are in its faults."""
    file = BicepFile(path, label)
    tree = syntax.PARSER.parse(_readable(file).encode()).root_node
    for part in _errors(tree):
        file.faults.append(f"{label}:{line_of(part)} is not valid Bicep: {text_of(part)[:60]!r}")
    parts = list(_declared(file, tree))
    for first in (True, True, False):  # types twice, because they may refer to later types
        for part, decorators in parts:
            if (part.type in _FIRST) is first:
                _DECLARATIONS[part.type](file, part, decorators)
    return file


def _declared(file: BicepFile, tree: Tree) -> Iterator[tuple[Tree, Decorators]]:
    decorators: Decorators = {}
    for part in tree.named_children:
        if part.type == "decorators":
            decorators = _decorators(part)
        elif part.type in _DECLARATIONS:
            if not part.has_error:  # invalid Bicep is already a finding
                yield part, decorators
            decorators = {}
        elif part.type not in _SILENT:
            file.faults.append(f"{file.label}:{line_of(part)} has a {part.type}, which these checks do not know")


_HEAD = re.compile(r"^(using|extends|extension)\s+(?:'([^']+)'|(\w+)).*$", re.MULTILINE)


def _readable(file: BicepFile) -> str:
    """Adapts a text for the grammar, which lacks `extension` and parameter files. Lines and columns stay the same."""
    text = file.path.read_text("utf-8")
    for head in _HEAD.finditer(text):
        if head[1] == "using":
            file.using = head[2]
        elif head[1] == "extension":
            file.extensions.append(head[2] or head[3])
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip().startswith("#disable-next-line"):
            file.disabled += [(number, code) for code in line.split()[1:]]
    text = _HEAD.sub(lambda head: " " * len(head[0]), text)
    if file.using:
        file.given = set(re.findall(r"^param (\w+) =", text, re.MULTILINE))
        text = re.sub(r"^param(?= \w+ =)", "var  ", text, flags=re.MULTILINE)
    return text


def _errors(tree: Tree) -> Iterator[Tree]:
    if tree.is_error or tree.is_missing:
        yield tree
    elif tree.has_error:
        for child in tree.children:
            yield from _errors(child)


def _decorators(tree: Tree) -> dict[str, tuple[Node, ...]]:
    found = {}
    for decorator in tree.named_children:
        call = syntax.expression(named(decorator)[0])
        if isinstance(call, Call):
            found[call.function] = call.arguments
    return found


Decorators = dict[str, tuple[Node, ...]]


def _type(file: BicepFile, tree: Tree) -> Type:
    build = _TYPES.get(tree.type)
    if build:
        return build(file, tree)
    file.faults.append(f"{file.label}:{line_of(tree)} has a type that these checks do not know: {text_of(tree)[:40]}")
    return Type(kind="any")


def _inner_type(file: BicepFile, tree: Tree) -> Type:
    return _type(file, named(tree)[0])


def _literal_type(_: BicepFile, tree: Tree) -> Type:
    value = getattr(syntax.expression(tree), "value", "")
    return Type(kind={"string": "string", "number": "int", "boolean": "bool"}[tree.type], literals=(value,))


def _union_type(file: BicepFile, tree: Tree) -> Type:
    options = [_type(file, option) for option in named(tree)]
    return Type(kind=options[0].kind, literals=tuple(value for option in options for value in option.literals))


def _object_type(file: BicepFile, tree: Tree) -> Type:
    return Type(kind="object", fields=tuple(_fields(file, tree)))


def _named_type(file: BicepFile, tree: Tree) -> Type:
    name = text_of(tree)
    if name in file.types:
        return file.types[name][1]
    if name in file.imports:
        other = file.path.parent / file.imports[name]
        if other.exists():
            return read(other, other.name).types.get(name, (None, Type(kind="any")))[1]
    return Type(kind="any")


def _fields(file: BicepFile, tree: Tree) -> Iterator[Field]:
    described = False
    for part in tree.named_children:
        if part.type == "decorators":
            described = "description" in _decorators(part)
        elif part.type == "object_property":
            inner = named(part)
            if len(inner) == 2:  # otherwise it is `*: type`
                yield Field(
                    name=text_of(inner[0]).strip("'"),
                    type=_type(file, inner[1]),
                    described=described,
                    line=line_of(part),
                )
            described = False


_TYPES: dict[str, Callable[[BicepFile, Tree], Type]] = {
    "type": _inner_type,
    "parenthesized_type": _inner_type,
    "primitive_type": lambda _, tree: Type(kind=text_of(tree)),
    "nullable_type": lambda file, tree: replace(_inner_type(file, tree), nullable=True),
    "array_type": lambda _, __: Type(kind="array"),
    "object": _object_type,
    "string": _literal_type,
    "number": _literal_type,
    "boolean": _literal_type,
    "union_type": _union_type,
    "binary_expression": _union_type,  # the grammar parses the end of a union as an expression
    "identifier": _named_type,
    "member_expression": _named_type,
}


def _parameter(file: BicepFile, tree: Tree, decorators: Decorators) -> None:
    name, kind, *default = named(tree)
    found = _type(file, kind)
    if "allowed" in decorators and isinstance(decorators["allowed"][0], Sequence):
        items = decorators["allowed"][0].items
        literals = [item.value for item in items if isinstance(item, Literal) and isinstance(item.value, str | int)]
        found = Type(kind=found.kind, literals=tuple(literals))
    file.parameters[text_of(name)] = Parameter(
        name=text_of(name),
        line=line_of(tree),
        decorators=decorators,
        type=found,
        default=syntax.expression(default[0]) if default else None,
    )


def _variable(file: BicepFile, tree: Tree, decorators: Decorators) -> None:
    name, value = named(tree)
    file.variables[text_of(name)] = Variable(
        name=text_of(name), line=line_of(tree), decorators=decorators, value=syntax.expression(value)
    )


def _output(file: BicepFile, tree: Tree, decorators: Decorators) -> None:
    name, kind, value = named(tree)
    file.outputs[text_of(name)] = Output(
        name=text_of(name),
        line=line_of(tree),
        decorators=decorators,
        type=_type(file, kind),
        value=syntax.expression(value),
    )


def _type_declaration(file: BicepFile, tree: Tree, decorators: Decorators) -> None:
    name, value = named(tree)
    declared = Declared(name=text_of(name), line=line_of(tree), decorators=decorators)
    file.types[declared.name] = (declared, _type(file, value))


def _function(file: BicepFile, tree: Tree, decorators: Decorators) -> None:
    name, parameters, _, body = named(tree)
    declared = Declared(name=text_of(name), line=line_of(tree), decorators=decorators)
    names = tuple(text_of(named(parameter)[0]) for parameter in named(parameters))
    file.functions[declared.name] = (declared, names, syntax.expression(body))


def _parts(tree: Tree) -> tuple[str, str, Node]:
    name, target, body = named(tree)
    return text_of(name), str(getattr(syntax.string(target), "value", "")), syntax.expression(body)


def _shape(body: Node) -> tuple[Mapping, Loop | None, Node | None]:
    """The body of a resource or module without its loop and condition."""
    loop = body if isinstance(body, Loop) else None
    inner = loop.body if loop else body
    condition = inner.condition if isinstance(inner, Conditional) else None
    held = inner.then if isinstance(inner, Conditional) else inner
    return held if isinstance(held, Mapping) else Mapping(line=body.line, entries=()), loop, condition


def _resource(file: BicepFile, tree: Tree, decorators: Decorators, within: Resource | None = None) -> None:
    name, target, value = _parts(tree)
    body, loop, condition = _shape(value)
    if within and "@" not in target:
        target = f"{target}@{within.target.partition('@')[2]}"
    resource = Resource(
        name=name,
        line=line_of(tree),
        decorators=decorators,
        target=f"{within.type}/{target}" if within else target,
        body=body,
        loop=loop,
        condition=condition,
        existing=any(child.type == "existing" for child in tree.children),
        within=within.name if within else None,
    )
    file.resources[name] = resource
    for nested in body.resources:
        _resource(file, nested, {}, resource)


def _module(file: BicepFile, tree: Tree, decorators: Decorators) -> None:
    name, target, value = _parts(tree)
    body, loop, condition = _shape(value)
    file.modules[name] = Module(
        name=name,
        line=line_of(tree),
        decorators=decorators,
        target=target,
        body=body,
        loop=loop,
        condition=condition,
    )


def _import(file: BicepFile, tree: Tree, _: Decorators) -> None:
    *names, origin = named(tree)
    path = str(getattr(syntax.string(origin), "value", ""))
    for name in names:
        file.imports[text_of(name)] = path


_DECLARATIONS = {
    "parameter_declaration": _parameter,
    "variable_declaration": _variable,
    "output_declaration": _output,
    "type_declaration": _type_declaration,
    "user_defined_function": _function,
    "resource_declaration": _resource,
    "module_declaration": _module,
    "import_functionality": _import,
}
