"""Callers of the API: they create exports, repeat calls that got no answer, cancel, retry and erase.

They call the product's own handlers, without the Functions host around them.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import azure.functions as func

from shared.durable.durable_monitors import DurableMonitors
from shared.exports.exceptions import NotPossibleError, StorageRefusedError, SubjectBusyError
from shared.exports.ids import export_id_from_key
from shared.http import command_handlers, export_handlers, file_handlers
from shared.http.api_errors import ApiError
from shared.http.authentication import FUNCTION_KEY_CALLER
from shared.http.request_context import RequestContext
from tests.simulation.stepping import Raised, Returned
from tests.simulation.world.facts import Said

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from shared.services import Services
    from shared.settings import Settings
    from tests.simulation.plan import PlannedExport
    from tests.simulation.stepping import Ending
    from tests.simulation.task_hub import HubClient, StartRun
    from tests.simulation.world.world import World

_LINKS = json.dumps({"files": ["Product 0/0.json"]})
_AGAIN = timedelta(seconds=20)
_TRIES = 60
_MEANT = (ApiError, NotPossibleError, StorageRefusedError, SubjectBusyError)
"""Errors that are a final answer; after any other the caller tries again."""


class Callers:
    """All callers of a run.

    Attributes:
        accepted: the ids of the exports that a caller got a 202 for.
        open_calls: how many calls have no answer yet.
    """

    def __init__(
        self, world: World, settings: Settings, client: HubClient, run: StartRun, note: Callable[[str, str], None]
    ) -> None:
        """Callers that have called nothing yet; `note` counts their calls that were answered."""
        self._world = world
        self._settings = settings
        self._monitors = DurableMonitors(client)
        self._start_run = run
        self._note = note
        self._count = 0
        self.accepted: set[str] = set()
        self.open_calls = 0

    def expect(self, planned: PlannedExport) -> None:
        """Schedules the call that creates an export, and the later calls about it."""
        export_id = export_id_from_key(FUNCTION_KEY_CALLER, planned.key)
        body = {"subject": {"type": planned.subject_type.value, "id": planned.subject_id}}
        self._call_at(
            planned.at,
            "start",
            lambda services: self._start(planned.key, body, services),
            lambda: self.accepted.add(export_id),
        )
        for call, at in planned.later_calls:
            self._expect_call(call, at, export_id)

    def _expect_call(self, name: str, at: timedelta, export_id: str) -> None:
        self._call_at(
            at,
            name,
            lambda services: self._ask(name, export_id, services),
            lambda: self._note(f"caller: {name}", export_id),
        )

    def _call_at(
        self,
        at: timedelta,
        name: str,
        call: Callable[[Services], Coroutine[Any, Any, func.HttpResponse]],
        on_answer: Callable[[], None],
    ) -> None:
        self.open_calls += 1

        def attempt(tries: int) -> None:
            self._start_run(f"caller {name}", call, lambda ending: ended(ending, tries))

        def ended(ending: Ending, tries: int) -> None:
            match ending:
                case Returned(value=func.HttpResponse() as answer):
                    self._say(name, answer)
                    on_answer()
                case Raised(error=error) if isinstance(error, _MEANT):
                    self._world.record(Said("answer", str(error)))
                case _ if tries < _TRIES:
                    self._world.schedule.after(_AGAIN, lambda: attempt(tries + 1))
                    return
            self.open_calls -= 1

        self._world.schedule.after(at, lambda: attempt(1))

    async def _start(self, key: str, body: object, services: Services) -> func.HttpResponse:
        context = self._context("POST", {}, {"Idempotency-Key": key}, json.dumps(body))
        return await export_handlers.create_export(context, services, self._monitors)

    async def _ask(self, name: str, export_id: str, services: Services) -> func.HttpResponse:
        context = self._context("POST", {"id": export_id}, {}, _LINKS)
        match name:
            case "cancel":
                return await command_handlers.cancel_export(context, services, self._monitors)
            case "retry":
                return await command_handlers.retry_export(context, services, self._monitors)
            case "erase":
                return await command_handlers.erase_export(context, services)
            case "look":
                return await export_handlers.list_events(context, services)
            case "list":
                return await file_handlers.list_files(context, services)
            case "link":
                return await file_handlers.create_links(context, services)
        raise LookupError(name)

    def _context(self, method: str, route: dict[str, str], headers: dict[str, str], body: str) -> RequestContext:
        self._count += 1
        request = func.HttpRequest(
            method,
            "https://exports.contoso.example/api/exports",
            headers={"Content-Type": "application/json", **headers},
            route_params=route,
            body=body.encode(),
        )
        return RequestContext(request, f"request-{self._count}", self._settings)

    def _say(self, name: str, answer: func.HttpResponse) -> None:
        self._world.record(Said(f"answer to {name}", f"{answer.get_body()!r} {dict(answer.headers)}"))
