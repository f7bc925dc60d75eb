"""What can go wrong with exports and with the service, done on a deployment, and the alerts that must come of it.

Each scenario returns, by the rules' names, the values that the alerts show; no other rule may notify anybody.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from shared.exports.callback_results import NotDelivered
from shared.exports.transitions.deadline import Pause
from shared.protocols import Upsert
from shared.records.table_names import TableName
from shared.use_cases.cancel_retry_erase import cancel_export
from shared.use_cases.change_deadline import change_deadline
from shared.use_cases.hand_over import hand_over_export
from tests.exports.samples import CALLER, DAY, HOUR, MINUTE
from tests.fakes.in_memory_graph import Fate
from tests.http.api_client import ApiClient
from tests.monitoring.answered_calls import be_answered, be_called, be_refused_by_storage, call_the_api
from tests.monitoring.deployment import Deployment

Alerts = dict[str, list[dict[str, Any]]]
Scenario = Callable[[Deployment], Awaitable[Alerts]]
SCENARIOS: dict[str, Scenario] = {}
"""All scenarios by their names."""
RECEIVER = "https://receiver.contoso.example/hook"


def scenario(function: Scenario) -> Scenario:
    """Adds a scenario."""
    SCENARIOS[function.__name__] = function
    return function


@scenario
async def healthy_exports(here: Deployment) -> Alerts:
    """A new deployment, in which all is well but for what happens every day."""
    api = ApiClient(WEBSITE_AUTH_ENABLED="true")
    for _ in range(3):
        await here.create(RECEIVER)
    await be_answered([429] * 10 + [404])
    for status in (403, 403, 404):
        assert (await call_the_api(api, status)) == status
    be_called([503] * 5 + [404] * 10 + [200] * 10)
    await here.run(2 * HOUR)
    await here.create(takes=2 * DAY)
    canceled = await here.create(takes=2 * DAY)
    await cancel_export(canceled, CALLER, here.fakes.services, here.fakes.monitors)
    await here.run(4 * HOUR)
    return {}


@scenario
async def infrastructure_without_code(here: Deployment) -> Alerts:
    """The infrastructure is there, the code comes hours later, and all is well."""
    here.reconciles = here.sweeps = False
    await here.run(6 * HOUR)
    here.reconciles = here.sweeps = True
    await here.create()
    await here.run(2 * HOUR)
    return {}


@scenario
async def days_of_healthy_exports(here: Deployment) -> Alerts:
    """A deployment that has been there for days."""
    for _ in range(3):
        await here.create(RECEIVER)
        await here.run(DAY)
    here.watch()
    await here.run(2 * HOUR)
    return {}


@scenario
async def exports_that_fail(here: Deployment) -> Alerts:
    """Microsoft ends two exports as failed, while a third one succeeds."""
    failed = [await here.create(RECEIVER, fate=Fate.FAILED, takes=HOUR) for _ in range(2)]
    await here.create(takes=HOUR)
    await here.run(2 * HOUR)
    return {"export-failed": [{"ExportId": export_id, "Code": "OperationFailed"} for export_id in failed]}


@scenario
async def many_exports_that_fail(here: Deployment) -> Alerts:
    """Microsoft ends more exports as failed within an hour than should have an alert each."""
    for _ in range(11):
        await here.create(fate=Fate.FAILED, takes=HOUR)
    await here.run(4 * HOUR)
    return {"export-failed": [{"ExportId": "several", "Code": "OperationFailed"}]}


@scenario
async def exports_that_fail_one_after_the_other(here: Deployment) -> Alerts:
    """Microsoft ends an export as failed, and another one ten minutes later."""
    failed = []
    for _ in range(2):
        failed.append(await here.create(fate=Fate.FAILED, takes=HOUR))
        await here.run(10 * MINUTE)
    await here.run(4 * HOUR)
    return {"export-failed": [{"ExportId": export_id, "Code": "OperationFailed"} for export_id in failed]}


@scenario
async def a_permission_is_missing(here: Deployment) -> Alerts:
    """One export waits for a permission until it fails; another one can't be polled for a while."""
    polled = await here.create(takes=3 * HOUR)
    await here.run(10 * MINUTE)
    here.fakes.graph.forbidden_until = here.now + 2 * HOUR
    waiting = await here.create()
    await here.run(3 * HOUR)
    return {
        "access-refused": [
            {"ExportId": waiting, "Code": "PermissionPending"},
            {"ExportId": polled, "Code": "OperationUnreadable"},
        ],
        "export-failed": [{"ExportId": waiting}],
    }


