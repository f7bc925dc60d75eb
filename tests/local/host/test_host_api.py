"""The host's own API and its home page. Which key opens what is in recorded/administration.yaml."""

from pathlib import Path

import pytest

from tests.local.host.sample_app_host import SampleAppHost, until


@pytest.fixture
def master(host: SampleAppHost) -> dict[str, str]:
    return {"x-functions-key": host.master_key()}


def test_the_home_page_can_be_turned_off(host: SampleAppHost, tmp_path: Path) -> None:
    assert "up and running" in host.client.get("/").text
    with SampleAppHost(tmp_path, {"AzureWebJobsDisableHomepage": "true"}) as without:
        assert without.client.get("/").status_code == 204


def test_the_state_of_the_host(host: SampleAppHost, master: dict[str, str]) -> None:
    status = host.client.get("/ADMIN/Host/Status", headers=master).json()
    assert status["state"] == "Running"
    assert status["processUptime"] > 0


def test_the_functions(host: SampleAppHost, master: dict[str, str]) -> None:
    functions = {each["name"]: each for each in host.client.get("/admin/functions", headers=master).json()}
    assert {"echo", "tick", "chain", "add"} <= functions.keys()
    one = host.client.get("/admin/functions/locked", headers=master).json()
    assert one == functions["locked"]
    assert one["config"]["bindings"][0]["authLevel"] == "FUNCTION"
    assert host.client.get("/admin/functions/nobody", headers=master).status_code == 404


def test_a_timer_function_can_be_called_now(host: SampleAppHost, master: dict[str, str]) -> None:
    before = len(host.noted("ticks"))
    assert host.client.post("/admin/functions/tick", headers=master, json={"input": ""}).status_code == 202
    until(lambda: host.noted("ticks")[before:] == ["begin False", "end"])


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "functions/echo"),
        ("POST", "functions"),
        ("DELETE", "functions/tick"),
        ("GET", "functions/tick/keys"),
        ("PUT", "host/keys/other"),
        ("GET", "extensions"),
    ],
)
def test_what_is_not_served_is_refused_by_name(
    host: SampleAppHost, master: dict[str, str], method: str, path: str
) -> None:
    assert host.client.request(method, f"/admin/{path}").status_code == 401
    response = host.client.request(method, f"/admin/{path}", headers=master)
    assert response.status_code == 501
    assert response.json()["Message"] == f"The local host does not support {method} /admin/{path}."
