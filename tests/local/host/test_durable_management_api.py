"""Orchestrations through the SDK's durable client and the management API."""

import pytest

from tests.local.host.sample_app_host import HostProcess, until


def test_activities_one_after_another(host: HostProcess) -> None:
    ended = host.ended(host.begin("chain", client_input=4))
    assert (ended["runtimeStatus"], ended["output"]) == ("Completed", {"total": 10, "version": "1.0"})
    assert ended["customStatus"] == {"step": 3}
    assert ended["input"] == "4"


def test_the_version_is_the_callers_if_there_is_one(host: HostProcess) -> None:
    assert host.ended(host.begin("chain", query="?version=2.5"))["output"]["version"] == "2.5"


def test_children_and_activities_side_by_side(host: HostProcess) -> None:
    assert host.ended(host.begin("fan_out"))["output"] == [1, 3, 380]


def test_continue_as_new(host: HostProcess) -> None:
    ended = host.ended(host.begin("again", client_input=0))
    assert (ended["output"], ended["input"]) == (5, "5")


def test_a_retry_gives_up_after_its_last_attempt(host: HostProcess) -> None:
    instance = host.begin("stubborn", "stubborn-1")
    ended = host.ended(instance)
    assert ended["runtimeStatus"] == "Failed"
    assert "Activity function 'fail' failed: ValueError: no luck, stubborn-1" in ended["output"]
    assert host.noted("failures") == ["stubborn-1"] * 3


def test_an_unknown_activity_fails_the_instance(host: HostProcess) -> None:
    ended = host.ended(host.begin("lost"))
    assert ended["runtimeStatus"] == "Failed"
    assert "The function 'nowhere' doesn't exist" in ended["output"]


def test_an_unknown_orchestrator_is_an_error_of_the_client(host: HostProcess) -> None:
    response = host.client.post("/api/start/nobody")
    assert response.status_code == 409
    assert "The function 'nobody' doesn't exist" in response.json()["error"]


def test_a_timer_fires_in_real_time(host: HostProcess) -> None:
    assert host.ended(host.begin("patient", client_input={"seconds": 0.2}))["output"] == "time is up"


def test_an_event_of_the_client_arrives_as_json_text(host: HostProcess) -> None:
    instance = host.begin("patient")
    host.call("raise_event", instance, event_name="go", event_data={"ok": True})
    assert host.ended(instance)["output"] == {"got": '{"ok": true}'}


def test_an_event_that_is_posted_arrives_as_it_is(host: HostProcess) -> None:
    instance = host.begin("patient")
    path = f"/durabletask/instances/{instance}/raiseEvent/go"
    assert host.client.post(path, content="text").status_code == 400
    assert host.client.post(path, content="{", headers={"Content-Type": "application/json"}).status_code == 400
    assert host.client.post(path, json={"ok": True}).status_code == 202
    assert host.ended(instance)["output"] == {"got": {"ok": True}}
    assert host.client.post(path, json={"ok": True}).status_code == 410


def test_a_running_instance_is_not_replaced_but_an_ended_one_is(host: HostProcess) -> None:
    host.begin("patient", "once")
    refused = host.client.post("/api/start/patient/once")
    assert refused.status_code == 409
    assert "An Orchestration instance with the status" in refused.json()["error"]
    host.call("terminate", "once", reason="enough")
    host.ended("once")
    host.begin("chain", "once", 1)
    assert host.ended("once")["name"] == "chain"


def test_terminate(host: HostProcess) -> None:
    instance = host.begin("patient")
    host.call("terminate", instance, reason="not needed any more")
    ended = host.ended(instance)
    assert (ended["runtimeStatus"], ended["output"]) == ("Terminated", "not needed any more")


def test_suspend_holds_everything_back_until_resume(host: HostProcess) -> None:
    instance = host.begin("patient")
    host.call("suspend", instance, reason="wait")
    until(lambda: host.status(instance)["runtimeStatus"] == "Suspended")
    host.call("raise_event", instance, event_name="go", event_data=1)
    assert host.status(instance)["runtimeStatus"] == "Suspended"
    host.call("resume", instance, reason="go on")
    assert host.ended(instance)["output"] == {"got": "1"}


def test_restart_with_the_same_input_under_a_new_id_or_the_same(host: HostProcess) -> None:
    instance = host.begin("chain", client_input=2)
    host.ended(instance)
    other = host.call("restart", instance)["id"]
    assert other != instance
    assert host.ended(other)["output"]["total"] == 3
    assert host.call("restart", instance, restart_with_new_instance_id=False)["id"] == instance
    assert host.ended(instance)["output"]["total"] == 3


