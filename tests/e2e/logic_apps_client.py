"""Runs HTTP actions as Logic Apps does, and as Power Automate does those of a connector.

By default an action follows the asynchronous pattern. After a 202 with `Location` it gets that URL, each time after
`Retry-After`, until the status is another one. That last response is the action's: a 2xx is green, anything else red.
A 202 without `Location` is green at once.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx

from tests.e2e.caller import Caller

TIME_LIMIT = 180.0
_USUAL_WAIT = 20
"""Seconds between two requests, where the service doesn't say."""


@dataclass(frozen=True)
class ActionRun:
    """How an action ended, and on which way."""

    response: httpx.Response
    statuses: tuple[int, ...]
    """Of all its requests, in order."""

    @property
    def is_green(self) -> bool:
        return self.response.is_success

    @property
    def body(self) -> dict[str, Any]:
        found: dict[str, Any] = self.response.json()
        return found


class LogicAppsClient:
    """A workflow that runs actions with the identity of a caller."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def run(
        self, method: str, path: str, *, meanwhile: Callable[[], object] = lambda: None, **request: Any
    ) -> ActionRun:
        """Runs an action to its end; `meanwhile` is called once, after the first response."""
        response = self._caller.call(method, path, **request)
        meanwhile()
        statuses = [response.status_code]
        stop_at = time.monotonic() + TIME_LIMIT
        while response.status_code == 202 and "Location" in response.headers:
            assert time.monotonic() < stop_at, f"The action timed out: {response.text}"
            location = response.headers["Location"]
            time.sleep(int(response.headers.get("Retry-After", _USUAL_WAIT)))
            response = self._caller.call("GET", location)
            statuses.append(response.status_code)
        return ActionRun(response, tuple(statuses))
