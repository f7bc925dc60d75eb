"""The people and flows that call the API: they ask for exports, repeat what got no answer, cancel, retry and erase.

The calls are the product's own handlers, without the Functions host around them.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import azure.functions as func

from shared.exports.exceptions import NotPossibleError, StorageRefusedError, SubjectBusyError
from shared.exports.ids import export_id_from_key
from shared.http import command_handlers, export_handlers, file_handlers
from shared.http.api_errors import ApiError
from shared.http.authentication import FUNCTION_KEY_CALLER
from shared.http.request_context import RequestContext
from tests.simulation.stepping import Raised, Returned
from tests.simulation.world.facts import Said

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from shared.services import Services
    from tests.simulation.hub import HubClient, StartRun
    from tests.simulation.plan import Asked
    from tests.simulation.stepping import Ending
    from tests.simulation.world.touches import Touch
    from tests.simulation.world.world import World

_LINKS = json.dumps({"files": ["Product 0/0.json"]})
_AGAIN = timedelta(seconds=20)
_TRIES = 60
_MEANT = (ApiError, NotPossibleError, StorageRefusedError, SubjectBusyError)
"""Errors that are answers; after any other a caller calls again."""


class Callers:
    """All who call.

    Attributes:
        accepted: the ids of the exports of which a caller was told that they are accepted.
        open_calls: how many calls have no answer yet.
    """

    def __init__(
        self, world: World, services: Services, client: HubClient, run: StartRun, note: Callable[[str, str], None]
    ) -> None:
        """Callers without a wish yet; `note` counts the wishes that have come to something."""
        self._world = world
        self._services = services
        self._client = client
        self._start_run = run
        self._note = note
        self._count = 0
        self.accepted: set[str] = set()
        self.open_calls = 0

    def expect(self, asked: Asked) -> None:
        """Puts an export and its callers' later wishes on the agenda."""
        export_id = export_id_from_key(FUNCTION_KEY_CALLER, asked.key)
        body = {"subject": {"type": asked.subject_type.value, "id": asked.subject_id}}
        self._call_at(asked.at, "start", lambda: self._start(asked.key, body), lambda: self.accepted.add(export_id))
        for wish, at in asked.wishes:
            self._expect_wish(wish, at, export_id)

    def _expect_wish(self, wish: str, at: timedelta, export_id: str) -> None:
        self._call_at(at, wish, lambda: self._ask(wish, export_id), lambda: self._note(f"caller: {wish}", export_id))

    def _call_at(
        self,
        at: timedelta,
        name: str,
        call: Callable[[], Coroutine[Touch, object, func.HttpResponse]],
        on_answer: Callable[[], None],
    ) -> None:
        self.open_calls += 1

        def attempt(tries: int) -> None:
            self._start_run(f"caller {name}", call(), lambda ending: ended(ending, tries))

        def ended(ending: Ending, tries: int) -> None:
            match ending:
                case Returned(value=func.HttpResponse() as answer):
                    self._say(name, answer)
                    on_answer()
                case Raised(error=error) if isinstance(error, _MEANT):
                    self._world.tell(Said("answer", str(error)))
                case _ if tries < _TRIES:
                    self._world.agenda.after(_AGAIN, lambda: attempt(tries + 1))
                    return
            self.open_calls -= 1

        self._world.agenda.after(at, lambda: attempt(1))

    async def _start(self, key: str, body: object) -> func.HttpResponse:
        call = self._call("POST", {}, {"Idempotency-Key": key}, json.dumps(body))
        return await export_handlers.create_export(call, self._client)

    async def _ask(self, wish: str, export_id: str) -> func.HttpResponse:
        call = self._call("POST", {"id": export_id}, {}, _LINKS)
        asks: dict[str, Callable[[], Awaitable[func.HttpResponse]]] = {
            "cancel": lambda: command_handlers.cancel_export(call, self._client),
            "retry": lambda: command_handlers.retry_export(call, self._client),
            "erase": lambda: command_handlers.erase_export(call),
            "look": lambda: export_handlers.list_events(call),
            "list": lambda: file_handlers.list_files(call),
            "link": lambda: file_handlers.create_links(call),
        }
        return await asks[wish]()

    def _call(self, method: str, route: dict[str, str], headers: dict[str, str], body: str) -> RequestContext:
        self._count += 1
        request = func.HttpRequest(
            method,
            "https://exports.contoso.example/api/exports",
            headers={"Content-Type": "application/json", **headers},
            route_params=route,
            body=body.encode(),
        )
        call = RequestContext(request, f"request-{self._count}", self._services.settings)
        call.__dict__["services"] = self._services  # in place of the process's own
        return call

    def _say(self, name: str, answer: func.HttpResponse) -> None:
        self._world.tell(Said(f"answer to {name}", f"{answer.get_body()!r} {dict(answer.headers)}"))
