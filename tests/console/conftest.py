"""Fixtures for tests of the console: a stack for each module, a browser, and people who are signed in."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest
from playwright.sync_api import Browser, Page, expect

from local.stack.local_stack import Stack
from tests.browser import chromium
from tests.console.visitors import Visitors
from tests.e2e.caller import Caller

# Browsers, stacks and tests share the CPUs, so that a page can take longer than Playwright's 5 seconds.
expect.set_options(timeout=15_000)


class SignedIn(Protocol):
    """`Visitors.signed_in`, for the types of tests."""

    def __call__(self, role: str, path: str = "", *, expected_errors: Any = (), **context_options: Any) -> Page: ...


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser for each module: while Playwright runs, no other test of the process could use asyncio."""
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, app: Path) -> Iterator[Stack]:
    """A stack of the module's own, so that its lists show what its tests have made."""
    with Stack(tmp_path_factory.mktemp("console"), {"PATH": os.environ["PATH"]}, app=app) as running:
        yield running


@pytest.fixture(scope="module")
def caller(stack: Stack) -> Caller:
    """A caller of the API who may do everything, to make what the pages show."""
    return Caller.of(stack)


@pytest.fixture(scope="module")
def visitors_of_module(browser: Browser, stack: Stack) -> Visitors:
    return Visitors(browser, stack)


@pytest.fixture
def visitors(visitors_of_module: Visitors) -> Iterator[Visitors]:
    """Opens pages. Afterwards they are closed, and the test fails if something was wrong with one."""
    visitors_of_module.complaints.clear()
    yield visitors_of_module
    visitors_of_module.leave()
    assert visitors_of_module.complaints == []


@pytest.fixture
def signed_in(visitors: Visitors) -> SignedIn:
    """Opens the console as somebody who is signed in: `signed_in("officer", "/new")`."""
    return visitors.signed_in
