"""The monitor: the orchestration that watches one export. It waits and calls the step; the step decides.

Its instance id is the export's id and it carries that id only. All state is in the export's row, so a monitor can be
started anew at any time, and a released one replays for ever: it has nothing in it that could change.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from azure.durable_functions import DurableOrchestrationContext, RetryOptions

from shared.exports.timestamps import round_up_to_second

if TYPE_CHECKING:
    from collections.abc import Generator

MONITOR = "monitor_export"
ADVANCE = "advance_export"
STEPS_A_GENERATION = 20
"""After this many steps the history begins anew, so it is short at any age of the export."""
_RETRY = RetryOptions(int(timedelta(minutes=1).total_seconds() * 1000), max_number_of_attempts=5)
"""For outages of storage, of which no row can tell. After the last try the reconciler starts the monitor again."""
_EARLIEST_FIRING = timedelta(seconds=1)
"""How much too early a timer can fire: its queue message is hidden for whole seconds, rounded down."""


def wake_up_time(due: datetime | None, now: datetime) -> str | None:
    """What the activity returns to the monitor: the ISO time of its next timer, None if the monitor ends.

    A timer that is set for this time never fires before `due`. Otherwise the monitor would ask too early, get the same
    time again, and go round until the time has come. A time that has come needs no timer, and stays as it is.
    """
    if due is None:
        return None
    return (due if due <= now else round_up_to_second(due) + _EARLIEST_FIRING).isoformat()


def monitor(context: DurableOrchestrationContext) -> Generator[Any, Any, None]:
    """Moves an export step by step until it has ended. The input is `{"exportId": …}`."""
    given = context.get_input()
    export_id = given["exportId"]
    for _ in range(STEPS_A_GENERATION):
        come_back = yield context.call_activity_with_retry(ADVANCE, _RETRY, export_id)
        if come_back is None:
            return
        at = datetime.fromisoformat(come_back)
        if at > context.current_utc_datetime:
            yield context.create_timer(at)
    context.continue_as_new(given)
