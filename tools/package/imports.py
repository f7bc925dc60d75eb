"""Reads from a module's source what it imports."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Import:
    """One import statement.

    Attributes:
        module: the module's full name.
        names: the names that are imported from it; some may be modules.
        certain: whether it runs at every import of the module, and has to succeed.
        lazy: whether it is inside a function, which may never be called.
    """

    module: str
    names: tuple[str, ...] = ()
    certain: bool = True
    lazy: bool = False


def imports_of(source: bytes, module: str, *, is_package: bool) -> Iterator[Import]:
    """What a module imports, without the imports for type checkers.

    Args:
        source: the module's source.
        module: its full name.
        is_package: whether its relative imports start at the module itself.
    """
    package = module if is_package else module.rpartition(".")[0]
    yield from _imports(ast.parse(source), package, certain=True, lazy=False)


def _imports(node: ast.AST, package: str, *, certain: bool, lazy: bool) -> Iterator[Import]:
    for child in _statements(node):
        match child:
            case ast.Import(names=names):
                yield from (Import(alias.name, (), certain, lazy) for alias in names)
            case ast.ImportFrom(names=names):
                taken = tuple(alias.name for alias in names)
                yield Import(_absolute(child, package), taken, certain, lazy)
            case ast.If(test=test, orelse=orelse) if _is_type_checking(test):
                yield from _imports(ast.Module(orelse, []), package, certain=certain, lazy=lazy)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                yield from _imports(child, package, certain=False, lazy=True)
            case ast.Try() | ast.If():
                yield from _imports(child, package, certain=False, lazy=lazy)
            case _:
                yield from _imports(child, package, certain=certain, lazy=lazy)


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    parts = (ast.stmt, ast.excepthandler, ast.match_case)
    return (child for child in ast.iter_child_nodes(node) if isinstance(child, parts))


def _absolute(statement: ast.ImportFrom, package: str) -> str:
    if not statement.level:
        return statement.module or ""
    parts = package.split(".")
    base = parts[: len(parts) - statement.level + 1]
    return ".".join([*base, statement.module] if statement.module else base)


def _is_type_checking(test: ast.expr) -> bool:
    return getattr(test, "id", getattr(test, "attr", "")) == "TYPE_CHECKING"
