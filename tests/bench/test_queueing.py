"""What `make bench` counts of the queue, held: the calls, however many wait, and the wait of an urgent export."""

import pytest

from bench.queueing import ROUND, Calls, count, urgent_wait
from local.stack.azurite import Azurite


@pytest.mark.parametrize("waiting", [0, 100])
async def test_a_submission_costs_the_same_however_many_wait(waiting: int, azurite: Azurite) -> None:
    assert await count(azurite, waiting) == Calls(at_once=5, enters=8, turn=11)


async def test_an_urgent_export_goes_in_one_of_the_next_rounds() -> None:
    assert await urgent_wait() <= 2 * ROUND
