"""Does something for many items, a bounded number of them at once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection

T = TypeVar("T")


async def for_each(items: Collection[T], do: Callable[[T], Awaitable[object]], *, at_once: int) -> None:
    """Does it for each item, `at_once` of them at a time at most, in their order.

    The first error is raised as it is. What had begun by then is canceled, the rest is not begun.
    """
    waiting = iter(items)

    async def work() -> None:
        for item in waiting:
            await do(item)

    workers = [asyncio.create_task(work()) for _ in range(min(at_once, len(items)))]
    try:
        await asyncio.gather(*workers)
    finally:
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
