"""The host is killed at any moment and goes on where it was."""

from pathlib import Path

from tests.local.host.sample_app_host import HostProcess, until

INSTANCES = 25
STEPS = 4


def wait_for_marks(host: HostProcess, enough: int) -> None:
    until(lambda: len(host.noted("marks")) >= enough)


def test_nothing_is_lost_when_the_host_is_killed_again_and_again(tmp_path: Path) -> None:
    host = HostProcess(tmp_path)
    with host:
        ids = [host.begin("ledger", f"ledger-{number}") for number in range(INSTANCES)]
        for share in (5, 30, 60):
            wait_for_marks(host, share)
            host.kill()
            host.start()
        for instance_id in ids:
            ended = host.ended(instance_id)
            assert (ended["runtimeStatus"], ended["output"]) == ("Completed", 3), ended
        marks = host.noted("marks")
        assert set(marks) == {f"{instance_id}/{step}" for instance_id in ids for step in range(STEPS)}
        for instance_id in ids:
            history = host.status(instance_id, showHistory="true")["historyEvents"]
            kinds = [each["EventType"] for each in history]
            assert kinds.count("TaskCompleted") == STEPS
            assert kinds.count("TimerFired") == STEPS


def test_a_timer_that_fell_due_while_the_host_was_down_fires_after_the_start(tmp_path: Path) -> None:
    host = HostProcess(tmp_path)
    with host:
        instance = host.begin("patient", client_input={"seconds": 1})
        until(lambda: host.status(instance)["runtimeStatus"] == "Running")
        host.kill()
        host.start()
        assert host.ended(instance)["output"] == "time is up"


def test_a_second_host_keeps_off_the_state_of_the_first(tmp_path: Path) -> None:
    with HostProcess(tmp_path) as host:
        second = host.launch()
        assert second.wait(timeout=20) == 1
        assert second.stdout is not None
        second.stdout.close()
        assert host.log().splitlines()[-1].endswith("(does another host use it?)")
