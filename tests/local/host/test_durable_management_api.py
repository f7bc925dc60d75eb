"""Orchestrations through the SDK's durable client and the management API."""

import pytest

from tests.local.host.sample_app_host import SampleAppHost, until

INSTANCES = "/durabletask/instances"


def test_activities_one_after_another(host: SampleAppHost) -> None:
    ended = host.ended(host.begin("chain", client_input=4))
    assert (ended["runtimeStatus"], ended["output"]) == ("Completed", {"total": 10, "version": "1.0"})
    assert ended["customStatus"] == {"step": 3}
    assert ended["input"] == "4"


def test_continue_as_new(host: SampleAppHost) -> None:
    ended = host.ended(host.begin("again", client_input=0))
    assert (ended["output"], ended["input"]) == (5, "5")


def test_a_retry_gives_up_after_its_last_attempt(host: SampleAppHost) -> None:
    instance = host.begin("stubborn", "stubborn-1")
    ended = host.ended(instance)
    assert ended["runtimeStatus"] == "Failed"
    assert "Activity function 'fail' failed: ValueError: no luck, stubborn-1" in ended["output"]
    assert host.noted("failures") == ["stubborn-1"] * 3


def test_an_unknown_activity_fails_the_instance(host: SampleAppHost) -> None:
    ended = host.ended(host.begin("lost"))
    assert ended["runtimeStatus"] == "Failed"
    assert "The function 'nowhere' doesn't exist" in ended["output"]


def test_an_unsupported_action_fails_the_instance(host: SampleAppHost) -> None:
    ended = host.ended(host.begin("parent", "parent-1"))
    assert ended["runtimeStatus"] == "Failed"
    refusal = "The local host does not support the action CALL_SUB_ORCHESTRATOR of an orchestrator."
    assert ended["output"] == f"Orchestrator function 'parent' failed: {refusal}"
    assert f"Orchestration 'parent' (parent-1): {ended['output']}" in host.log()


def test_an_unknown_orchestrator_is_started_and_fails(host: SampleAppHost) -> None:
    ended = host.ended(host.begin("nobody"))
    assert ended["runtimeStatus"] == "Failed"
    assert "Orchestrator function 'nobody' failed: The function 'nobody' doesn't exist" in ended["output"]


def test_an_input_that_is_not_json_is_refused(host: SampleAppHost) -> None:
    response = host.client.post("/durabletask/orchestrators/chain", content="{")
    assert (response.status_code, response.json()["ExceptionMessage"]) == (400, "Invalid JSON content")


def test_a_timer_fires_in_real_time(host: SampleAppHost) -> None:
    assert host.ended(host.begin("patient", client_input=0.2))["output"] == "time is up"


def test_a_running_instance_is_not_replaced_but_an_ended_one_is(host: SampleAppHost) -> None:
    host.begin("patient", "once")
    refused = host.client.post("/api/start/patient/once")
    assert refused.status_code == 409
    assert "An Orchestration instance with the status" in refused.json()["error"]
    direct = host.client.post("/durabletask/orchestrators/patient/once")
    assert (direct.status_code, list(direct.json())) == (409, ["Message"])
    host.call("terminate", "once", reason="enough")
    host.ended("once")
    host.begin("chain", "once", 1)
    assert host.ended("once")["name"] == "chain"


def test_terminate(host: SampleAppHost) -> None:
    instance = host.begin("patient")
    host.call("terminate", instance, reason="not needed any more")
    ended = host.ended(instance)
    assert (ended["runtimeStatus"], ended["output"]) == ("Terminated", "not needed any more")
    assert host.client.post(f"{INSTANCES}/{instance}/terminate").status_code == 410


def test_purge_one(host: SampleAppHost) -> None:
    instance = host.begin("chain", client_input=1)
    host.ended(instance)
    assert host.call("purge_instance_history", instance) == 1
    assert host.call("purge_instance_history", instance) == 0
    assert host.call("get_status", instance) is None


def test_a_running_instance_is_not_purged(host: SampleAppHost) -> None:
    instance = host.begin("patient")
    until(lambda: host.status(instance)["runtimeStatus"] == "Running")
    refused = host.client.delete(f"{INSTANCES}/{instance}")
    assert refused.status_code == 412
    assert refused.json().endswith(f"the orchestration with instance ID {instance} has status Running")
    assert host.call("get_status", instance)["instanceId"] == instance


