"""What host.json and the environment say about the host."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from local.host.queue_timing import QueueTiming, read_queue_timing

_HUB_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]{2,44}")
_OVERRIDABLE = "NonRunningStates"
_TIME = re.compile(r"(\d\d):(\d\d):(\d\d)")
_VISIBILITY_TIMEOUTS = ("controlQueueVisibilityTimeout", "workItemQueueVisibilityTimeout")
_DEFAULT_VISIBILITY_TIMEOUT = "00:05:00"
_BODY_LIMIT = "FUNCTIONS_REQUEST_BODY_SIZE_LIMIT"
_LARGEST_BODY = 100 * 1024 * 1024  # bytes, the platform's default
_LEAST_VISIBILITY_TIMEOUT = timedelta(minutes=1)
_TIMER_LEASE = timedelta(minutes=1)
_DEFAULT_FUNCTION_TIMEOUT = "00:30:00"
"""Of all plans but Consumption: https://learn.microsoft.com/azure/azure-functions/functions-scale#timeout."""


class LoadError(Exception):
    """The app can't be run here; the text is one line for the person who starts it."""


class HostJsonError(Exception):
    """host.json can't be read. Microsoft's host runs on, but answers everything with 503."""


@dataclass(frozen=True)
class HostSettings:
    """The settings of host.json that this host knows.

    Attributes:
        route_prefix: of HTTP functions, without slashes; may be empty.
        hub_name: the task hub.
        default_version: of orchestrations; None if there is none.
        timing: how long the messages of the task hub are hidden.
        largest_body: of a request, in bytes (FUNCTIONS_REQUEST_BODY_SIZE_LIMIT).
        has_home_page: whether there is a page at `/` (AzureWebJobsDisableHomepage).
        function_timeout: of a call; None if it may take for ever.
        timer_lease: how long a killed host keeps the timer functions from the next one.
    """

    route_prefix: str
    hub_name: str
    default_version: str | None
    timing: QueueTiming
    largest_body: int
    has_home_page: bool
    function_timeout: timedelta | None
    timer_lease: timedelta


def read_settings(app_dir: Path, environment: Mapping[str, str]) -> HostSettings:
    """Read host.json of the app.

    Raises:
        HostJsonError: it is not JSON.
        LoadError: it is missing, or has a value that this host does not support; or the environment has.
    """
    host_json = _host_json(app_dir)
    extensions = host_json.get("extensions", {})
    durable = extensions.get("durableTask", {})
    hub_name = durable.get("hubName", "TestHubName")
    if not _HUB_NAME.fullmatch(hub_name):
        raise LoadError(f"host.json: hubName '{hub_name}' must be 3 to 45 letters and digits, a letter first")
    overridable = durable.get("overridableExistingInstanceStates", _OVERRIDABLE)
    if overridable != _OVERRIDABLE:
        raise LoadError(
            f"host.json: the local host does not support overridableExistingInstanceStates '{overridable}', "
            f"only {_OVERRIDABLE}"
        )
    timing = _timing(durable.get("storageProvider", {}), environment)
    return HostSettings(
        route_prefix=extensions.get("http", {}).get("routePrefix", "api").strip("/"),
        hub_name=hub_name,
        default_version=durable.get("defaultVersion"),
        timing=timing,
        largest_body=_largest_body(environment),
        has_home_page=environment.get("AzureWebJobsDisableHomepage", "").lower() not in ("true", "1"),
        function_timeout=_function_timeout(str(host_json.get("functionTimeout", _DEFAULT_FUNCTION_TIMEOUT))),
        timer_lease=min(timing.interrupted, _TIMER_LEASE),
    )


def _largest_body(environment: Mapping[str, str]) -> int:
    text = environment.get(_BODY_LIMIT, str(_LARGEST_BODY))
    if not (text.isascii() and text.isdigit()):
        raise LoadError(f"{_BODY_LIMIT} must be a number of bytes, not '{text}'")
    return int(text)


def _timing(storage_provider: Mapping[str, str], environment: Mapping[str, str]) -> QueueTiming:
    timeouts = [_visibility_timeout(storage_provider, name) for name in _VISIBILITY_TIMEOUTS]
    try:
        return read_queue_timing(max(timeouts), environment)
    except ValueError as error:
        raise LoadError(str(error)) from error


def _visibility_timeout(storage_provider: Mapping[str, str], name: str) -> timedelta:
    text = storage_provider.get(name, _DEFAULT_VISIBILITY_TIMEOUT)
    timeout = _time(text)
    if timeout < _LEAST_VISIBILITY_TIMEOUT:
        raise LoadError(f"host.json: {name} '{text}' must be hh:mm:ss, at least 00:01:00")
    return timeout


def _function_timeout(text: str) -> timedelta | None:
    if text == "-1":
        return None
    timeout = _time(text)
    if not timeout:
        raise LoadError(f"host.json: functionTimeout '{text}' must be hh:mm:ss, more than 00:00:00, or -1 for no limit")
    return timeout


def _time(text: str) -> timedelta:
    """What hh:mm:ss says; no time for anything else."""
    parts = _TIME.fullmatch(text)
    hours, minutes, seconds = map(int, parts.groups()) if parts else (0, 0, 0)
    return timedelta(hours=hours, minutes=minutes, seconds=seconds)


def _host_json(app_dir: Path) -> dict[str, Any]:
    path = app_dir / "host.json"
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise LoadError(f"cannot read {path}: {error.strerror}") from error
    except ValueError as error:
        raise HostJsonError(f"{path} is not JSON: {error}") from error
    if not isinstance(content, dict):
        raise HostJsonError(f"{path} is not a JSON object")
    return content
