"""The management API gives the answers that were recorded of Microsoft's host."""

import json
import re
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from tests.local.host.sample_app_host import SampleAppHost, until

Step = dict[str, Any]

STORIES: dict[str, list[Step]] = yaml.safe_load(
    Path(__file__).with_name("recorded_durable_answers.yaml").read_text(encoding="utf-8")
)
TIME = re.compile(r'"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"')


@pytest.mark.parametrize("story", STORIES)
def test_the_answers_are_those_of_the_platform(host: SampleAppHost, story: str) -> None:
    for step in STORIES[story]:
        if "start" in step:
            host.begin(*step["start"])
        elif "until" in step:
            instance, status = step["until"]
            until(lambda: host.status(instance)["runtimeStatus"] == status)  # noqa: B023 - it ends before the next step
        else:
            check(host, step)


def check(host: SampleAppHost, step: Step) -> None:
    keys = {"durable": host.durable_key, "function": host.function_key, "master": host.master_key()}
    key = keys[step.get("key", "durable")]
    method, path = step["ask"].split(" ", 1)
    headers = {name: value.replace("KEY", key) for name, value in step.get("send", {}).items()}
    connection = HTTPConnection(urlsplit(host.url).netloc, timeout=20)
    connection.request(
        method, f"/runtime/webhooks/durabletask/{path.replace('KEY', key)}", step.get("body"), headers=headers
    )
    response = connection.getresponse()
    body = response.read().decode()
    connection.close()
    assert response.status == step["status"], (step, body)
    for name, value in step.get("headers", {}).items():
        assert (plain(response.headers[name], host.url, key)) == value, (step, name)
    check_body(TIME.sub('"TIME"', plain(body, host.url, key) or ""), response, step)


def plain(text: str | None, origin: str, key: str) -> str | None:
    return text.replace(origin, "ORIGIN").replace(key, "KEY") if text else text


def check_body(body: str, response: HTTPResponse, step: Step) -> None:
    if not {"json", "has", "ids"} & step.keys():
        assert body == "" or response.status == 202, step
        return
    assert response.headers["Content-Type"] == "application/json; charset=utf-8"
    content = json.loads(body)
    if "json" in step:
        assert content == step["json"], step
    elif "ids" in step:
        assert [each["instanceId"] for each in content] == step["ids"], step
    else:
        assert content | step["has"] == content, step
