"""Reads expressions from the grammar's tree, and corrects the grammar's known mistakes.

The grammar (tree-sitter-bicep 1.1.0) lets `.name`, `[0]` and operators take what is to their left too far: `a && b.c`
becomes `(a && b).c`, and `i => i.a` becomes `(i => i).a`. In an array it parses `f()` as two items, `f` and `()`. All
are rebuilt as the language defines them.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import tree_sitter_bicep
from tree_sitter import Language, Parser

from tests.infra.nodes import (
    Call,
    Conditional,
    Entry,
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
    Unread,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tree_sitter import Node as Tree

PARSER = Parser(Language(tree_sitter_bicep.language()))


def line_of(tree: Tree) -> int:
    """The line (from 1) that a node starts on."""
    return tree.start_point[0] + 1


def text_of(tree: Tree) -> str:
    """The source text of a node."""
    return (tree.text or b"").decode()


def named(tree: Tree) -> list[Tree]:
    """The children of a node without punctuation and comments."""
    return [child for child in tree.named_children if child.type not in {"comment", "diagnostic_comment", "decorators"}]


def expression(tree: Tree) -> Node:
    """The expression of a node."""
    read = _READERS.get(tree.type)
    return read(tree) if read else Unread(line=line_of(tree), text=f"{tree.type} {text_of(tree)[:40]}")


def string(tree: Tree) -> Node:
    """A string, with or without expressions in it."""
    line = line_of(tree)
    multiline = tree.children[0].type == "'''"
    whole, begin = tree.text or b"", tree.start_byte
    parts: list[Node] = []
    at = len(tree.children[0].text or b"")
    for child in [child for child in tree.named_children if child.type == "interpolation"] + [tree.children[-1]]:
        written = whole[at : child.start_byte - begin].decode()
        if written:
            parts.append(Literal(line=line, value=written if multiline else _unescaped(written)))
        if child.type == "interpolation":
            parts.append(expression(named(child)[0]))
        at = child.end_byte - begin
    if any(not isinstance(part, Literal) for part in parts):
        return Template(line=line, parts=tuple(parts))
    text = "".join(str(part.value) for part in parts if isinstance(part, Literal))
    return Literal(line=line, value=text.removeprefix("\n") if multiline else text)


_ESCAPE = re.compile(r"\\(?:u\{(?P<code>[0-9A-Fa-f]+)\}|(?P<letter>.))")
_LETTERS = {"n": "\n", "r": "\r", "t": "\t"}


def _unescaped(text: str) -> str:
    def meant(found: re.Match[str]) -> str:
        return chr(int(found["code"], 16)) if found["code"] else _LETTERS.get(found["letter"], found["letter"])

    return _ESCAPE.sub(meant, text)


def _number(tree: Tree) -> Node:
    return Literal(line=line_of(tree), value=int(text_of(tree)))


def _boolean(tree: Tree) -> Node:
    return Literal(line=line_of(tree), value=text_of(tree) == "true")


def _null(tree: Tree) -> Node:
    return Literal(line=line_of(tree), value=None)


def _name(tree: Tree) -> Node:
    return Name(line=line_of(tree), id=text_of(tree))


def _only(tree: Tree) -> Node:
    return replace(expression(named(tree)[0]), grouped=True)


def _member(tree: Tree) -> Node:
    of, name = named(tree)
    return _attach(expression(of), _ACCESS, lambda node: Member(line=node.line, of=node, name=text_of(name)))


def _index(tree: Tree) -> Node:
    of, index = named(tree)
    return _attach(expression(of), _ACCESS, lambda node: Index(line=node.line, of=node, index=expression(index)))


def _call(tree: Tree) -> Node:
    function, arguments = named(tree)
    given = tuple(expression(argument) for argument in named(arguments))
    if function.type == "identifier":
        return Call(line=line_of(tree), function=text_of(function), receiver=None, arguments=given)
    if function.type != "member_expression":
        return Unread(line=line_of(tree), text=text_of(tree)[:40])
    of, name = named(function)
    return _attach(
        expression(of),
        _ACCESS,
        lambda node: Call(line=node.line, function=text_of(name), receiver=node, arguments=given),
    )


def _binary(tree: Tree) -> Node:
    left, right = named(tree)
    operator = text_of(tree.children[1])
    return _attach(
        expression(left),
        _PRECEDENCE[operator],
        lambda node: Operation(line=node.line, operator=operator, operands=(node, expression(right))),
    )


def _unary(tree: Tree) -> Node:
    return Operation(line=line_of(tree), operator=text_of(tree.children[0]), operands=(expression(named(tree)[0]),))


def _ternary(tree: Tree) -> Node:
    condition, then, otherwise = named(tree)
    return _attach(
        expression(condition),
        0,
        lambda node: Conditional(
            line=node.line, condition=node, then=expression(then), otherwise=expression(otherwise)
        ),
    )


_JOINING = {
    "?",
    ":",
    "&&",
    "||",
    "??",
    "==",
    "!=",
    "=~",
    "!~",
    "<",
    "<=",
    ">",
    ">=",
    "+",
    "-",
    "*",
    "/",
    "%",
    ".",
    "=>",
}
_ACCESS = 100
_UNARY = 50
_PRECEDENCE = {
    operator: rank
    for rank, operators in enumerate(
        (("??",), ("||",), ("&&",), ("==", "!=", "=~", "!~"), ("<", "<=", ">", ">="), ("+", "-"), ("*", "/", "%")), 1
    )
    for operator in operators
}


def _attach(node: Node, rank: int, build: Callable[[Node], Node]) -> Node:
    """Applies a suffix to the part of an expression that the language binds it to."""
    if not node.grouped:
        if isinstance(node, Lambda):
            return replace(node, body=_attach(node.body, rank, build))
        if isinstance(node, Conditional) and node.otherwise:
            return replace(node, otherwise=_attach(node.otherwise, rank, build))
        if isinstance(node, Operation) and _rank(node) < rank:
            *before, last = node.operands
            return replace(node, operands=(*before, _attach(last, rank, build)))
    return build(node)


def _rank(operation: Operation) -> int:
    return _PRECEDENCE[operation.operator] if len(operation.operands) > 1 else _UNARY


def _lambda(tree: Tree) -> Node:
    parameters, body = named(tree)
    names = [parameters] if parameters.type == "identifier" else named(parameters)
    return Lambda(line=line_of(tree), parameters=tuple(text_of(name) for name in names), body=expression(body))


def _loop(tree: Tree) -> Node:
    variables, over, body = named(tree)
    names = [variables] if variables.type == "identifier" else named(variables)
    return Loop(
        line=line_of(tree),
        variables=tuple(text_of(name) for name in names),
        over=expression(over),
        body=expression(body),
    )


def _if(tree: Tree) -> Node:
    condition, body = named(tree)
    return Conditional(line=line_of(tree), condition=expression(condition), then=expression(body), otherwise=None)


def _object(tree: Tree) -> Node:
    entries: list[Entry] = []
    resources: list[Tree] = []
    for part in named(tree):
        inner = named(part)
        if inner and inner[0].type == "resource_declaration":
            resources.append(inner[0])
        elif len(inner) == 2:  # a key and its value
            key = (
                string(inner[0]) if inner[0].type == "string" else Literal(line=line_of(part), value=text_of(inner[0]))
            )
            plain = str(key.value) if isinstance(key, Literal) else key
            entries.append(Entry(line=line_of(part), key=plain, value=expression(inner[1])))
        else:
            unread = Unread(line=line_of(part), text=text_of(part)[:40])
            entries.append(Entry(line=line_of(part), key="", value=unread))
    return Mapping(line=line_of(tree), entries=tuple(entries), resources=tuple(resources))


def _array(tree: Tree) -> Node:
    whole = {(child.start_byte, child.end_byte): child for child in named(tree)}
    items = []
    for tokens in _items(tree):
        begin, end = tokens[0].start_byte, tokens[-1].end_byte
        found = whole.get((begin, end)) or _again(tree, begin, end, tokens[0].start_point[0])
        items.append(expression(found))
    return Sequence(line=line_of(tree), items=tuple(items))


def _items(tree: Tree) -> Iterator[list[Tree]]:
    """The tokens of each item: an item ends at a comma, or at the end of a line that the next one doesn't continue."""
    item: list[Tree] = []
    depth = 0
    for token in _tokens(tree.children[1:-1]):
        goes_on = depth or token.type in _JOINING or (item and item[-1].type in _JOINING)
        if item and (
            (token.type == "," and not depth) or (token.start_point[0] > item[-1].end_point[0] and not goes_on)
        ):
            yield item
            item = []
        depth += (token.type in {"(", "[", "{"}) - (token.type in {")", "]", "}"})
        if token.type != "," or depth:
            item.append(token)
    if item:
        yield item


