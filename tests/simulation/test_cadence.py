"""The check of the cadence: what counts as too early."""

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from shared.exports.graph_results import Accepted, Operation, OperationStatus
from shared.settings import read_settings
from tests.exports.samples import MINUTE, NOW, running
from tests.fakes.in_memory_graph import RETRY_AFTER, Course, ExportOperation
from tests.simulation.checks.cadence import Cadence
from tests.simulation.checks.check import CheckState
from tests.simulation.plan import draw_plan
from tests.simulation.world.facts import Committed, Polled, RowRead, Submitted
from tests.simulation.world.touches import ACTOR
from tests.simulation.world.world import World

SUBMITTED = running()


class Stage:
    """A world in which one operation is submitted and read, and the check that watches."""

    def __init__(self) -> None:
        random = Random(1)  # noqa: S311 - no secret comes of it
        self.world = World(random, NOW)
        plan = draw_plan(random, random)
        self.state = CheckState(self.world, read_settings(plan.environment), plan)
        check = Cadence(self.state)
        self.world.listeners.append(check.see)
        assert SUBMITTED.attempt is not None
        self.operation_id = SUBMITTED.attempt.operation_id or ""

    def pass_time(self, by: timedelta) -> None:
        self.world.schedule.now += by

    def submit(self, clock_step: timedelta = timedelta()) -> None:
        ACTOR.set("submission")
        operation = ExportOperation(self.operation_id, "container", None, Course(), self.world.now)
        self.world.record(Submitted("container", Accepted(self.operation_id, RETRY_AFTER), operation))
        self.world.skew += clock_step
        after = replace(SUBMITTED, attempts=(replace(SUBMITTED.attempts[0], submitted_at=self.world.clock()),))
        self.state.exports[after.id] = after
        self.world.record(Committed(None, after, ()))

    def poll(self) -> None:
        ACTOR.set("poll")
        self.world.record(RowRead(SUBMITTED.id, stale=False))
        self.world.record(Polled(self.operation_id, Operation(OperationStatus.RUNNING), self.world.clock()))

    @property
    def violations(self) -> int:
        return len(self.state.violations)


@pytest.mark.parametrize(("wait", "violations"), [(RETRY_AFTER, 0), (RETRY_AFTER - 2, 1)])
def test_a_poll_has_to_wait(wait: int, violations: int) -> None:
    stage = Stage()
    floor = max(stage.state.limits.poll_floor, timedelta(seconds=RETRY_AFTER))
    stage.submit()
    stage.pass_time(floor - timedelta(seconds=RETRY_AFTER - wait))
    stage.poll()
    assert stage.violations == violations


def test_a_clock_that_was_set_back_during_the_submission_makes_no_poll_early() -> None:
    stage = Stage()
    stage.submit(clock_step=-5 * MINUTE)
    stage.pass_time(max(stage.state.limits.poll_floor, timedelta(seconds=RETRY_AFTER)))
    stage.poll()
    assert stage.violations == 0
