"""What host.json and the environment say about the host."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_HUB_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]{2,44}")
_OVERRIDABLE = "NonRunningStates"


class LoadError(Exception):
    """The app can't be run here; the text is one line for the person who starts it."""


@dataclass(frozen=True)
class HostSettings:
    """The settings of host.json that this host knows.

    Attributes:
        route_prefix: of HTTP functions, without slashes; may be empty.
        hub_name: the task hub.
        default_version: of orchestrations; None if there is none.
        authenticated: whether App Service authentication is on (WEBSITE_AUTH_ENABLED).
    """

    route_prefix: str
    hub_name: str
    default_version: str | None
    authenticated: bool


def read_settings(app_dir: Path, environment: Mapping[str, str]) -> HostSettings:
    """Read host.json of the app.

    Raises:
        LoadError: it is missing, is not JSON, or has a value that this host does not support.
    """
    extensions = _host_json(app_dir).get("extensions", {})
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
    return HostSettings(
        route_prefix=extensions.get("http", {}).get("routePrefix", "api").strip("/"),
        hub_name=hub_name,
        default_version=durable.get("defaultVersion"),
        authenticated=environment.get("WEBSITE_AUTH_ENABLED", "").lower() == "true",
    )


def _host_json(app_dir: Path) -> dict[str, Any]:
    path = app_dir / "host.json"
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise LoadError(f"cannot read {path}: {error.strerror}") from error
    except ValueError as error:
        raise LoadError(f"{path} is not JSON: {error}") from error
    if not isinstance(content, dict):
        raise LoadError(f"{path} is not a JSON object")
    return content
