"""Measures the console: how large it is, what it loads, how long the list takes, and what each view asks of the API."""

from __future__ import annotations

import json
import os
import statistics
import tempfile
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bench.table import Row
from local.setup.console_build import BUILT, build_console
from local.stack.local_stack import Stack
from tests.browser import chromium
from tests.console.visitors import Visitors
from tests.e2e.caller import Caller

if TYPE_CHECKING:
    from collections.abc import Sequence

    from playwright.sync_api import Page, Request

    from bench.table import Say

ROLE = "administrator"
"""Sees every export and may run the setup check. What a view asks for is the same for everybody who may see it."""
EXPORTS = 50
"""As many as a page of the list has."""
MOST_CALLS = 6
"""How many calls of the API opening a view may make."""
_ROUNDS = 5
_MOST_KILOBYTES = 100
_MOST_SECONDS = 2.5
"""What counts as good for the largest thing of a page (web.dev, "Largest Contentful Paint")."""
_SLOW_LINE = {"offline": False, "latency": 150, "downloadThroughput": 1_600_000 / 8, "uploadThroughput": 750_000 / 8}
"""Milliseconds, and bytes a second: a telephone with a poor connection (the preset "Slow 4G" of Chromium)."""
# Shown, and nothing of it is still loading.
_IS_SHOWN = "document.querySelector('main h1') !== null && document.querySelector('[aria-busy=true]') === null"
_IS_SHOWN_AFTER = f"() => ({_IS_SHOWN}) ? performance.now() / 1000 : 0"
_SPENT_ON_CALLS = """() => performance.getEntriesByType("resource")
  .filter(({ name }) => new URL(name).pathname.startsWith("/api/") && !name.includes("/api/console"))
  .reduce((sum, { duration }) => sum + duration, 0) / 1000"""


_FETCHED = "() => performance.getEntries().filter(({ transferSize }) => transferSize > 0).length"


@dataclass(frozen=True, slots=True)
class Visit:
    """What happened from opening a page until its view was shown and nothing more was asked for.

    Attributes:
        calls: the calls of the API, such as `GET /exports`; an id in a path is `{id}`.
        files: the requests for files of the console, also where the browser had kept them.
        fetched: how many requests, for files and calls, the browser could not answer from what it had kept.
        received: bytes of all responses of the app, headers included, as they came over the wire.
        seconds: until the view was shown.
        seconds_of_calls: how long the calls of the API took, one after another.
    """

    calls: tuple[str, ...]
    files: tuple[str, ...]
    fetched: int
    received: int
    seconds: float
    seconds_of_calls: float


def measure(say: Say) -> list[Row]:
    """Measures, and returns the rows of the table."""
    build_console()
    with (
        tempfile.TemporaryDirectory() as state,
        Stack(Path(state) / "stack", {"PATH": os.environ["PATH"]}) as stack,
        chromium() as browser,
    ):
        visitors = Visitors(browser, stack)
        say(f"the console: making {EXPORTS} exports to show")
        export = make_exports(Caller.of(stack))
        visitors.signed_in(ROLE)
        say("the console: what each view asks for")
        views = {name: visit(visitors, path) for name, path in paths(export).items()}
        first = before_sign_in(visitors)
        say(f"the console: the list, {_ROUNDS} times on each line")
        loads = {slow: [visit(visitors, "?show=all", slow=slow) for _ in range(_ROUNDS)] for slow in (False, True)}
        again = reloaded(visitors)
        visitors.leave()
    return [_size(), _first_load(first, again), *_times(loads), *_views(views)]


def make_exports(caller: Caller) -> str:
    """Makes a page of exports, waits until all have ended, and returns the id of one that has succeeded."""
    quick = caller.post(caller.quick(caller.new_user()), reference="DSR-2026-0001")
    nobody = [{"subject": {"type": "user", "id": str(uuid.uuid4())}} for _ in range(EXPORTS - 1)]
    others = caller.call("POST", "batches", json={"exports": nobody}).json()["items"]
    for export in others:  # what still runs would take time from what is measured
        caller.ended(export["exportId"])
    succeeded: str = caller.ended(quick["id"])["id"]
    return succeeded


def paths(export: str) -> dict[str, str]:
    """The views, and their paths below the console's."""
    return {
        "the list": "",
        "an export": f"/exports/{export}",
        "a new export": "/new",
        "the setup check": "/setup-check",
    }


def visit(visitors: Visitors, path: str, *, slow: bool = False) -> Visit:
    """Opens a view with an empty cache, as somebody who is signed in."""
    page = visitors.signed_in(ROLE)
    page.goto("about:blank")
    network = page.context.new_cdp_session(page)
    network.send("Network.clearBrowserCache")
    if slow:
        network.send("Network.enable")
        network.send("Network.emulateNetworkConditions", _SLOW_LINE)
    return _watched(page, f"{visitors.stack.console}{path}")


