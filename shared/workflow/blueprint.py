"""The Durable functions and the timer, as the Functions host sees them."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import azure.durable_functions as df
import azure.functions as func

from shared.services import services
from shared.settings import settings
from shared.workflow.monitor import ADVANCE, MONITOR, monitor

if TYPE_CHECKING:
    from collections.abc import Generator

_log = logging.getLogger(__name__)

blueprint = df.Blueprint()


@blueprint.function_name(MONITOR)
@blueprint.orchestration_trigger(context_name="context")
def monitor_export(context: df.DurableOrchestrationContext) -> Generator[Any, Any, None]:
    """The monitor of one export."""
    return (yield from monitor(context))


@blueprint.function_name(ADVANCE)
@blueprint.activity_trigger(input_name="exportId")
async def advance_export(exportId: str) -> str | None:  # noqa: N803 - the binding's name
    """Does the next step of an export; gives the time to come back, None at its end."""
    from shared.workflow.advance import advance  # noqa: PLC0415 - imports are paid for when first used

    come_back = await advance(exportId, services())
    return None if come_back is None else come_back.isoformat()


@blueprint.function_name("reconcile")
@blueprint.timer_trigger(arg_name="timer", schedule=settings().reconcile_schedule)
@blueprint.durable_client_input(client_name="client")
async def reconcile(timer: func.TimerRequest, client: df.DurableOrchestrationClient) -> None:
    """Starts the monitors of exports that are overdue and have none."""
    from shared.workflow.reconciler import start_missing_monitors  # noqa: PLC0415

    started = await start_missing_monitors(client, services())
    if started or timer.past_due:
        _log.warning("Reconciler: started %d monitors; past due: %s.", started, timer.past_due)


@blueprint.function_name("sweep")
@blueprint.timer_trigger(arg_name="timer", schedule=settings().sweep_schedule)
@blueprint.durable_client_input(client_name="client")
async def sweep_left_behind(timer: func.TimerRequest, client: df.DurableOrchestrationClient) -> None:
    """Removes containers and grants that were left behind, and old history."""
    from shared.workflow.reconciler import sweep  # noqa: PLC0415

    removed = await sweep(client, services())
    if removed or timer.past_due:
        _log.warning("Sweeper: removed %d containers and grants; past due: %s.", removed, timer.past_due)