def test_purge_one(host: HostProcess) -> None:
    instance = host.begin("chain", client_input=1)
    host.ended(instance)
    assert host.call("purge_instance_history", instance) == 1
    assert host.call("purge_instance_history", instance) == 0
    assert host.call("get_status", instance) is None


def test_a_running_instance_is_not_purged(host: HostProcess) -> None:
    instance = host.begin("patient")
    assert host.call("purge_instance_history", instance) == 0
    assert host.call("get_status", instance)["instanceId"] == instance


def test_status_with_its_history(host: HostProcess) -> None:
    instance = host.begin("chain", client_input=1)
    host.ended(instance)
    status = host.call("get_status", instance, show_history=True, show_history_output=True)
    assert status["runtimeStatus"] == "Completed"
    names = [(each["EventType"], each.get("FunctionName")) for each in status["events"]]
    assert names == [("ExecutionStarted", "chain"), ("TaskCompleted", "add"), ("ExecutionCompleted", None)]
    assert status["events"][1]["Result"] == 1
    assert status["events"][1]["ScheduledTime"] <= status["events"][1]["Timestamp"]


def test_query_by_status_prefix_and_time(host: HostProcess) -> None:
    for number in range(3):
        host.begin("chain", f"queried-{number}", 1)
        host.ended(f"queried-{number}")
    host.begin("patient", "queried-3")

    def ids(**query: str) -> list[str]:
        found = host.client.get("/durabletask/instances/", params={"instanceIdPrefix": "queried-"} | query).json()
        return [each["instanceId"] for each in found]

    assert len(ids()) == 4
    until(lambda: ids(runtimeStatus="Running,Pending") == ["queried-3"])
    assert len(ids(runtimeStatus="Completed,Failed")) == 3
    assert ids(createdTimeFrom="2999-01-01T00:00:00.000000Z") == []
    assert len(ids(createdTimeTo="2999-01-01T00:00:00.000000Z")) == 4


def test_purge_many_needs_a_time_and_spares_the_running(host: HostProcess) -> None:
    assert host.client.delete("/durabletask/instances/").status_code == 400
    long_ago = {"createdTimeFrom": "2999-01-01T00:00:00Z"}
    assert host.client.delete("/durabletask/instances/", params=long_ago).status_code == 404


def test_rewind_is_refused_honestly(host: HostProcess) -> None:
    instance = host.begin("lost")
    host.ended(instance)
    response = host.client.post(f"/durabletask/instances/{instance}/rewind?reason=x")
    assert response.status_code == 501
    assert "can't rewind" in response.text


@pytest.mark.parametrize("path", ["instances/none", "entities/counter/1", "instances/none/raiseEvent/go"])
def test_what_is_not_there_is_not_found(host: HostProcess, path: str) -> None:
    assert host.client.post(f"/durabletask/{path}", json=1).status_code == 404


def test_the_public_api_needs_the_system_key(host: HostProcess) -> None:
    links = host.client.post("/api/start/patient").json()
    assert links["statusQueryGetUri"].startswith(host.url)
    assert host.client.get(links["statusQueryGetUri"].split("?")[0]).status_code == 401
    wrong = host.client.get(links["statusQueryGetUri"].split("&code=")[0] + "&code=wrong")
    assert wrong.status_code == 401
    assert host.client.get(links["statusQueryGetUri"]).status_code == 202
    assert host.client.post(links["sendEventPostUri"].format(eventName="go"), json=7).status_code == 202
    until(lambda: host.client.get(links["statusQueryGetUri"]).status_code == 200)
    assert host.client.delete(links["purgeHistoryDeleteUri"]).json() == {"instancesDeleted": 1}


def test_start_and_wait_for_the_end(host: HostProcess) -> None:
    path = "/runtime/webhooks/durabletask/orchestrators/chain?timeout=10&pollingInterval=0.05&code="
    response = host.client.post(path + host.key("systemKeys", "durabletask_extension"), json="2")
    assert (response.status_code, response.json()["total"]) == (200, 3)


def test_start_and_wait_no_longer_than_asked(host: HostProcess) -> None:
    path = "/durabletask/orchestrators/patient?timeout=0.1&pollingInterval=0.05"
    assert host.client.post(path).status_code == 202
