"""The settings of host.json."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from local.checkout import ROOT
from local.host.host_settings import HostJsonError, HostSettings, LoadError, read_settings
from local.host.queue_timing import QueueTiming, Timers


def write(folder: Path, **extensions: Any) -> Path:
    (folder / "host.json").write_text(json.dumps({"version": "2.0", "extensions": extensions}), encoding="utf-8")
    return folder


def test_what_host_json_leaves_out_is_as_on_the_platform(tmp_path: Path) -> None:
    assert read_settings(write(tmp_path), {}) == HostSettings(
        route_prefix="api",
        hub_name="TestHubName",
        default_version=None,
        timing=QueueTiming(Timers.PROMPT, timedelta(minutes=5)),
        largest_body=104_857_600,
        has_home_page=True,
        function_timeout=timedelta(minutes=30),
        timer_lease=timedelta(minutes=1),
    )


def test_all_settings(tmp_path: Path) -> None:
    durable = {
        "hubName": "Hub",
        "defaultVersion": "2",
        "overridableExistingInstanceStates": "NonRunningStates",
        "storageProvider": {"controlQueueVisibilityTimeout": "00:01:00", "workItemQueueVisibilityTimeout": "01:02:03"},
    }
    folder = write(tmp_path, durableTask=durable, http={"routePrefix": ""})
    environment = {
        "LOCAL_HOST_TIMERS": "busy",
        "FUNCTIONS_REQUEST_BODY_SIZE_LIMIT": "4194304",
        "AzureWebJobsDisableHomepage": "true",
    }
    assert read_settings(folder, environment) == HostSettings(
        route_prefix="",
        hub_name="Hub",
        default_version="2",
        timing=QueueTiming(Timers.BUSY, timedelta(hours=1, minutes=2, seconds=3)),
        largest_body=4_194_304,
        has_home_page=False,
        function_timeout=timedelta(minutes=30),
        timer_lease=timedelta(minutes=1),
    )


def test_what_a_killed_host_was_doing_goes_on_after_a_minute() -> None:
    assert read_settings(ROOT, {}).timing == QueueTiming(Timers.PROMPT, timedelta(minutes=1))


@pytest.mark.parametrize(
    ("durable", "says"),
    [
        ({"hubName": "no good"}, "hubName 'no good' must be 3 to 45 letters and digits, a letter first"),
        ({"hubName": "%HUB%"}, "hubName '%HUB%'"),
        (
            {"overridableExistingInstanceStates": "AnyState"},
            "the local host does not support overridableExistingInstanceStates 'AnyState', only NonRunningStates",
        ),
        (
            {"storageProvider": {"controlQueueVisibilityTimeout": "00:00:59"}},
            "host.json: controlQueueVisibilityTimeout '00:00:59' must be hh:mm:ss, at least 00:01:00",
        ),
        ({"storageProvider": {"workItemQueueVisibilityTimeout": "1 min"}}, "workItemQueueVisibilityTimeout '1 min'"),
    ],
)
def test_an_unsupported_value_is_refused_by_name(tmp_path: Path, durable: dict[str, Any], says: str) -> None:
    with pytest.raises(LoadError) as refused:
        read_settings(write(tmp_path, durableTask=durable), {})
    assert says in str(refused.value)


@pytest.mark.parametrize(
    ("text", "timeout"), [("00:10:00", timedelta(minutes=10)), ("00:00:01", timedelta(seconds=1)), ("-1", None)]
)
def test_how_long_a_call_may_take(tmp_path: Path, text: str, timeout: timedelta | None) -> None:
    (tmp_path / "host.json").write_text(json.dumps({"functionTimeout": text}), encoding="utf-8")
    assert read_settings(tmp_path, {}).function_timeout == timeout


@pytest.mark.parametrize("text", ["00:00:00", "10 min", "", "-2"])
def test_a_limit_of_calls_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "host.json").write_text(json.dumps({"functionTimeout": text}), encoding="utf-8")
    with pytest.raises(LoadError, match=f"functionTimeout '{text}' must be hh:mm:ss"):
        read_settings(tmp_path, {})


def test_a_shorter_time_for_tests_shortens_the_lease_of_timers_too(tmp_path: Path) -> None:
    assert read_settings(write(tmp_path), {"LOCAL_HOST_HIDDEN_SECONDS": "2"}).timer_lease == timedelta(seconds=2)


def test_a_wrong_setting_of_the_local_host_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match="LOCAL_HOST_TIMERS must be"):
        read_settings(write(tmp_path), {"LOCAL_HOST_TIMERS": "lazy"})


@pytest.mark.parametrize("text", ["", "4MB", "-1", "²"])
def test_a_limit_that_is_no_number_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(LoadError, match="FUNCTIONS_REQUEST_BODY_SIZE_LIMIT must be a number of bytes"):
        read_settings(write(tmp_path), {"FUNCTIONS_REQUEST_BODY_SIZE_LIMIT": text})


def test_a_file_that_is_missing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match="cannot read"):
        read_settings(tmp_path, {})


@pytest.mark.parametrize(("text", "says"), [("nonsense", "is not JSON"), ("[]", "is not a JSON object")])
def test_a_file_that_is_not_settings_is_known_as_such(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "host.json").write_text(text, encoding="utf-8")
    with pytest.raises(HostJsonError, match=says):
        read_settings(tmp_path, {})