@scenario
async def the_export_account_refuses(here: Deployment) -> Alerts:
    """The account refuses to make a container, then lets it be made."""
    await be_refused_by_storage()
    here.fakes.hooks.refuse_once("containers.create")
    export_id = await here.create()
    await here.run(HOUR)
    return {"access-refused": [{"ExportId": export_id, "Code": "StorageRefused"}]}


@scenario
async def exports_that_are_late(here: Deployment) -> Alerts:
    """The deadline of one export is near, then passes."""
    export_id = await here.create(takes=5 * DAY, due_in=2 * HOUR)
    await here.run(3 * HOUR)
    return {
        "export-due-soon": [{"ExportId": export_id, "Stage": "Preparing", "DueInHours": 2.0}],
        "exports-overdue": [{"Overdue": 1}],
    }


@scenario
async def hand_overs_that_are_late(here: Deployment) -> Alerts:
    """What has succeeded is near its deadline, or past it; another clock is paused, and another person was answered."""
    here.expect_handovers()
    near = await here.create(takes=HOUR, due_in=5 * DAY + 2 * HOUR)
    answered = await here.create(takes=HOUR, due_in=5 * DAY + 2 * HOUR)
    late = await here.create(takes=HOUR, due_in=2 * HOUR)
    paused = await here.create(takes=HOUR, due_in=2 * HOUR)
    await change_deadline(paused, Pause("The person was asked."), CALLER, here.fakes.services)
    await here.run(1.5 * HOUR)
    await hand_over_export(answered, None, None, CALLER, here.fakes.services, here.fakes.monitors)
    await here.run(1.5 * HOUR)
    return {
        "export-due-soon": [
            {"ExportId": late, "Stage": "Preparing", "DueInHours": 2.0},
            {"ExportId": near, "Stage": "Ended", "DueInHours": 119.92},
        ],
        "exports-overdue": [{"Overdue": 1}],
    }


@scenario
async def grants_that_end(here: Deployment) -> Alerts:
    """A grant that can't be extended, and one that can't be revoked."""
    running = await here.create(takes=4 * DAY)
    failing = await here.create(takes=DAY, fate=Fate.FAILED)
    await here.run(23 * HOUR)
    here.watch()
    here.fakes.hooks.refuse("containers.set_policy")
    here.fakes.hooks.refuse("containers.remove_policy")
    await here.run(3 * HOUR)
    return {
        "grant-ends-early": [{"ExportId": running, "Code": "GrantNotExtended"}],
        "grant-left": [{"ExportId": failing, "Code": "GrantNotRevoked"}],
        "export-failed": [{"ExportId": failing, "Code": "OperationFailed"}],
    }


@scenario
async def delegations_that_end(here: Deployment) -> Alerts:
    """A user delegation ends within a day, and a canceled one can't be revoked."""
    running = await here.create(takes=10 * DAY)
    await here.run(5 * DAY + 22 * HOUR)
    here.watch()
    canceled = await here.create(takes=DAY)
    await here.run(HOUR)
    await cancel_export(canceled, CALLER, here.fakes.services, here.fakes.monitors)
    await here.run(13 * HOUR)
    return {
        "grant-ends-early": [{"ExportId": running, "Code": "GrantEndsSoon"}],
        "grant-left": [{"ExportId": canceled, "Code": "GrantNotRevocable"}],
    }


@scenario
async def callbacks_that_fail(here: Deployment) -> Alerts:
    """A receiver is away for longer than a day."""
    here.fakes.callbacks.results[RECEIVER] = NotDelivered("The receiver answered 500.")
    export_id = await here.create(RECEIVER, takes=HOUR)
    await here.run(DAY)
    here.watch()
    await here.run(3 * HOUR)
    return {"callbacks-given-up": [{"ExportId": export_id}]}


@scenario
async def steps_that_fail(here: Deployment) -> Alerts:
    """One step takes too long, another one meets an error that nobody foresaw."""
    slow = await here.create(takes=HOUR)
    here.fakes.hooks.before["containers.create"] = _raises_once(here, TimeoutError())
    await here.run(HOUR)
    broken = await here.create(takes=HOUR)
    here.fakes.hooks.before["containers.create"] = _raises_once(here, ZeroDivisionError())
    await here.run(HOUR)
    return {
        "steps-failing": [
            {"ExportId": slow, "Code": "StepTimedOut"},
            {"ExportId": broken, "Code": "UnexpectedError"},
        ]
    }


