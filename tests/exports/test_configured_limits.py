"""What follows from a deployment's limits."""

from dataclasses import replace

from tests.exports.samples import LIMITS, MINUTE, SECOND


def test_a_submission_has_ended_on_every_side_before_its_container_is_read() -> None:
    assert LIMITS.recovery_delay == 2 * MINUTE
    assert replace(LIMITS, graph_timeout=100 * SECOND).recovery_delay == 200 * SECOND


def test_an_operation_may_stay_unknown_for_long_after_its_container_is_read() -> None:
    assert LIMITS.adoption_timeout == 20 * MINUTE
    assert LIMITS.adoption_timeout > 5 * LIMITS.recovery_delay
