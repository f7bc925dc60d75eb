"""The examples in docs/callers.md."""

import re
from pathlib import Path

CALLERS = Path(__file__).parent.parent / "docs" / "callers.md"


def example(heading: str, language: str) -> str:
    """The code block below a heading."""
    _, _, rest = CALLERS.read_text().partition(f"\n## {heading}\n")
    found = re.search(rf"^```{language}\n(.*?)^```$", rest.partition("\n## ")[0], re.MULTILINE | re.DOTALL)
    assert found, f"There is no {language} below {heading}."
    return found[1]