@scenario
async def a_step_that_dies_once(here: Deployment) -> Alerts:
    """The process dies in a step. The monitor that takes its place goes on."""
    export_id = await here.create(takes=HOUR)
    here.hung.add(export_id)
    await here.run(25 * MINUTE)
    here.hung.clear()
    await here.run(2 * HOUR)
    return {"steps-failing": [{"ExportId": export_id, "Code": "StepInterrupted"}]}


@scenario
async def a_step_that_dies_again_and_again(here: Deployment) -> Alerts:
    """No monitor of an export gets anywhere."""
    export_id = await here.create(takes=HOUR)
    here.hung.add(export_id)
    await here.run(6 * HOUR)
    return {
        "steps-failing": [{"ExportId": export_id, "Code": "StepInterrupted"}],
        "exports-stalled": [{"ExportId": export_id}],
    }


@scenario
async def monitors_that_are_lost(here: Deployment) -> Alerts:
    """The task hub is lost, with the monitors of four exports."""
    for _ in range(4):
        await here.create(takes=2 * HOUR)
    await here.run(HOUR)
    here.fakes.monitors.alive.clear()
    await here.run(3 * HOUR)
    return {"reconciler-repairs": [{"Repaired": 4}]}


@scenario
async def rows_that_nobody_can_read(here: Deployment) -> Alerts:
    """Somebody has edited the row of an export."""
    export_id = await here.create(takes=2 * DAY)
    await here.run(10 * MINUTE)
    row = {"PartitionKey": export_id, "RowKey": "export", "stage": "New"}
    here.fakes.tables[TableName.EXPORTS].apply([Upsert(row)])
    here.fakes.monitors.alive.discard(export_id)
    await here.run(HOUR)
    return {"rows-unreadable": [{"Unreadable": 1}]}


@scenario
async def graph_refuses_the_app(here: Deployment) -> Alerts:
    """The app's calls of Graph are refused."""
    await be_answered([403, 403])
    await here.run(HOUR)
    return {"graph-refuses": [{"Call": "GET /v1.0/dataPolicyOperations/{id}", "Answer": "403", "Calls": 2}]}


@scenario
async def graph_throttles_the_app(here: Deployment) -> Alerts:
    """Graph throttles again and again."""
    await be_answered([429] * 51)
    await here.run(HOUR)
    return {"graph-throttles": [{"Calls": 51}]}


@scenario
async def callers_without_a_role(here: Deployment) -> Alerts:
    """Somebody calls the API without a role, or without a principal, again and again."""
    api = ApiClient()
    for number in range(21):
        status = (401, 403)[number % 2]
        assert await call_the_api(api, status) == status
    await here.run(HOUR)
    return {"callers-refused": [{"Calls": 21}]}


@scenario
async def server_errors(here: Deployment) -> Alerts:
    """The app answers with server errors, after a while in which all was well."""
    be_called([200] * 10)
    await here.run(HOUR)
    be_called([500] * 3 + [503] * 3)
    here.measure()
    await here.run(HOUR)
    return {"server-errors": [{"Calls": 6}]}


@scenario
async def no_reconciler(here: Deployment) -> Alerts:
    """The reconciler stops."""
    await here.run(HOUR)
    here.reconciles = False
    await here.run(2 * HOUR)
    return {"reconciler-silent": [{"Rounds": 0}]}


@scenario
async def a_reconciler_that_can_not_read_the_records(here: Deployment) -> Alerts:
    """Each round runs, but parts of it fail."""
    await here.run(HOUR)
    here.fakes.hooks.fail("ExportIndex.range")
    await here.run(2 * HOUR)
    return {"reconciler-silent": [{"Rounds": 0}]}


@scenario
async def no_sweep(here: Deployment) -> Alerts:
    """The sweep stops, while the reconciler goes on."""
    await here.run(2 * HOUR)
    here.sweeps = False
    await here.run(2 * DAY - HOUR)
    here.watch()
    await here.run(3 * HOUR)
    return {"sweeper-silent": [{"Sweeps": 0}]}


@scenario
async def a_table_that_is_lost(here: Deployment) -> Alerts:
    """The table of exports is replaced by an empty one, while their containers are there."""
    for _ in range(3):
        await here.create(takes=5 * DAY)
    await here.run(2 * DAY)
    here.fakes.tables[TableName.EXPORTS].lose()
    here.watch()
    await here.run(3 * HOUR)
    return {"orphans-kept": [{"OrphansKept": 3, "Seen": 3}]}


def _raises_once(here: Deployment, error: Exception) -> Callable[[], Awaitable[None]]:
    async def hook() -> None:
        here.fakes.hooks.clear()
        raise error

    return hook
