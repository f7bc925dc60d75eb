"""Creates exports on services in memory, and runs them to their end as their monitors would."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from shared.exports.export import Export, ExportRequest, Subject
from shared.exports.states_and_codes import SubjectType
from shared.use_cases.create_export import create_export
from shared.workflow.advance_export import advance_export
from tests.exports.samples import CALLER, USER
from tests.fakes.hooked_services import HookedServices
from tests.fakes.in_memory_graph import Course, Fate

OTHER_CALLER = "9c1d2e3f-4444-4555-8666-777788889999"
OTHER_USER = Subject(SubjectType.USER, "1c1f2a34-9f3f-4d0f-8a6b-54a4c1b6f002")
REQUEST = ExportRequest(subject=USER, digest="d")


async def create(fakes: HookedServices, request: ExportRequest = REQUEST, key: str | None = None) -> Export:
    """A new export, or the one of that key."""
    return await create_export(request, CALLER, fakes.services, fakes.monitors, key=key, correlation={"requestId": "r"})


async def read(fakes: HookedServices, export_id: str) -> Export:
    """The export as it is stored."""
    return (await fakes.stored(export_id)).export


async def submit(fakes: HookedServices, export_id: str) -> Export:
    """Advances an export until Graph has its operation."""
    while (export := await read(fakes, export_id)).attempt is None or export.attempt.operation_id is None:
        await advance(fakes, export_id)
    return export


async def run_to_end(fakes: HookedServices, export_id: str, fate: Fate = Fate.COMPLETE, files: int = 5) -> Export:
    """Advances an export until it has ended, with an operation of that fate that brings that many files."""
    fakes.graph.course = lambda: Course(fate, files=files)
    while not (export := await read(fakes, export_id)).status.is_terminal:
        await advance(fakes, export_id)
    return export


async def advance(fakes: HookedServices, export_id: str) -> None:
    """Does the next step of an export, at its time."""
    come_back = await advance_export(export_id, fakes.services)
    if come_back is not None:
        fakes.pass_time(max(come_back - fakes.clock(), timedelta()))


def once(hooks: dict[str, Callable[[], Awaitable[None]]], call: str, work: Callable[[], Awaitable[object]]) -> None:
    """Lets something else happen at the next such call, and only there."""

    async def hook() -> None:
        del hooks[call]
        await work()

    hooks[call] = hook
