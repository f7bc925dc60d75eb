"""Numbers, sizes, times and plurals as each language writes them, in the forms of Unicode's CLDR."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from shared.exports.handover_texts.package_texts import Counted

_NO_BREAK = "\N{NO-BREAK SPACE}"
_STEP = 1_000
"""From one unit of size to the next, as the SI prefixes mean it."""
_MILLION = 10**6


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageFormats:
    """How a language writes numbers, sizes and times."""

    decimal: str
    group: str
    """Between groups of three digits."""
    least_grouped: int = 1_000
    """The smallest number that is grouped."""
    zero_is_singular: bool = False
    """Whether nought takes the singular."""
    byte: tuple[str, str]
    """One byte, and several."""
    units: tuple[str, str, str, str, str]
    """Of 1,000 bytes, and each of 1,000 of the one before."""
    months: tuple[str, ...]
    long_time: str
    """For a sentence: the placeholders are those of `_time`."""
    short_time: str
    """For a column: likewise."""
    first_of_month: str = "1"

    def is_singular(self, count: int) -> bool:
        """Whether a number takes the singular."""
        return count == 1 or (self.zero_is_singular and count == 0)

    def counted(self, texts: Counted, count: int) -> str:
        """The form of a text that goes with a number, with `{count}` still in it."""
        if self.is_singular(count):
            return texts.one
        return texts.many if texts.many and count and count % _MILLION == 0 else texts.other

    def number(self, value: int) -> str:
        """A whole number, not negative, with its digits in groups."""
        return str(value) if value < self.least_grouped else f"{value:,}".replace(",", self.group)

    def exact_size(self, size: int) -> str:
        """A number of bytes, not rounded."""
        return f"{self.number(size)}{_NO_BREAK}{self.byte[0] if self.is_singular(size) else self.byte[1]}"

    def size(self, size: int) -> str:
        """A number of bytes, in the largest unit of which there is at least one, to one decimal."""
        if size < _STEP:
            return self.exact_size(size)
        exponent = 1
        while exponent < len(self.units) and _tenths(size, exponent) >= 10 * _STEP:
            exponent += 1
        whole, tenth = divmod(_tenths(size, exponent), 10)
        return f"{self.number(whole)}{self.decimal}{tenth}{_NO_BREAK}{self.units[exponent - 1]}"

    def long(self, moment: datetime) -> str:
        """A UTC time to the minute, with the name of its month and the zone."""
        return self._time(self.long_time, moment)

    def short(self, moment: datetime) -> str:
        """A UTC time to the minute, for a column whose head says that it is in UTC."""
        return self._time(self.short_time, moment)

    def _time(self, form: str, moment: datetime) -> str:
        return form.format(
            day=self.first_of_month if moment.day == 1 else str(moment.day),
            month=self.months[moment.month - 1],
            date=moment,
        )


def _tenths(size: int, exponent: int) -> int:
    """How many tenths of a unit a number of bytes is, rounded to the nearest."""
    unit: int = _STEP**exponent
    return (size * 10 + unit // 2) // unit
