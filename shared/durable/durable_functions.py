"""The functions that the host runs besides the API: the monitor, its activity, and two timers.

What a function needs is imported when it is first called: at a cold start the host waits for this module alone.
"""
# ruff: noqa: PLC0415 - see above

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import azure.durable_functions as df
import azure.functions as func

from shared.durable.durable_monitors import DurableMonitors
from shared.durable.monitor_orchestrator import ADVANCE, MONITOR, monitor, wake_up_time
from shared.settings import settings

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
async def advance_export_activity(exportId: str) -> str | None:  # noqa: N803 - the binding's name
    """Does the next step of an export; returns the ISO time to come back, None where the export has ended."""
    from shared.bootstrap import services
    from shared.workflow.advance_export import advance_export
    from shared.workflow.failure_isolation import logged

    with logged(f"Export {exportId}: the call"):
        given = services()
        return wake_up_time(await advance_export(exportId, given), given.now())


@blueprint.function_name("reconcile")
@blueprint.timer_trigger(arg_name="timer", schedule=settings().reconcile_schedule)
@blueprint.durable_client_input(client_name="client")
async def reconcile_timer(timer: func.TimerRequest, client: df.DurableOrchestrationClient) -> None:
    """Starts the monitors of exports that are overdue and have none."""
    from shared.bootstrap import services
    from shared.workflow.failure_isolation import logged
    from shared.workflow.reconciler import reconcile

    with logged("The round of the reconciler"):
        started = await reconcile(services(), DurableMonitors(client))
    if started or timer.past_due:
        _log.warning("Reconciler: started %d monitors; past due: %s.", started, timer.past_due)


@blueprint.function_name("sweep")
@blueprint.timer_trigger(arg_name="timer", schedule=settings().sweep_schedule)
@blueprint.durable_client_input(client_name="client")
async def sweep_timer(timer: func.TimerRequest, client: df.DurableOrchestrationClient) -> None:
    """Removes what processes that died have left, and old history."""
    from shared.bootstrap import services
    from shared.workflow.failure_isolation import logged
    from shared.workflow.sweeper import sweep

    with logged("The daily sweep"):
        removed = await sweep(services(), DurableMonitors(client))
    if removed or timer.past_due:
        _log.warning("Sweeper: removed %d containers and grants; past due: %s.", removed, timer.past_due)
