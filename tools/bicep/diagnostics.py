"""What the compiler says about the files."""

from __future__ import annotations

import re

_SAID = re.compile(r"^(.+\(\d+,\d+\) : (?:Error|Warning|Info) .+)$", re.MULTILINE)


def diagnostics(said: str, root: str) -> list[str]:
    """Each diagnostic once, with the file's path from the root."""
    return sorted({line.removeprefix(f"{root}/") for line in _SAID.findall(said)})
