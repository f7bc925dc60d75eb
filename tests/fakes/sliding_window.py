"""A quota as Microsoft Graph counts it: so many requests in any stretch of time of one length."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime, timedelta


class SlidingWindow:
    """A quota and what was used of it.

    Attributes:
        limit: how many requests any stretch of that length may have.
        most: the most that there were in one.
    """

    def __init__(self, length: timedelta, limit: int) -> None:
        """No request yet."""
        self._length = length
        self._moments: deque[datetime] = deque()
        self.limit = limit
        self.most = 0

    def admits(self, now: datetime) -> bool:
        """Whether the quota lets one more in, which then counts."""
        moments = self._moments
        while moments and now - moments[0] >= self._length:
            moments.popleft()
        if len(moments) >= self.limit:
            return False
        moments.append(now)
        self.most = max(self.most, len(moments))
        return True