def test_purge_by_time_spares_the_running_only_by_their_status(host: SampleAppHost) -> None:
    done, failed, running = host.begin("chain", client_input=1), host.begin("lost"), host.begin("patient")
    host.ended(done)
    host.ended(failed)
    until(lambda: host.status(running)["runtimeStatus"] == "Running")

    def purge(**query: str) -> int:
        return host.client.delete(f"{INSTANCES}/", params=query).status_code

    long_ago, far_ahead = "2000-01-01T00:00:00.000000Z", "2999-01-01T00:00:00.000000Z"
    assert purge() == 400
    assert purge(createdTimeFrom=far_ahead) == 404
    assert purge(createdTimeFrom=long_ago, createdTimeTo=long_ago) == 404
    assert purge(createdTimeFrom=long_ago, createdTimeTo=far_ahead, runtimeStatus="Completed,Terminated") == 200
    assert host.call("get_status", done) is None
    assert host.status(failed)["runtimeStatus"] == "Failed"
    assert host.status(running)["runtimeStatus"] == "Running"
    assert purge(createdTimeFrom=long_ago) == 200
    assert host.call("get_status", failed) is None
    assert host.call("get_status", running) is None


@pytest.mark.parametrize(("method", "path"), [("GET", "none"), ("POST", "none/terminate"), ("DELETE", "none")])
def test_an_instance_that_is_not_there_is_not_found(host: SampleAppHost, method: str, path: str) -> None:
    assert host.client.request(method, f"{INSTANCES}/{path}").status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "named"),
    [
        ("GET", "instances/", "GET instances"),
        ("POST", "instances/one/raiseEvent/go", "POST instances/one/raiseEvent/go"),
        ("POST", "instances/one/suspend?reason=x", "POST instances/one/suspend"),
        ("POST", "instances/one/resume?reason=x", "POST instances/one/resume"),
        ("POST", "instances/one/restart", "POST instances/one/restart"),
        ("POST", "instances/one/rewind?reason=x", "POST instances/one/rewind"),
        ("POST", "entities/counter/1?op=add", "POST entities/counter/1"),
        ("GET", "instances/one?showHistory=True", "the option 'showHistory' of GET instances/one"),
        ("POST", "orchestrators/chain/one?version=2", "the option 'version' of POST orchestrators/chain/one"),
        ("POST", "orchestrators/chain?timeout=10", "the option 'timeout' of POST orchestrators/chain"),
        (
            "DELETE",
            "instances/?createdTimeFrom=2000-01-01&instanceIdPrefix=a",
            "the option 'instanceIdPrefix' of DELETE instances",
        ),
    ],
)
def test_what_the_host_does_not_support_is_refused_by_name(
    host: SampleAppHost, method: str, path: str, named: str
) -> None:
    response = host.client.request(method, f"/durabletask/{path}")
    message = f"The local host does not support {named} of the Durable management API."
    assert (response.status_code, response.json()) == (501, {"Message": message})
    assert message in host.log()


def test_the_sdks_client_fails_where_the_host_refuses(host: SampleAppHost) -> None:
    instance = host.begin("patient")
    assert host.client.post(f"/api/client/suspend/{instance}", json={"reason": "wait"}).status_code == 500
    assert "The operation failed with an unexpected status code 501" in host.log()


def test_the_public_api_needs_the_system_key(host: SampleAppHost) -> None:
    urls = host.client.post("/api/start/patient/public").json()
    assert urls["statusQueryGetUri"].startswith(host.url)
    assert host.client.get(urls["statusQueryGetUri"].split("?")[0]).status_code == 401
    wrong = host.client.get(urls["statusQueryGetUri"].split("&code=")[0] + "&code=wrong")
    assert wrong.status_code == 401
    assert host.client.get(urls["statusQueryGetUri"]).status_code == 202
    assert host.client.post(urls["sendEventPostUri"].format(eventName="go"), json=7).status_code == 501
    assert host.client.post(urls["terminatePostUri"].format(text="enough")).status_code == 202
    until(lambda: host.client.get(urls["statusQueryGetUri"]).status_code == 200)
    assert host.client.delete(urls["purgeHistoryDeleteUri"]).json() == {"instancesDeleted": 1}
