"""What the compiler says about the files."""

from __future__ import annotations

import re

_DIAGNOSTIC = re.compile(r"^.+\(\d+,\d+\) : (?:Error|Warning|Info) .+$", re.MULTILINE)


def diagnostics(said: str, root: str) -> list[str]:
    """Each diagnostic in the compiler's output, once, with the path of its file from the root."""
    return sorted({line.removeprefix(f"{root}/") for line in _DIAGNOSTIC.findall(said)})
