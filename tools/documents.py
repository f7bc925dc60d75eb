"""Writes what is made from the code: `python -m tools.documents` (`make docs`)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from shared.http.openapi.openapi_document import openapi_document
from tools.connector import definition

ROOT = Path(__file__).parent.parent


def documents() -> dict[Path, str]:
    """Every file that is made, and what is in it."""
    whole = openapi_document()
    return {
        ROOT / "docs" / "openapi.json": _text(whole),
        ROOT / "infra" / "connector" / "apiDefinition.swagger.json": _text(definition(whole)),
    }


def _text(content: dict[str, Any]) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def main() -> None:
    """Write them."""
    for path, text in documents().items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