def reloaded(visitors: Visitors) -> Visit:
    """Opens the list again, with everything in the cache that may be kept."""
    page = visitors.signed_in(ROLE)
    return _watched(page, f"{visitors.stack.console}?show=all")


def before_sign_in(visitors: Visitors) -> Visit:
    """Opens the console as a stranger, until the sign-in page is asked for."""
    page = visitors.page()
    requests: list[Request] = []
    page.on("requestfinished", lambda request: requests.append(request))  # noqa: PLW0108 - Playwright marks it
    page.goto(visitors.stack.console)
    page.get_by_role("button").first.wait_for()
    return _visit(requests, urlsplit(visitors.stack.console).netloc, len(requests), 0, 0)


def _watched(page: Page, url: str) -> Visit:
    requests: list[Request] = []
    page.on("requestfinished", lambda request: requests.append(request))  # noqa: PLW0108 - Playwright marks it
    page.goto(url)
    seconds: float = page.wait_for_function(_IS_SHOWN_AFTER).json_value()
    page.wait_for_load_state("networkidle")
    return _visit(requests, urlsplit(url).netloc, page.evaluate(_FETCHED), seconds, page.evaluate(_SPENT_ON_CALLS))


def _visit(requests: Sequence[Request], host: str, fetched: int, seconds: float, seconds_of_calls: float) -> Visit:
    own = [request for request in requests if urlsplit(request.url).netloc == host]
    ways = [(request, urlsplit(request.url).path.removeprefix("/api")) for request in own]
    sizes = [request.sizes() for request in own]
    return Visit(
        calls=tuple(f"{request.method} {_named(path)}" for request, path in ways if not path.startswith("/console")),
        files=tuple(path for _, path in ways if path.startswith("/console")),
        fetched=fetched,
        received=sum(size["responseHeadersSize"] + size["responseBodySize"] for size in sizes),
        seconds=seconds,
        seconds_of_calls=seconds_of_calls,
    )


def _named(path: str) -> str:
    return "/".join("{id}" if len(part) == len(str(uuid.UUID(int=0))) else part for part in path.split("/"))


def _size() -> Row:
    sizes = {encoding: all_files(encoding) / 1000 for encoding in ("br", "gzip")}
    return Row(
        what="the console, all files in all languages: bytes",
        ours=f"{sizes['br']:.1f} kB in Brotli, {sizes['gzip']:.1f} kB in gzip",
        reach=f"at most {_MOST_KILOBYTES} kB",
        met=sizes["br"] <= _MOST_KILOBYTES,
    )


def all_files(encoding: str) -> int:
    """The bytes of all files of the console together, where it helps in this encoding (`br` or `gzip`)."""
    suffix = {"br": ".br", "gzip": ".gz"}[encoding]
    listed = json.loads((BUILT / "files.json").read_text("utf-8"))
    return sum(
        (BUILT / (file["path"] + (suffix if encoding in file["encodings"] else ""))).stat().st_size for file in listed
    )


def _first_load(first: Visit, again: Visit) -> Row:
    return Row(
        what="the same, what a browser loads before the sign-in",
        ours=f"{len(first.files)} requests, {first.received / 1000:.1f} kB; once it has kept them, the list takes "
        f"{again.fetched} requests, {len(again.calls)} of them calls of the API",
        reach=f"at most {_MOST_KILOBYTES} kB",
        met=first.received <= _MOST_KILOBYTES * 1000,
    )


def _times(loads: dict[bool, list[Visit]]) -> list[Row]:
    rows = []
    for slow, visits in loads.items():
        seconds = statistics.median(each.seconds for each in visits)
        calls = statistics.median(each.seconds_of_calls for each in visits)
        rows.append(
            Row(
                what=f"the console, a list of {EXPORTS} with an empty cache"
                + (", at 1.6 Mbit/s and 150 ms" if slow else ", on this machine"),
                ours=f"{seconds:.2f} s until it is shown",
                floor=f"its calls of the API: {calls:.2f} s",
                ratio=f"{seconds / calls:.1f}",
                reach=f"at most {_MOST_SECONDS} s",
                met=seconds <= _MOST_SECONDS,
            )
        )
    return rows


def _views(views: dict[str, Visit]) -> list[Row]:
    return [
        Row(
            what="the console, what opening a view asks of the API",
            ours="; ".join(f"{name} {len(found.calls)}: {', '.join(found.calls)}" for name, found in views.items()),
            reach=f"at most {MOST_CALLS}",
            met=all(len(found.calls) <= MOST_CALLS for found in views.values()),
        )
    ]
