"""A quota as Microsoft Graph counts it: a limit on requests in any period of a given length."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime, timedelta


class SlidingWindow:
    """A quota, and how much of it is used.

    Attributes:
        limit: how many requests any such period may have.
        most: the most requests in any of them so far.
    """

    def __init__(self, length: timedelta, limit: int) -> None:
        """A quota that nothing was used of yet."""
        self._length = length
        self._moments: deque[datetime] = deque()
        self.limit = limit
        self.most = 0

    def admits(self, now: datetime) -> bool:
        """Whether the quota allows another request; if so, it counts."""
        moments = self._moments
        while moments and now - moments[0] >= self._length:
            moments.popleft()
        if len(moments) >= self.limit:
            return False
        moments.append(now)
        self.most = max(self.most, len(moments))
        return True