def _tokens(trees: list[Tree]) -> Iterator[Tree]:
    for tree in trees:
        if tree.type in {"comment", "diagnostic_comment"}:
            continue
        if tree.child_count and tree.type != "string":
            yield from _tokens(tree.children)
        else:
            yield tree


def _again(tree: Tree, begin: int, end: int, row: int) -> Tree:
    """Parses one item on its own, keeping its line."""
    item = (tree.text or b"")[begin - tree.start_byte : end - tree.start_byte]
    read = PARSER.parse(b"\n" * row + b"var item = " + item).root_node
    return named(read.named_children[0])[-1]


def _nested(tree: Tree) -> Node:
    of, name = named(tree)
    return Member(line=line_of(tree), of=expression(of), name=text_of(name))


_READERS: dict[str, Callable[[Tree], Node]] = {
    "string": string,
    "number": _number,
    "boolean": _boolean,
    "null": _null,
    "identifier": _name,
    "parenthesized_expression": _only,
    "member_expression": _member,
    "subscript_expression": _index,
    "resource_expression": _nested,
    "call_expression": _call,
    "binary_expression": _binary,
    "unary_expression": _unary,
    "ternary_expression": _ternary,
    "lambda_expression": _lambda,
    "for_statement": _loop,
    "if_statement": _if,
    "object": _object,
    "array": _array,
}
