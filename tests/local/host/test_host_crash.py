"""The host is killed at any moment and goes on where it was."""

import json
import sqlite3
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
    host = SampleAppHost(tmp_path)
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


def test_a_timer_that_fell_due_while_the_host_was_down_fires_after_the_start(tmp_path: Path) -> None:
    host = SampleAppHost(tmp_path)
    with host:
        instance = host.begin("patient", client_input=1)
        until(lambda: host.status(instance)["runtimeStatus"] == "Running")
        host.kill()
        host.start()
        assert host.ended(instance)["output"] == "time is up"
