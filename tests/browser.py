"""The browser that tests drive: a headless Chromium, which set-up has found or installed."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

from local.setup.browser_choice import find_browser

_QUIET = ("--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run")
"""Without these Chromium looks for updates and a profile, which a closed network refuses many times a second."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser of its own, with no profile.

    Raises:
        BrowserMissingError: none is installed. Tests fail then, because what they prove would be left out in silence.
    """
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=list(_QUIET))
        try:
            yield browser
        finally:
            browser.close()
