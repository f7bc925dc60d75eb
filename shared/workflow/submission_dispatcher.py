"""Gives slots that have come free to the exports in the queue, and starts their monitors."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from shared.exports.exceptions import ConflictError, QueueBusyError, StorageFailedError
from shared.exports.next_step import Step, next_step
from shared.exports.states_and_codes import Stage
from shared.exports.transitions import submission_turn
from shared.records.submission_queue import place_of
from shared.workflow.step_failures import log_step_failure

if TYPE_CHECKING:
    from shared.protocols import Monitors
    from shared.records.export_records import SavedExport
    from shared.records.submission_queue import WaitingExport
    from shared.services import Services

MOST_SLOTS = 100
"""How many exports a round gives slots at most."""
TIME_LIMIT = timedelta(seconds=60)
_MOST_LOOKS = 3 * MOST_SLOTS
"""How often a round looks at the queue at most, places that nobody needs any more included."""
_SAVES = 3
_READS = 3
"""How often an export is read at most where what comes back is older than its place."""
_log = logging.getLogger(__name__)


async def dispatch_submissions(services: Services, monitors: Monitors) -> int:
    """Gives free slots to the exports whose turn it is, until no slot is free or nobody waits.

    Returns:
        How many exports got a slot.

    Raises:
        StorageFailedError: the records can't be reached. Exports that got a slot have it; the others keep their places.
    """
    until, given = services.now() + TIME_LIMIT, 0
    try:
        for _ in range(_MOST_LOOKS):
            if given == MOST_SLOTS or services.now() >= until:
                break
            waiting = await services.queue.next_waiting(services.now())
            if waiting is None:
                break
            given += await _try_to_give_slot(waiting, services, monitors)
    except QueueBusyError as error:
        _log.warning("%s", error)
    return given


async def _try_to_give_slot(waiting: WaitingExport, services: Services, monitors: Monitors) -> bool:
    """Gives an export a slot, or removes its place if it needs none.

    An export that can't be read or stored loses its place, so that it doesn't cost a slot each round. It comes back to
    the queue when it looks for itself.
    """
    try:
        return await _give_slot(waiting, services, monitors)
    except (StorageFailedError, QueueBusyError):
        raise
    except Exception as error:  # noqa: BLE001 - whatever is wrong with one export, the others get their turns
        log_step_failure(waiting.export_id, error)
        await services.queue.remove(waiting)
        return False


async def _give_slot(waiting: WaitingExport, services: Services, monitors: Monitors) -> bool:
    saved = await _find_waiting(waiting, services)
    if saved is None:
        await services.queue.remove(waiting)
        return False
    if not await services.queue.grant(waiting, services.now()):
        return False
    if not await _store_slot(saved, waiting, services):
        return False
    await monitors.start(waiting.export_id)
    return True


async def _find_waiting(waiting: WaitingExport, services: Services) -> SavedExport | None:
    """The export in a place, None if it needs the place no longer.

    It needs it if it is queued, or about to be: a step enters an export in the queue before it stores it as queued. One
    whose last slot passed unused has to back off first.
    """
    saved = await _read(waiting, services)
    if saved is None or place_of(saved.export) != waiting.place:
        return None
    now = services.now()
    step = next_step(saved.export, now, services.limits)
    is_queued = step is Step.WAIT and saved.export.stage is Stage.QUEUED
    is_entering = step is Step.QUEUE and not submission_turn.is_slot_wasted(saved.export, now)
    return saved if is_queued or is_entering else None


async def _read(waiting: WaitingExport, services: Services) -> SavedExport | None:
    """The export in a place, None if there is none.

    A state that is older than the place does not tell whether the place is needed, so the export is read again. If it
    is older each time, the first export with this id was lost with its table, and this is another.
    """
    saved = await services.records.get(waiting.export_id)
    for _ in range(_READS - 1):
        if saved is None or saved.export.event_count >= waiting.event_count:
            break
        saved = await services.records.get(waiting.export_id)
    return saved


async def _store_slot(saved: SavedExport, waiting: WaitingExport, services: Services) -> bool:
    """Stores that an export has the slot that was taken for it, and gives up its place.

    Returns:
        False if somebody changed it meanwhile so that it needs no slot: the slot is wasted.
    """
    found: SavedExport | None = saved
    for _ in range(_SAVES):
        if found is None:
            break
        try:
            await services.records.save(found, submission_turn.give_slot(found.export, services.now()))
        except ConflictError:
            found = await _find_waiting(waiting, services)
            continue
        if found.export.stage is not Stage.QUEUED:  # otherwise it left the queue when it was stored
            await services.queue.remove(waiting)
        return True
    return False
