"""Runs linters on an OpenAPI document: Spectral with .spectral.yaml, Redocly with redocly.yaml."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from local.checkout import ROOT
from tests.node_programs import run_program


def spectral(document: Any, folder: Path) -> Iterator[tuple[str, str]]:
    """The rule and the place of everything that Spectral finds, hints too."""
    (folder / "openapi.json").write_text(json.dumps(document))
    options = ["--ruleset", str(ROOT / ".spectral.yaml"), "--format", "json", "--quiet"]
    done = run_program("spectral", "lint", "openapi.json", *options, folder=folder)
    if not done.stdout:
        raise RuntimeError(f"Spectral failed: {done.stderr}")
    for finding in json.loads(done.stdout):
        yield finding["code"], ".".join(str(part) for part in finding["path"])


def redocly(document: Any, folder: Path) -> Iterator[tuple[str, str]]:
    """The rule and the place of everything that Redocly finds, warnings too."""
    (folder / "openapi.json").write_text(json.dumps(document))
    options = ["--config", str(ROOT / "redocly.yaml"), "--format", "json", "--max-problems", "1000"]
    done = run_program("redocly", "lint", "openapi.json", *options, folder=folder)
    if not done.stdout:
        raise RuntimeError(f"Redocly failed: {done.stderr}")
    for finding in json.loads(done.stdout)["problems"]:
        yield finding["ruleId"], finding["location"][0]["pointer"]
