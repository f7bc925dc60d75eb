"""The host is killed at any moment and goes on where it was."""

import json
import sqlite3
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

from local.host.orchestration_history import Kind, kind_of
from tests.local.host.sample_app_host import SampleAppHost, until

INSTANCES = 25
STEPS = 4


def wait_for_marks(host: SampleAppHost, enough: int) -> None:
    until(lambda: len(host.noted("marks")) >= enough)


def recorded(host: SampleAppHost, instance_id: str) -> Counter[Kind]:
    """The kinds of event in an instance's history, read from the state of a host that has stopped."""
    query = "select event from history where instance_id = ?"
    with closing(sqlite3.connect(host.state / "durable" / "SampleHub.sqlite3")) as database:
        return Counter(kind_of(json.loads(row[0])) for row in database.execute(query, [instance_id]))


def test_nothing_is_lost_when_the_host_is_killed_again_and_again(tmp_path: Path) -> None:
    host = SampleAppHost(tmp_path, {"LOCAL_HOST_HIDDEN_SECONDS": "0.5"})
    with host:
        ids = [host.begin("ledger", f"ledger-{number}") for number in range(INSTANCES)]
        for share in (5, 30, 60):
            wait_for_marks(host, share)
            host.kill()
            host.start()
        for instance_id in ids:
            ended = host.ended(instance_id)
            assert (ended["runtimeStatus"], ended["output"]) == ("Completed", STEPS), ended
        assert set(host.noted("marks")) == {f"{instance_id}/{step}" for instance_id in ids for step in range(STEPS)}
    for instance_id in ids:
        kinds = recorded(host, instance_id)
        assert (kinds[Kind.TASK_COMPLETED], kinds[Kind.TIMER_FIRED]) == (STEPS, STEPS)


def begin_and_wait(host: SampleAppHost) -> str:
    """An instance whose activity has begun and hangs."""
    instance = host.begin("interrupted", "hanging")
    until(lambda: host.noted("hanging") == ["begin"])
    return instance


def test_what_a_killed_host_was_doing_goes_on_when_it_is_no_longer_hidden(tmp_path: Path) -> None:
    host = SampleAppHost(tmp_path, {"LOCAL_HOST_HIDDEN_SECONDS": "1.5"})
    with host:
        instance = begin_and_wait(host)
        host.kill()
        killed = time.monotonic()
        host.start()
        assert host.status(host.begin("chain", client_input=1))["runtimeStatus"] != "Failed", "others go on meanwhile"
        assert host.ended(instance)["output"] == 2
        assert time.monotonic() - killed > 1.5
    assert host.noted("hanging") == ["begin"] * 2


def test_what_is_hidden_can_still_be_terminated(tmp_path: Path) -> None:
    host = SampleAppHost(tmp_path)
    with host:
        instance = begin_and_wait(host)
        host.kill()
        host.start()
        host.call("terminate", instance, reason="enough")
        assert host.ended(instance)["runtimeStatus"] == "Terminated"


def test_a_host_that_is_stopped_gives_back_what_it_was_doing(tmp_path: Path) -> None:
    host = SampleAppHost(tmp_path)
    with host:
        instance = begin_and_wait(host)
    with host:
        assert host.ended(instance)["output"] == 2


def test_a_timer_that_fell_due_while_the_host_was_down_fires_after_the_start(tmp_path: Path) -> None:
    host = SampleAppHost(tmp_path)
    with host:
        instance = host.begin("patient", client_input=1)
        until(lambda: host.status(instance)["runtimeStatus"] == "Running")
        host.kill()
        host.start()
        assert host.ended(instance)["output"] == "time is up"
