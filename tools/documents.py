"""Writes the documents that are generated from the code: `python -m tools.documents` (`make docs`)."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from shared.http.api_errors import ApiErrorCode
from shared.http.openapi.openapi_document import openapi_document
from tools.connector import definition

ROOT = Path(__file__).parent.parent
_ERROR_TABLE = re.compile(r"(?<=^\| status \| code \| meaning \|\n\|---\|---\|---\|\n)(?:\|.*\n)*", re.MULTILINE)


def documents() -> dict[Path, str]:
    """Every file that is generated, or partly so, with its content."""
    document = openapi_document()
    api = ROOT / "docs" / "api.md"
    return {
        ROOT / "docs" / "openapi.json": _json(document),
        ROOT / "infra" / "connector" / "apiDefinition.swagger.json": _json(definition(document)),
        api: with_error_table(api.read_text(encoding="utf-8")),
    }


def with_error_table(text: str) -> str:
    """The text of docs/api.md, with a row for each error code in its table.

    Raises:
        ValueError: it lacks the head of that table, or has it more than once.
    """
    rows = "".join(f"| {code.status} | `{code}` | {code.meaning} |\n" for code in ApiErrorCode)
    made, count = _ERROR_TABLE.subn(lambda _: rows, text)
    if count != 1:
        raise ValueError(f"docs/api.md has {count} tables of errors, not one.")
    return made


def _json(content: dict[str, Any]) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def main() -> None:
    """Write them."""
    for path, text in documents().items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
