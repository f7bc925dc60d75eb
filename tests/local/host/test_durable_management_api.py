"""Orchestrations through the SDK's durable client and the management API."""

import json

import httpx
import pytest

from tests.local.host.sample_app_host import SampleAppHost, until
from tests.loopback import NO_TLS


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
    assert host.noted("failures").count("stubborn-1") == 3


def test_an_unknown_activity_is_waited_for_for_ever(host: SampleAppHost) -> None:
    instance = host.begin("lost")
    complaint = f"The instance {instance} calls the activity 'nowhere', which doesn't exist, and waits for ever"
    until(lambda: complaint in host.log())
    assert host.status(instance)["runtimeStatus"] == "Running"
    host.call("terminate", instance, reason="enough")
    assert host.ended(instance)["runtimeStatus"] == "Terminated"


def test_an_unsupported_action_fails_the_instance(host: SampleAppHost) -> None:
    ended = host.ended(host.begin("parent", "parent-1"))
    assert ended["runtimeStatus"] == "Failed"
    refusal = "The local host does not support the action CALL_SUB_ORCHESTRATOR of an orchestrator."
    assert ended["output"] == f"Orchestrator function 'parent' failed: {refusal}"
    assert f"Orchestration 'parent' (parent-1): {ended['output']}" in host.log()


def test_an_unknown_orchestrator_is_started_and_fails(host: SampleAppHost) -> None:
    ended = host.ended(host.begin("nobody"))
    assert ended["runtimeStatus"] == "Failed"
    failure = "Orchestrator function 'nobody' failed: The function 'nobody' doesn't exist, is disabled, or is not an "
    assert ended["output"].startswith(f"{failure}orchestrator function. Additional info: The following are the known")
    assert "'patient'" in ended["output"]


@pytest.mark.parametrize(
    ("body", "shown", "output"),
    [
        (b'"in"', "in", "Expecting value"),
        (b"5", 5, "not int"),
        (b'{"a": 1}', {"a": 1}, "said {'a': 1}"),
        (b"[1]", [1], "not list"),
        (b"null", None, "said None"),
        (b'""', "", "Expecting value"),
        (b'"\\"in\\""', '"in"', "said 'in'"),
    ],
)
def test_the_input_of_a_start_is_json_whose_value_the_sdk_reads_as_json_again(
    host: SampleAppHost, body: bytes, shown: object, output: str
) -> None:
    started = host.manage("POST", "orchestrators/say", content=body).json()["id"]
    ended = host.ended(started)
    assert ended["input"] == shown
    assert output in ended["output"]


def test_the_sdks_client_writes_its_input_as_json_in_json(host: SampleAppHost) -> None:
    ended = host.ended(host.begin("say", client_input="ü"))
    assert (ended["input"], ended["output"]) == ('"\\u00fc"', "said 'ü'")


def test_a_timer_fires_in_real_time(host: SampleAppHost) -> None:
    assert host.ended(host.begin("patient", client_input=0.2))["output"] == "time is up"


def test_a_running_instance_is_not_replaced_but_an_ended_one_is(host: SampleAppHost) -> None:
    host.begin("patient", "once")
    refused = host.client.post("/api/start/patient/once")
    assert refused.status_code == 409
    assert "An Orchestration instance with the status" in refused.json()["error"]
    host.call("terminate", "once", reason="enough")
    host.ended("once")
    host.begin("chain", "once", 1)
    assert host.ended("once")["name"] == "chain"


def test_terminate(host: SampleAppHost) -> None:
    instance = host.begin("patient")
    host.call("terminate", instance, reason="not needed any more")
    ended = host.ended(instance)
    assert (ended["runtimeStatus"], ended["output"]) == ("Terminated", "not needed any more")


def test_purge_one(host: SampleAppHost) -> None:
    instance = host.begin("chain", client_input=1)
    host.ended(instance)
    assert host.call("purge_instance_history", instance) == 1
    assert host.call("purge_instance_history", instance) == 0
    assert host.call("get_status", instance) is None


def test_the_sdks_client_cant_purge_a_running_instance(host: SampleAppHost) -> None:
    instance = host.begin("patient")
    until(lambda: host.status(instance)["runtimeStatus"] == "Running")
    assert host.client.post(f"/api/client/purge_instance_history/{instance}").status_code == 500
    assert host.call("get_status", instance)["instanceId"] == instance


def test_purge_by_time_spares_the_running_only_by_their_status(host: SampleAppHost) -> None:
    done, failed, running = host.begin("chain", client_input=1), host.begin("nobody"), host.begin("patient")
    host.ended(done)
    host.ended(failed)
    until(lambda: host.status(running)["runtimeStatus"] == "Running")

    def purge(**query: str) -> int:
        return host.manage("DELETE", "instances/", params=query).status_code

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


def test_what_comes_to_a_suspended_instance_waits_until_it_is_resumed(host: SampleAppHost) -> None:
    instance = host.begin("patient", client_input=0.3)
    host.call("suspend", instance, reason="wait")
    until(lambda: "TimerFired" in types(host, instance))
    assert host.status(instance)["runtimeStatus"] == "Suspended"
    host.call("resume", instance, reason="go on")
    assert host.ended(instance)["output"] == "time is up"


def types(host: SampleAppHost, instance: str) -> list[str]:
    status = host.manage("GET", f"instances/{instance}?showHistory=true").json()
    return [each["EventType"] for each in status.get("historyEvents", [])]


