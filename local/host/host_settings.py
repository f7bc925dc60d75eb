"""What host.json and the environment say about the host."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_EXPRESSION = re.compile(r"%([^%]+)%")
_HUB_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]{2,44}")
_OVERRIDABLE = ("NonRunningStates", "AnyState")


class LoadError(Exception):
    """The app can't be run here; the text is one line for the person who starts it."""


@dataclass(frozen=True)
class Settings:
    """The settings of host.json that this host knows.

    Attributes:
        route_prefix: of HTTP functions, without slashes; may be empty.
        hub_name: the task hub.
        default_version: of orchestrations that are started without one.
        overrides_running: whether a start replaces a running instance of the same id.
        authenticated: whether App Service authentication stands in front (WEBSITE_AUTH_ENABLED).
    """

    route_prefix: str = "api"
    hub_name: str = "TestHubName"
    default_version: str | None = None
    overrides_running: bool = False
    authenticated: bool = False


def read_settings(app_dir: Path, environment: Mapping[str, str]) -> Settings:
    """Read host.json of the app.

    Raises:
        LoadError: it is missing, is no JSON, or has a value that the platform would refuse.
    """
    extensions = _host_json(app_dir).get("extensions", {})
    durable = extensions.get("durableTask", {})
    hub_name = resolve(durable.get("hubName", Settings.hub_name), environment)
    if not _HUB_NAME.fullmatch(hub_name):
        raise LoadError(f"host.json: hubName '{hub_name}' must be 3 to 45 letters and digits, a letter first")
    overridable = durable.get("overridableExistingInstanceStates", _OVERRIDABLE[0])
    if overridable not in _OVERRIDABLE:
        raise LoadError(f"host.json: overridableExistingInstanceStates '{overridable}' must be one of {_OVERRIDABLE}")
    return Settings(
        route_prefix=extensions.get("http", {}).get("routePrefix", Settings.route_prefix).strip("/"),
        hub_name=hub_name,
        default_version=durable.get("defaultVersion"),
        overrides_running=overridable == "AnyState",
        authenticated=environment.get("WEBSITE_AUTH_ENABLED", "").lower() == "true",
    )


def resolve(text: str, environment: Mapping[str, str]) -> str:
    """Put the app settings in for the %NAMES% in a text.

    Raises:
        LoadError: one of them is not set.
    """

    def value(match: re.Match[str]) -> str:
        name = match.group(1)
        if name not in environment:
            raise LoadError(f"'{text}' needs the app setting {name}, which is not set")
        return environment[name]

    return _EXPRESSION.sub(value, text)


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
