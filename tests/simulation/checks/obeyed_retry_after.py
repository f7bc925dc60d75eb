"""What Graph asks to wait is waited, also where it answers a submission, and also after the caller has retried."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from shared.exports.graph_results import NotDone, Unclear
from tests.simulation.checks.cadence import says_that_step_failed
from tests.simulation.checks.check import Check, CheckState, export_of
from tests.simulation.world.facts import AskedToSubmit, Committed, RowRead, SubmissionAnswered

if TYPE_CHECKING:
    from datetime import datetime

    from tests.simulation.world.facts import Line

_ROUNDING = timedelta(seconds=1)


class RetryAfterKept(Check):
    """No export is submitted before the time that Graph asked for when it was submitted last.

    Polls are in the check of the cadence. An answer counts once it is stored, and the clock as when the row was read.
    """

    name = "retry-after"

    def __init__(self, state: CheckState) -> None:
        super().__init__(state)
        self._unstored: dict[str, datetime] = {}
        self._until: dict[str, datetime] = {}
        self._read_at: dict[str, datetime] = {}

    def see(self, line: Line) -> None:
        match line.fact:
            case RowRead():
                self._read_at[line.actor] = self.world.clock()
            case SubmissionAnswered(answer=NotDone(retry_after=int(seconds)) | Unclear(retry_after=int(seconds))):
                self._unstored[line.actor] = self.world.clock() + timedelta(seconds=seconds)
            case Committed(after=after, events=events) if line.actor in self._unstored:
                until = self._unstored.pop(line.actor)
                if not any(map(says_that_step_failed, events)):
                    self._until[after.id] = until
            case AskedToSubmit(container=container):
                until = self._until.get(export_of(container), self.world.clock())
                early = until - max(self.world.clock(), self._read_at.get(line.actor, until - _ROUNDING))
                what = f"{container} was submitted {early} before the time that Graph asked for"
                self.expect(what, holds=early <= _ROUNDING)