def test_the_reason_of_a_resumption_is_shown_while_the_instance_runs(host: SampleAppHost) -> None:
    instance = host.begin("patient")
    host.call("suspend", instance, reason="wait")
    until(lambda: host.status(instance)["output"] == "wait")
    host.call("resume", instance, reason="go on")
    until(lambda: host.status(instance)["output"] == "go on")
    assert host.status(instance)["runtimeStatus"] == "Running"
    refused = host.manage("POST", f"instances/{instance}/resume?reason=again")
    assert refused.status_code == 500
    assert refused.json()["ExceptionMessage"].endswith("because instance is in the Running state.")


def test_a_rewound_instance_tries_again_what_failed(host: SampleAppHost) -> None:
    instance = host.begin("moody", "moody-1")
    assert host.ended(instance)["runtimeStatus"] == "Failed"
    host.call("rewind", instance, reason="again")
    until(lambda: host.status(instance)["runtimeStatus"] == "Completed")
    assert host.status(instance)["output"] == "at last"
    assert types(host, instance) == [
        "ExecutionStarted",
        "TaskCompleted",
        "GenericEvent",
        "GenericEvent",
        "GenericEvent",
        "GenericEvent",
        "TaskCompleted",
        "ExecutionCompleted",
    ]


def test_the_history_of_an_instance(host: SampleAppHost) -> None:
    instance = host.begin("say", client_input="you")
    host.ended(instance)
    status = host.manage("GET", f"instances/{instance}?showHistory=true&showHistoryOutput=true").json()
    started, completed, ended = status["historyEvents"]
    assert (started["EventType"], started["Input"], started["FunctionName"]) == (
        "ExecutionStarted",
        '"\\"you\\""',
        "say",
    )
    assert (completed["EventType"], completed["Result"], completed["FunctionName"]) == (
        "TaskCompleted",
        "said 'you'",
        "speak",
    )
    assert (ended["EventType"], ended["OrchestrationStatus"], ended["Result"]) == (
        "ExecutionCompleted",
        "Completed",
        "said 'you'",
    )
    without = host.manage("GET", f"instances/{instance}?showHistory=True").json()["historyEvents"]
    assert not any("Result" in each for each in without)


def test_an_orchestrator_catches_kilobytes_about_a_failed_activity(host: SampleAppHost) -> None:
    instance = host.begin("catching", "catching-1")
    output = host.ended(instance)["output"]
    beginning = "Activity function 'fail' failed: ValueError: no luck, catching-1 \n "
    assert output.startswith(beginning)
    details = json.loads(output.removeprefix(beginning))
    remote = details["InnerException"]
    assert (details["Message"], remote["RemoteMessage"]) == ("ValueError: no luck, catching-1",) * 2
    assert "function_app.py" in remote["RemoteStackTrace"]
    assert remote["Message"].startswith("Result: Failure\nException: ValueError: no luck, catching-1\nStack:")
    assert len(output) > 2000
    history = host.manage("GET", f"instances/{instance}?showHistory=true").json()["historyEvents"]
    failed = next(each for each in history if each["EventType"] == "TaskFailed")
    assert json.loads(failed["Details"]) == details


def test_an_instance_of_a_newer_version_waits(host: SampleAppHost) -> None:
    host.manage("POST", "orchestrators/chain/newer-one?version=1.1", content='"1"')
    host.manage("POST", "orchestrators/chain/older-one?version=0.9", content='"1"')
    assert host.ended("older-one")["output"] == {"total": 1, "version": "0.9"}
    until(lambda: "The instance newer-one has version 1.1; it waits for an app that is as new" in host.log())
    assert host.status("newer-one")["runtimeStatus"] == "Pending"


@pytest.mark.parametrize(
    ("method", "path", "named"),
    [
        ("POST", "instances/one/raiseEvent/go", "instances/one/raiseEvent/go"),
        ("POST", "instances/one/restart", "instances/one/restart"),
        ("POST", "entities/counter/1?op=add", "entities/counter/1"),
        ("GET", "entities", "entities"),
        ("POST", "orchestrators/chain?timeout=10", "the option 'timeout' of a start"),
        ("POST", "orchestrators/chain?taskHub=Other", "a start in the task hub 'Other'"),
    ],
)
def test_what_the_host_does_not_support_is_refused_by_name(
    host: SampleAppHost, method: str, path: str, named: str
) -> None:
    response = host.manage(method, path)
    message = response.json()["Message"]
    assert response.status_code == 501
    assert message.startswith("The local host does not support ")
    assert message.endswith(f"{named} of the Durable management API.")
    assert message in host.log()


def test_the_sdks_client_fails_where_the_host_refuses(host: SampleAppHost) -> None:
    instance = host.begin("patient")
    assert host.client.post(f"/api/client/raise_event/{instance}", json={"event_name": "go"}).status_code == 500
    assert "Webhook returned unrecognized status code 501" in host.log()


def test_the_sdks_client_has_an_address_of_its_own_that_needs_no_key(host: SampleAppHost) -> None:
    instance = host.begin("patient")
    address = host.client.get("/api/rpc").json()["address"]
    assert address.startswith("http://127.0.0.1:")
    assert not address.startswith(host.url)
    with httpx.Client(trust_env=False, verify=NO_TLS) as client:
        assert client.get(f"{address}instances/{instance}").status_code == 202
        assert client.get(f"{address.removesuffix('durabletask/')}api/health").status_code == 404
    assert host.client.get(f"/durabletask/instances/{instance}").status_code == 404


def test_the_urls_that_the_app_gives_manage_the_instance(host: SampleAppHost) -> None:
    urls = host.client.post("/api/start/patient/public").json()
    assert host.client.get(urls["statusQueryGetUri"]).status_code == 202
    assert host.client.post(urls["terminatePostUri"].format(text="enough")).status_code == 202
    until(lambda: host.client.get(urls["statusQueryGetUri"]).status_code == 200)
    assert host.client.delete(urls["purgeHistoryDeleteUri"]).json() == {"instancesDeleted": 1}
