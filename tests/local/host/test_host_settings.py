"""The settings of host.json."""

import json
from pathlib import Path
from typing import Any

import pytest

from local.host.host_settings import HostSettings, LoadError, read_settings


def write(folder: Path, **extensions: Any) -> Path:
    (folder / "host.json").write_text(json.dumps({"version": "2.0", "extensions": extensions}), encoding="utf-8")
    return folder


def test_what_host_json_leaves_out_is_as_on_the_platform(tmp_path: Path) -> None:
    read = read_settings(write(tmp_path), {})
    assert read == HostSettings(route_prefix="api", hub_name="TestHubName", default_version=None, authenticated=False)


def test_all_settings(tmp_path: Path) -> None:
    durable = {"hubName": "Hub", "defaultVersion": "2", "overridableExistingInstanceStates": "NonRunningStates"}
    read = read_settings(
        write(tmp_path, durableTask=durable, http={"routePrefix": ""}), {"WEBSITE_AUTH_ENABLED": "True"}
    )
    assert read == HostSettings(route_prefix="", hub_name="Hub", default_version="2", authenticated=True)


@pytest.mark.parametrize(
    ("durable", "says"),
    [
        ({"hubName": "no good"}, "hubName 'no good' must be 3 to 45 letters and digits, a letter first"),
        ({"hubName": "%HUB%"}, "hubName '%HUB%'"),
        (
            {"overridableExistingInstanceStates": "AnyState"},
            "the local host does not support overridableExistingInstanceStates 'AnyState', only NonRunningStates",
        ),
    ],
)
def test_an_unsupported_value_is_refused_by_name(tmp_path: Path, durable: dict[str, str], says: str) -> None:
    with pytest.raises(LoadError) as refused:
        read_settings(write(tmp_path, durableTask=durable), {})
    assert says in str(refused.value)


@pytest.mark.parametrize(
    ("text", "says"), [(None, "cannot read"), ("nonsense", "is not JSON"), ("[]", "is not a JSON object")]
)
def test_a_file_that_is_not_settings_is_refused(tmp_path: Path, text: str | None, says: str) -> None:
    if text is not None:
        (tmp_path / "host.json").write_text(text, encoding="utf-8")
    with pytest.raises(LoadError, match=says):
        read_settings(tmp_path, {})
