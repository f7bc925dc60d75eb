"""Many items, a bounded number at once."""

import asyncio

import pytest

from shared.bounded_concurrency import for_each


class Watched:
    """Work that waits until it is told to go on, and notes how much of it is under way."""

    def __init__(self) -> None:
        self.begun: list[int] = []
        self.canceled: list[int] = []
        self.at_once = self.most_at_once = 0

    async def do(self, item: int) -> None:
        self.begun.append(item)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            for _ in range(3):
                await asyncio.sleep(0)
            if item < 0:
                raise LookupError(item)
            if item == 0:
                await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.canceled.append(item)
            raise
        finally:
            self.at_once -= 1


async def test_each_item_is_done_once_and_only_so_many_at_a_time() -> None:
    watched = Watched()
    await for_each(range(1, 20), watched.do, at_once=4)
    assert watched.begun == list(range(1, 20))
    assert watched.most_at_once == 4


async def test_nothing_is_done_for_nothing() -> None:
    watched = Watched()
    await for_each([], watched.do, at_once=4)
    assert watched.begun == []


async def test_an_error_is_raised_as_it_is_and_leaves_nothing_under_way() -> None:
    watched = Watched()
    with pytest.raises(LookupError):
        await for_each([0, -1, 2, 3, 4, 5, 6, 7, 8], watched.do, at_once=2)
    assert watched.canceled[0] == 0
    assert watched.at_once == 0
    assert 8 not in watched.begun
