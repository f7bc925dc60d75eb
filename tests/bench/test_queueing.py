"""What `make bench` counts of the queue, held: the calls, however many wait, and the wait of an urgent export."""

import pytest

from bench.queueing import ROUND, Calls, count, urgent_wait
from local.stack.azurite import Azurite


@pytest.mark.parametrize(("waiting", "estimate"), [(0, 1), (100, 1), (1_100, 3)])
async def test_a_submission_costs_the_same_however_many_wait(waiting: int, estimate: int, azurite: Azurite) -> None:
    assert await count(azurite, waiting) == Calls(at_once=6, enters=7 + estimate, turn=10)


async def test_an_urgent_export_goes_in_one_of_the_next_rounds() -> None:
    assert await urgent_wait() <= 2 * ROUND
