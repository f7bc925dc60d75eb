"""Microsoft Graph with injected faults: answers are lost or late, or come without anything having been done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.exports.graph_results import Accepted, NotDone, Operation, Refused, Unclear
from tests.fakes.in_memory_containers import name_of
from tests.fakes.in_memory_graph import Fate, InMemoryGraph, check_operation_id, check_subject
from tests.simulation.world.facts import AskedToSubmit, Polled, SubmissionAnswered, Submitted
from tests.simulation.world.touches import Late, Unqueued

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from shared.exports.export import Subject
    from shared.exports.graph_results import OperationResult, ResolveResult, SubmitResult
    from tests.fakes.in_memory_graph import ExportOperation
    from tests.simulation.world.world import World

NO_ANSWER = Unclear("Graph's answer did not arrive (ReadTimeout).")
BROKEN = Unclear("Graph answered 503.")
_MANY_FILES = 4
_HARD_NAMES = ("product 0/0.JSON", "Product 1/con.", "Product 0/0.json/inside.txt")
"""Like one of the others but for case, refused by Windows, and in a folder with the name of a file."""


class SimulatedGraph(InMemoryGraph):
    """The Graph of a world.

    Attributes:
        has_hard_names: whether larger exports have files with names that a zip can't have.
        spoil_note: called with the container into which Microsoft has just written its note.
    """

    def __init__(self, world: World, random: Random) -> None:
        super().__init__(lambda: world.now, world.account, random)
        self._world = world
        self.has_hard_names = False
        self.note = lambda reason: world.note(reason, "")
        self.spoil_note: Callable[[str], None] = lambda _container: None

    async def resolve_user(self, principal_name: str) -> ResolveResult:
        instead = await self._world.before("graph.resolve_user")
        if isinstance(instead, NotDone | Unclear | Refused):
            return instead
        answer = self.resolve(principal_name)
        lost = await self._world.after("graph.resolve_user")
        return lost if isinstance(lost, Unclear) else answer

    async def submit_export(self, subject: Subject, container_url: str) -> SubmitResult:
        check_subject(subject)
        container = name_of(container_url.partition("?")[0])
        self._world.record(AskedToSubmit(container))
        answer = await self._submit(subject, container_url)
        self._world.record(SubmissionAnswered(container, answer))
        return answer

    async def _submit(self, subject: Subject, container_url: str) -> SubmitResult:
        instead = await self._world.before("graph.submit_export")
        if isinstance(instead, Late):
            self._world.schedule.after(instead.by, lambda: _ignore(self.submit(subject, container_url)))
            return NO_ANSWER
        if isinstance(instead, Unqueued):
            answer = self.submit(subject, container_url, queue_breaks=True)
            return answer if isinstance(answer, Refused | NotDone) else BROKEN
        if isinstance(instead, NotDone | Unclear):
            return instead
        answer = self.submit(subject, container_url)
        lost = await self._world.after("graph.submit_export")
        return lost if isinstance(lost, Unclear) else answer

    async def read_operation(self, operation_id: str) -> OperationResult:
        check_operation_id(operation_id)
        answer = await self._read(operation_id)
        self._world.record(Polled(operation_id, answer, self._world.clock()))
        return answer

    async def _read(self, operation_id: str) -> OperationResult:
        instead = await self._world.before("graph.read_operation")
        if isinstance(instead, NotDone | Unclear | Refused):
            return instead
        answer = self.read(operation_id)
        changed = await self._world.after("graph.read_operation")
        return changed if isinstance(changed, Unclear | Operation) else answer

    def _bring(self, operation: ExportOperation) -> None:
        """Brings files, and with the larger exports some whose names don't go well with the others in a zip."""
        super()._bring(operation)
        if self.has_hard_names and operation.course.fate is Fate.COMPLETE and operation.course.files >= _MANY_FILES:
            for name in _HARD_NAMES:
                self._world.account.write(operation.container, name, f"{operation.id} {name}".encode())

    def submit(self, subject: Subject, url: str, *, queue_breaks: bool = False) -> SubmitResult:
        """Accepts or refuses a submission, records that, and schedules the end of the operation."""
        answer = super().submit(subject, url, queue_breaks=queue_breaks)
        operation = self.operations[answer.operation_id] if isinstance(answer, Accepted) else None
        if operation is not None:
            self._world.schedule.after(operation.course.takes, self.settle)
            self.spoil_note(operation.container)
        self._world.record(Submitted(name_of(url.partition("?")[0]), answer, operation))
        return answer


def _ignore(_answer: SubmitResult) -> None:
    """The caller has given up waiting."""
