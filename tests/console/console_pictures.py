"""Takes the pictures of the console that the docs show: `python -m tests.console.console_pictures [FOLDER]`.

Take them again when a view looks different, and look at each: no test sees whether a page looks good.
"""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from playwright.sync_api import Page, expect

from local.checkout import ROOT
from local.stack.local_stack import Stack
from tests.browser import chromium
from tests.console.seeded_exports import HOSTILE, exports_of_an_office, now, store
from tests.console.visitors import Visitors

PICTURES = ROOT / "docs" / "pictures"
SIZES: Mapping[str, Mapping[str, Any]] = {
    "wide": {"viewport": {"width": 1280, "height": 840}},
    "narrow": {"viewport": {"width": 320, "height": 700}, "device_scale_factor": 2},
}
THEMES = ("light", "dark")
_SETTINGS = {"EXPORT_EXPECT_HANDOVER": "true"}
_CSV = """type,id,reference,receivedDateTime
user,ana.garcia@contoso.com,DSR-2026-0042,2026-11-20T09:00:00Z
user,not an address,DSR-2026-0043,2026-11-21T09:00:00Z
user,jan.novak@contoso.com,DSR-2026-0044,2026-11-21T10:30:00Z
"""


@dataclass(frozen=True)
class Picture:
    """A view, who sees it, in which sizes, whether all of it is shown, and what is done before that."""

    name: str
    path: str
    role: str = "officer"
    sizes: Sequence[str] = ("wide",)
    is_whole: bool = False
    prepare: Callable[[Page], None] = lambda page: expect(page.locator("[aria-busy=true]")).to_have_count(0)


def pictures(visitors: Visitors) -> list[Picture]:
    """Fills the stack as an office would, and returns what there is to see."""
    office = exports_of_an_office(now())
    office.pop(HOSTILE)
    named = (replace(export, reference=f"DSR-2026-{number:04d}") for number, export in enumerate(office.values(), 27))
    store(visitors.stack.azurite, named)
    officer = visitors.caller("officer")
    person = officer.new_user()
    # The first is among the other exports of the person.
    _, shown = [
        officer.ended(officer.post(person, reference=f"DSR-2026-{number}")["id"]) for number in ("0012", "0041")
    ]
    officer.packaged(shown["id"])
    everywhere = tuple(SIZES)
    return [
        Picture("list", "", sizes=everywhere),
        Picture("export", f"/exports/{shown['id']}", sizes=everywhere),
        Picture("new-many", "/new/many", is_whole=True, prepare=_paste),
        Picture("setup-check", "/setup-check", role="administrator", prepare=_run),
    ]


def _paste(page: Page) -> None:
    page.get_by_label("CSV, to paste").fill(_CSV)
    page.get_by_role("table").wait_for()
    page.evaluate("document.activeElement.blur()")


def _run(page: Page) -> None:
    page.get_by_role("button", name="Run").click()
    page.get_by_text("Everything is ready for exports").first.wait_for()


def main() -> None:
    """Writes the pictures into docs/pictures, or into the folder that is named."""
    target = Path(sys.argv[1]) if sys.argv[1:] else PICTURES
    target.mkdir(parents=True, exist_ok=True)
    with (
        TemporaryDirectory() as state,
        Stack(Path(state), {"PATH": os.environ["PATH"], **_SETTINGS}) as stack,
        chromium() as browser,
    ):
        visitors = Visitors(browser, stack)
        for picture in pictures(visitors):
            for size, theme in product(picture.sizes, THEMES):
                page = visitors.signed_in(picture.role, picture.path, color_scheme=theme, **SIZES[size])
                picture.prepare(page)
                file = target / f"console-{picture.name}-{size}-{theme}.png"
                page.screenshot(path=file, full_page=picture.is_whole, animations="disabled")
                visitors.leave()
    if visitors.complaints:
        sys.exit("\n".join(visitors.complaints))


if __name__ == "__main__":
    main()
