"""People at the console, each in a browser context of their own, who notice what should not happen."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request

from local.identity.made_up_people import PEOPLE
from local.stack.local_stack import Stack
from tests.e2e.caller import Caller

# A tab that was just opened is filled once, so that what a test removes stays away.
_FILL = """entries => {
  if (location.origin !== entries.origin || sessionStorage.length > 0) return;
  for (const [key, value] of entries.values) sessionStorage.setItem(key, value);
}"""


@dataclass
class Visitors:
    """Opens pages of the console, and keeps what was wrong with them.

    `complaints` has each error in a page's console, each exception in its scripts, and each request to elsewhere than
    the API, the identity and the storage of the stack.
    """

    browser: Browser
    stack: Stack
    complaints: list[str] = field(default_factory=list)
    _contexts: list[BrowserContext] = field(default_factory=list)
    _sessions: dict[str, list[list[str]]] = field(default_factory=dict)

    def signed_in(
        self, role: str, path: str = "", *, expected_errors: Sequence[str] = (), **context_options: Any
    ) -> Page:
        """A page of somebody who is signed in, in a new context, once it shows its view.

        The first page with a role signs in through the pages of the identity; the next ones take over its session.

        Args:
            role: the key of a person in `local.identity.made_up_people`, such as `officer`.
            path: what follows `/api/console`, such as `/exports/ID` or `?status=Failed`.
            expected_errors: regular expressions of console errors that are no complaint, such as `status of 503`.
            context_options: for Playwright, such as `viewport`, `color_scheme`, `locale` or `timezone_id`.
        """
        page = self.page(expected_errors=expected_errors, **context_options)
        session = self._sessions.get(role)
        if session:
            page.context.add_init_script(f"({_FILL})({json.dumps(self._entries(session))})")
        page.goto(f"{self.stack.console}{path}")
        if not session:
            choose(page, role)
        page.get_by_role("banner").wait_for()
        self._sessions.setdefault(role, page.evaluate("Object.entries(sessionStorage)"))
        return page

    def page(self, *, expected_errors: Sequence[str] = (), **context_options: Any) -> Page:
        """A blank page of somebody who is not signed in, in a new context."""
        context = self.browser.new_context(**{"ignore_https_errors": True, "locale": "en-US", **context_options})
        self._contexts.append(context)
        self._watch(context, expected_errors)
        return context.new_page()

    def caller(self, role: str) -> Caller:
        """The same person as a caller of the API, to make and to look at what the pages show."""
        person = PEOPLE[role]
        token = self.stack.token_for(person.roles, name=person.name, object_id=person.id)
        return Caller(self.stack, {"Authorization": f"Bearer {token}"})

    def leave(self) -> None:
        """Closes all pages."""
        while self._contexts:
            self._contexts.pop().close()

    def _entries(self, session: Sequence[Sequence[str]]) -> Mapping[str, Any]:
        origin = urlsplit(self.stack.console)
        return {"origin": f"{origin.scheme}://{origin.netloc}", "values": session}

    def _watch(self, context: BrowserContext, expected_errors: Sequence[str]) -> None:
        known = [_origin(url) for url in (self.stack.api, self.stack.identity, self.stack.azurite.blob_endpoint)]

        def note_message(message: ConsoleMessage) -> None:
            if message.type == "error" and not any(re.search(error, message.text) for error in expected_errors):
                self.complaints.append(f"{message.location.get('url')}: {message.text}")

        def note_request(request: Request) -> None:
            if request.url.startswith("http") and _origin(request.url) not in known:
                self.complaints.append(f"a request to {request.url}")

        context.on("console", note_message)
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        context.on("request", note_request)


def choose(page: Page, role: str) -> None:
    """Chooses a person on the page of the identity."""
    page.get_by_role("button", name=PEOPLE[role].name).click()


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc
