"""Finds the exports whose next step is late, without a look at all exports that there ever were.

Each export with a next step is in the index under a time before that step, or two minutes after it at most. Where the
time has passed the export is looked at, and listed anew under the step that it has by now. So a poll writes its own row
and no other.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

from shared.storage.index import step_time

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from datetime import datetime

    from shared.storage.index import Index
    from shared.storage.records import Saved

AT_ONCE = 45
"""Looked at together: a transaction that lists them all anew, under one key for another, has 100 operations at most."""
ON_ITS_WAY = timedelta(days=1)
"""An export is in the index before it is recorded; so long a row without an export is left alone."""


async def late(
    index: Index, get: Callable[[str], Awaitable[Saved | None]], moment: datetime
) -> AsyncIterator[tuple[str, datetime]]:
    """The ids of the exports whose next step was due before `moment`, and when it was.

    Args:
        index: the index.
        get: reads an export.
        moment: the time.
    """
    after: str | None = None
    while rows := await index.steps(moment, after, AT_ONCE):
        found = await asyncio.gather(*(get(export_id) for _, export_id in rows))
        over: list[str] = []
        later: dict[str, datetime] = {}
        for (key, export_id), saved in zip(rows, found, strict=True):
            due = None if saved is None else saved.export.next_step_at
            if due is not None and due < moment:
                yield export_id, due  # listed as it is until it has moved on
            elif saved is not None or step_time(key) < moment - ON_ITS_WAY:
                over.append(key)
                if due is not None:
                    later[export_id] = due
        await index.move_steps(over, later)
        after = rows[-1][0]
