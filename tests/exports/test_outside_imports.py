"""The domain is pure: it imports the standard library alone, and nothing of it that does I/O."""

import ast
import sys
from pathlib import Path

import pytest

EXPORTS = Path(__file__).parent.parent.parent / "shared" / "exports"
ALLOWED = sys.stdlib_module_names - {"asyncio", "io", "logging", "os", "pathlib", "socket", "subprocess", "time"}


def imported_modules(path: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(path.read_text())))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return plain | {node.module or "." for node in nodes if isinstance(node, ast.ImportFrom)}


@pytest.mark.parametrize("path", sorted(EXPORTS.rglob("*.py")), ids=lambda path: path.stem)
def test_a_module_imports_the_domain_and_the_standard_library_alone(path: Path) -> None:
    outside = {name for name in imported_modules(path) if not name.startswith("shared.exports")}
    assert {name.partition(".")[0] for name in outside} <= ALLOWED
