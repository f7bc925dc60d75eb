"""A round of the reconciler costs by what is due, and a sweep of any size is done in pieces of bounded cost."""

import pytest

from bench.maintenance import CONTAINERS, REACH_A_CONTAINER, REACH_A_PIECE, REACH_AT_REST, round_cost, sweep_cost
from shared.workflow.sweeper import CONTAINERS_AT_ONCE


@pytest.mark.parametrize(("due", "calls"), [(0, 10), (100, 113), (10_000, 10_243)])
async def test_a_round_looks_at_each_due_export_once_and_at_nothing_else(due: int, calls: int) -> None:
    cost = await round_cost(due, is_real=False)
    assert (cost.storage_calls, cost.durable_calls) == (calls, due)
    assert due > 0 or calls <= REACH_AT_REST


async def test_a_sweep_of_many_containers_is_done_in_pieces_and_needs_little_room() -> None:
    cost = await sweep_cost(CONTAINERS, is_real=False)
    assert len(cost.pieces) > 1
    assert max(cost.pieces) <= REACH_A_PIECE
    assert cost.calls <= REACH_A_CONTAINER * CONTAINERS
    assert cost.most_at_once <= CONTAINERS_AT_ONCE
    assert 1_000 < cost.progress_characters < 16_000
