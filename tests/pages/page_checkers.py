"""Looks at pages as a validator of HTML and a check of accessibility do."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from playwright.sync_api import Page

from tests.node_programs import MODULES, run_program

CONFIGURATION = Path(__file__).parent / ".htmlvalidate.json"


def html_faults(pages: Path) -> Iterator[tuple[str, str, str]]:
    """The file, the rule and the message of all that html-validate finds in the pages of a folder, warnings too."""
    names = sorted(path.name for path in pages.glob("*.html"))
    done = run_program("html-validate", "--config", str(CONFIGURATION), "--formatter", "json", *names, folder=pages)
    if not names or not done.stdout:
        raise RuntimeError(f"html-validate failed: {done.stderr}")
    for found in json.loads(done.stdout):
        for message in found["messages"]:
            yield Path(found["filePath"]).name, message["ruleId"], message["message"]


def accessibility_faults(page: Page) -> list[str]:
    """What axe finds in a page that is open: the rule, and where."""
    page.evaluate(_axe())
    violations = page.evaluate("async () => (await axe.run()).violations")
    return [f"{found['id']}: {found['nodes'][0]['target']} {found['help']}" for found in violations]


@cache
def _axe() -> str:
    return (MODULES / "axe-core" / "axe.min.js").read_text("utf-8")
