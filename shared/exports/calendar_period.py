"""A period of the calendar, such as a month: what the law gives as a deadline, and days can't express."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from datetime import datetime

_MONTHS_A_YEAR = 12
_TEXT = re.compile(
    r"P(?=\d)(?:(?P<years>\d{1,3})Y)?(?:(?P<months>\d{1,3})M)?(?:(?P<weeks>\d{1,3})W)?(?:(?P<days>\d{1,3})D)?", re.ASCII
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarPeriod:
    """Years, months, weeks and days, in whole numbers."""

    years: int = 0
    months: int = 0
    weeks: int = 0
    days: int = 0

    @classmethod
    def from_text(cls, text: str) -> Self:
        """The period that an ISO 8601 duration means, such as `P1M`, `P45D` or `P1Y6M`.

        Raises:
            ValueError: it is none, or has hours, fractions or a sign.
        """
        found = _TEXT.fullmatch(text)
        if found is None:
            raise ValueError("Not an ISO 8601 duration of years, months, weeks and days.")
        return cls(**{unit: int(number) for unit, number in found.groupdict(default="0").items()})

    def after(self, moment: datetime) -> datetime:
        """The same time of day, this much later in the calendar of the moment's own time zone.

        Where a month has no such day its last day counts: a month after 31 January is 28 or 29 February (Regulation
        (EEC, Euratom) No 1182/71, article 3(2)(c)). Weeks and days are added after that.
        """
        month = moment.month - 1 + self.months
        year = moment.year + self.years + month // _MONTHS_A_YEAR
        month = month % _MONTHS_A_YEAR + 1
        day = min(moment.day, monthrange(year, month)[1])
        return moment.replace(year=year, month=month, day=day) + timedelta(weeks=self.weeks, days=self.days)
