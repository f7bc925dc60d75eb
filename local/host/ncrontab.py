"""NCRONTAB: the schedule expressions of timer triggers."""

from datetime import UTC, datetime

from croniter import croniter

_FIELDS = 6


class UnsupportedScheduleError(Exception):
    """The platform takes such a schedule, but the local host does not."""


class Schedule:
    """When a timer is due, in UTC: six fields with the seconds first, or five without them."""

    def __init__(self, expression: str) -> None:
        """Read an expression.

        Raises:
            ValueError: it is none.
            UnsupportedScheduleError: it is the name of an app setting (%NAME%) or a time span.
        """
        if "%" in expression or ":" in expression:
            raise UnsupportedScheduleError(f"'{expression}', an app setting or a time span")
        self._expression = expression if len(expression.split()) == _FIELDS else f"0 {expression}"
        if len(self._expression.split()) != _FIELDS or not croniter.is_valid(
            self._expression, second_at_beginning=True
        ):
            raise ValueError(f"'{expression}' is not an NCRONTAB expression of six fields, seconds first")

    def next_after(self, moment: datetime) -> datetime:
        """Return when it is due next, strictly after an aware time."""
        # NCRONTAB wants both the day of the month and the day of the week to fit, cron only one of them.
        times = croniter(self._expression, moment, day_or=False, second_at_beginning=True)
        due: datetime = times.get_next(datetime)
        return due.astimezone(UTC)
