"""A kept monitor and one that the SDK replays are the same from outside, whatever happens to them."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from local.host.orchestrator_replay import Replay
from shared.durable.monitor_orchestrator import MONITOR, monitor
from tests.simulation.kept_monitor import KeptMonitor

NOW = datetime(2026, 11, 1, 9, tzinfo=UTC)


def seen(run: Replay | KeptMonitor) -> tuple[object, ...]:
    return (
        run.now,
        run.status,
        run.output,
        run.custom_status,
        run.generations,
        run.activities,
        run.timers,
        list(run.history),
    )


@pytest.mark.parametrize("seed", range(12))
def test_both_go_through_the_same_turns(seed: int) -> None:
    random = Random(seed)  # noqa: S311 - no secret comes of it
    given = {"exportId": f"export-{seed}"}
    runs = [each(monitor, name=MONITOR, instance_id="one", input=given, now=NOW) for each in (Replay, KeptMonitor)]
    failing = random.choice((0.05, 0.5, 0.9))
    for _ in range(90):
        chance, come_back = random.random(), _come_back(random, runs[0].now)
        for run in runs:
            if run.timers and chance < 0.3:
                run.fire_next_timer(run.timers[0].fire_at + timedelta(seconds=chance * 20 - 1))
            elif not run.activities:
                run.advance(timedelta(seconds=chance * 60_000))
            elif chance < failing:
                run.fail(run.activities[0], f"it failed, {chance}")
            else:
                run.complete(run.activities[0], come_back)
        assert seen(runs[0]) == seen(runs[1])
        if runs[0].status.ended:
            break
    for run in runs:
        run.terminate("It is late.")
    assert seen(runs[0]) == seen(runs[1])


def _come_back(random: Random, now: datetime) -> str | None:
    if random.random() < 0.02:
        return None
    return (now + random.uniform(-1, 20) * timedelta(hours=1)).isoformat()
