"""The stand-in of `shared.graph.calls.Graph`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.exports.graph_results import NotDone, Operation, Refused, Unclear
from shared.exports.ids import is_guid
from tests.simulation.world.facts import Polled
from tests.simulation.world.touches import Late, Unqueued

if TYPE_CHECKING:
    from shared.exports.export import Subject
    from shared.exports.graph_results import OperationResult, ResolveResult, SubmitResult
    from tests.simulation.world.world import World

_NO_ANSWER = Unclear("Graph's answer did not arrive (ReadTimeout).")
_BROKE = Unclear("Graph answered 503.")


class InMemoryGraph:
    """The three calls, to a world's service."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def resolve_user(self, principal_name: str) -> ResolveResult:
        instead = await self._world.before("graph.resolve_user")
        if isinstance(instead, NotDone | Unclear | Refused):
            return instead
        answer = self._world.service.resolve(principal_name)
        lost = await self._world.after("graph.resolve_user")
        return lost if isinstance(lost, Unclear) else answer

    async def submit_export(self, subject: Subject, container_url: str) -> SubmitResult:
        if subject.id is None or not is_guid(subject.id):
            raise ValueError("The subject's object id is not known.")
        service = self._world.service
        instead = await self._world.before("graph.submit_export")
        if isinstance(instead, Late):
            self._world.agenda.after(instead.by, lambda: _ignore(service.submit(subject, container_url)))
            return _NO_ANSWER
        if isinstance(instead, Unqueued):
            answer = service.submit(subject, container_url, queue_breaks=True)
            return answer if isinstance(answer, Refused | NotDone) else _BROKE
        if isinstance(instead, NotDone | Unclear):
            return instead
        answer = service.submit(subject, container_url)
        lost = await self._world.after("graph.submit_export")
        return lost if isinstance(lost, Unclear) else answer

    async def read_operation(self, operation_id: str) -> OperationResult:
        if not is_guid(operation_id):
            raise ValueError("An operation id is a GUID.")
        answer = await self._read(operation_id)
        self._world.tell(Polled(operation_id, answer, self._world.clock()))
        return answer

    async def _read(self, operation_id: str) -> OperationResult:
        instead = await self._world.before("graph.read_operation")
        if isinstance(instead, NotDone | Unclear | Refused):
            return instead
        answer = self._world.service.read(operation_id)
        changed = await self._world.after("graph.read_operation")
        return changed if isinstance(changed, Unclear | Operation) else answer


def _ignore(_answer: SubmitResult) -> None:
    """Nobody waits for it any more."""
