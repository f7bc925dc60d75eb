"""Records histories of the present monitor, once for each released version.

`python -m tests.durable.record_monitor_histories VERSION` writes them. A recording is the history of a generation at
one moment. When a deployment replaces their code, released monitors are somewhere in the middle of one, so the new code
has to replay every recording.
"""

import json
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from local.host.orchestrator_replay import Replay
from shared.durable.monitor_orchestrator import ADVANCE, MONITOR, STEPS_A_GENERATION, monitor
from tests.exports.samples import HOUR, NOW

FOLDER = Path(__file__).parent / "histories"
EXPORT_ID = "3c0ff6de-3a3e-4f2b-a7a6-3f9a9f6c7e10"


def moments(version: str) -> Iterator[tuple[str, Replay]]:
    """A monitor at each moment of a life with waits, steps without a wait, failures and many steps."""
    run = Replay(monitor, name=MONITOR, instance_id=EXPORT_ID, input={"exportId": EXPORT_ID}, now=NOW, version=version)
    yield "started", run
    come_back(run, NOW)
    yield "second step at once", run
    come_back(run, NOW + HOUR)
    yield "waiting", run
    run.fire_next_timer()
    yield "third step", run
    run.fail(ADVANCE, "the table can't be reached")
    yield "waiting to retry", run
    run.fire_next_timer()
    yield "retrying", run
    for step in range(STEPS_A_GENERATION - 4):
        come_back(run, run.now + timedelta(minutes=step + 1))
        run.fire_next_timer()
    yield "last step of a generation", run


def come_back(run: Replay, at: datetime) -> None:
    run.complete(ADVANCE, at.isoformat())


if __name__ == "__main__":
    recorded = {name: list(run.history) for name, run in moments(sys.argv[1])}
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"monitor-{sys.argv[1]}.json").write_text(json.dumps(recorded, indent=1) + "\n")
