"""NCRONTAB: the schedule expressions of timer triggers."""

from datetime import UTC, datetime

from croniter import croniter

from local.host.host_settings import LoadError

_FIELDS = (5, 6)


class Schedule:
    """When a timer is due, in UTC; six fields with the seconds first, or the five of cron."""

    def __init__(self, expression: str) -> None:
        """Raises LoadError for an expression that the platform would refuse."""
        fields = len(expression.split())
        if fields not in _FIELDS or not croniter.is_valid(expression, second_at_beginning=fields == _FIELDS[1]):
            raise LoadError(f"'{expression}' is not an NCRONTAB expression of six fields, seconds first")
        self.expression = expression
        self._has_seconds = fields == _FIELDS[1]

    def next_after(self, moment: datetime) -> datetime:
        """Say when it is due next, strictly after an aware time."""
        # NCRONTAB wants both the day of the month and the day of the week to fit, cron only one of them.
        times = croniter(self.expression, moment, day_or=False, second_at_beginning=self._has_seconds)
        due: datetime = times.get_next(datetime)
        return due.astimezone(UTC)
