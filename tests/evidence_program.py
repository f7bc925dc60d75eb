"""The program in docs/outcomes.md that checks what was kept of an export."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.test_docs import section

(TEXT,) = re.findall(r"^```python\n(.*?)^```$", section("outcomes.md", "Check what was kept"), re.MULTILINE | re.DOTALL)


def functions() -> dict[str, Callable[..., Any]]:
    """The functions of the program, by their names."""
    names: dict[str, Any] = {"__name__": "check_export"}
    exec(compile(TEXT, "check_export.py", "exec"), names)  # noqa: S102 - the page's own program
    return names


def check(folder: Path, export_id: str) -> tuple[list[str], list[str]]:
    """What the program finds wrong, and what it can't tell."""
    wrong, untold = functions()["check"](folder, export_id)
    return wrong, untold
