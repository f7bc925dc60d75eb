"""NCRONTAB: the schedule expressions of timer triggers."""

from datetime import UTC, datetime

from croniter import croniter

_FIELDS = 6


class Schedule:
    """When a timer is due, in UTC: six fields with the seconds first. App settings (%NAME%) are not supported."""

    def __init__(self, expression: str) -> None:
        """Raises ValueError for an expression that is not supported."""
        if len(expression.split()) != _FIELDS or not croniter.is_valid(expression, second_at_beginning=True):
            raise ValueError(f"'{expression}' is not an NCRONTAB expression of six fields, seconds first")
        self._expression = expression

    def next_after(self, moment: datetime) -> datetime:
        """Return when it is due next, strictly after an aware time."""
        # NCRONTAB wants both the day of the month and the day of the week to fit, cron only one of them.
        times = croniter(self._expression, moment, day_or=False, second_at_beginning=True)
        due: datetime = times.get_next(datetime)
        return due.astimezone(UTC)
