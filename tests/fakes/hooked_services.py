"""Services in memory with a hook at every call: a test can refuse the call, let it take time, race it, or die there."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from shared.exports.exceptions import StorageFailedError
from shared.exports.export import has_stored_policy
from shared.exports.grant_lifetime import CLOCK_SKEW
from shared.exports.states_and_codes import GrantKind
from shared.records.table_names import TableName
from shared.services import services_on
from tests.exports.samples import LIMITS
from tests.fakes.in_memory_account import Validity
from tests.fakes.in_memory_containers import InMemoryContainers, name_of, refused
from tests.fakes.in_memory_graph import InMemoryGraph
from tests.fakes.in_memory_services import InMemoryServices
from tests.fakes.in_memory_table import InMemoryTable
from tests.fakes.in_memory_zip_blobs import InMemoryZipBlobs
from tests.fakes.recording_callback_sender import RecordingCallbackSender

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime, timedelta

    from shared.exports.callback_results import CallbackResult
    from shared.exports.configured_limits import Limits
    from shared.exports.export import Delivery, Export, Subject
    from shared.exports.graph_results import NotDone, OperationResult, Refused, ResolveResult, SubmitResult, Unclear
    from shared.protocols import CallbackReceiver
    from shared.records.export_records import SavedExport
    from tests.fakes.in_memory_account import InMemoryAccount
    from tests.fakes.manual_clock import ManualClock

T = TypeVar("T")


class ProcessDied(BaseException):
    """The process died at this call; nothing in the product may catch it."""


class Hooks:
    """What happens around calls. A call is named `containers.erase`, `graph.submit_export`, `Exports.transact`.

    Attributes:
        before: what to do before a call.
        after: what to do after a call, before its caller knows that it was done.
        calls: all calls so far, in order.
    """

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock
        self.before: dict[str, Callable[[], Awaitable[None]]] = {}
        self.after: dict[str, Callable[[], Awaitable[None]]] = {}
        self.calls: list[str] = []

    def refuse(self, call: str, code: str = "AuthorizationFailure") -> None:
        """Lets the export account refuse the call."""
        self.before[call] = _raises(refused(code))

    def refuse_once(self, call: str, code: str = "AuthorizationFailure") -> None:
        """Lets the export account refuse the next call, and no later one."""

        async def refuse() -> None:
            del self.before[call]
            raise refused(code)

        self.before[call] = refuse

    def fail(self, call: str) -> None:
        """Lets the call fail, as in an outage."""
        self.before[call] = _raises(StorageFailedError("ServerBusy"))

    def die_before(self, call: str) -> None:
        """Lets the process die before the call."""
        self.before[call] = _raises(ProcessDied())

    def die_after(self, call: str) -> None:
        """Lets the process die once the call is done."""
        self.after[call] = _raises(ProcessDied())

    def take(self, call: str, time: timedelta) -> None:
        """Lets the call take so long."""

        async def pass_time() -> None:
            self.pass_time(time)

        self.after[call] = pass_time

    def pass_time(self, time: timedelta) -> None:
        """Lets time pass at once."""
        self._clock.now += time

    def clear(self) -> None:
        """From now on every call succeeds at once."""
        self.before.clear()
        self.after.clear()

    async def around(self, call: str, work: Callable[[], Awaitable[T]]) -> T:
        """Does the work of a call between its hooks."""
        await self.run_before(call)
        result = await work()
        await self.run_after(call)
        return result

    async def run_before(self, call: str) -> None:
        self.calls.append(call)
        if call in self.before:
            await self.before[call]()

    async def run_after(self, call: str) -> None:
        if call in self.after:
            await self.after[call]()


def _raises(error: BaseException) -> Callable[[], Awaitable[None]]:
    async def hook() -> None:
        raise error

    return hook


class _HookedTable(InMemoryTable):
    def __init__(self, hooks: Hooks, name: TableName) -> None:
        super().__init__()
        self._hooks, self._name = hooks, name

    async def before(self, call: str) -> None:
        await self._hooks.run_before(f"{self._name}.{call}")

    async def after(self, call: str) -> None:
        await self._hooks.run_after(f"{self._name}.{call}")


class _HookedContainers(InMemoryContainers):
    def __init__(self, hooks: Hooks, account: InMemoryAccount) -> None:
        super().__init__(account)
        self._hooks = hooks

    async def before(self, call: str) -> None:
        await self._hooks.run_before(f"containers.{call}")

    async def after(self, call: str) -> None:
        await self._hooks.run_after(f"containers.{call}")

    async def pass_time(self, time: timedelta) -> None:
        self._hooks.pass_time(time)


class _HookedZipBlobs(InMemoryZipBlobs):
    def __init__(self, hooks: Hooks, account: InMemoryAccount) -> None:
        super().__init__(account)
        self._hooks = hooks

    async def before(self, call: str) -> None:
        await self._hooks.run_before(f"zip_blobs.{call}")

    async def after(self, call: str) -> None:
        await self._hooks.run_after(f"zip_blobs.{call}")


class HookedGraph(InMemoryGraph):
    """A Graph with hooks.

    Attributes:
        instead: what it answers to every call in place of carrying it out.
    """

    def __init__(self, hooks: Hooks, clock: ManualClock, account: InMemoryAccount) -> None:
        super().__init__(clock, account)
        self._hooks = hooks
        self.instead: NotDone | Unclear | Refused | None = None

    async def resolve_user(self, principal_name: str) -> ResolveResult:
        do = super().resolve_user
        return await self._answer("resolve_user", lambda: do(principal_name))

    async def submit_export(self, subject: Subject, container_url: str) -> SubmitResult:
        do = super().submit_export
        return await self._answer("submit_export", lambda: do(subject, container_url))

    async def read_operation(self, operation_id: str) -> OperationResult:
        do = super().read_operation
        return await self._answer("read_operation", lambda: do(operation_id))

    async def _answer(self, call: str, work: Callable[[], Awaitable[T]]) -> T | NotDone | Unclear | Refused:
        if self.instead is not None:
            return self.instead
        return await self._hooks.around(f"graph.{call}", work)


class _HookedCallbackSender(RecordingCallbackSender):
    def __init__(self, hooks: Hooks) -> None:
        super().__init__()
        self._hooks = hooks

    async def send(
        self, export: Export, delivery: Delivery, receiver: CallbackReceiver, now: datetime
    ) -> CallbackResult:
        do = super().send
        return await self._hooks.around("callbacks.send", lambda: do(export, delivery, receiver, now))


class HookedServices(InMemoryServices):
    """Services in memory, on a clock that stands still, with hooks at every call."""

    def __init__(self, limits: Limits = LIMITS, grant_kind: GrantKind = GrantKind.STORED_POLICY) -> None:
        super().__init__(limits, grant_kind)
        self.hooks = Hooks(self.clock)
        self.tables.update({name: _HookedTable(self.hooks, name) for name in TableName})
        self.containers = _HookedContainers(self.hooks, self.account)
        self.zip_blobs = _HookedZipBlobs(self.hooks, self.account)
        self.graph: HookedGraph = HookedGraph(self.hooks, self.clock, self.account)
        self.callbacks = _HookedCallbackSender(self.hooks)
        self.services = services_on(
            self.tables.__getitem__,
            containers=self.containers,
            zip_blobs=lambda: self.zip_blobs,
            account_probe=self.account_probe,
            graph=self.graph,
            callbacks=self.callbacks,
            limits=limits,
            grant_kind=grant_kind,
            now=self.clock,
        )

    async def store(self, export: Export, callback_url: str | None = None) -> SavedExport:
        """Records an export at any point of its life, and makes the containers and policies of its attempts."""
        for attempt in export.attempts:
            name = name_of(attempt.container)
            self.account.create(name)
            if has_stored_policy(attempt.grant) and attempt.grant.revoked_at is None:
                self.account.set_policy(name, Validity(self.clock() - CLOCK_SKEW, attempt.grant.expires_at))
        return await self.services.records.insert(export, callback_url)

    async def stored(self, export_id: str) -> SavedExport:
        """The export as it is stored now."""
        saved = await self.services.records.get(export_id)
        assert saved is not None
        return saved

    async def event_types(self, export_id: str) -> list[str]:
        """The types of the events in its audit trail."""
        return [event.type for event in await self.services.records.events(export_id)]

    def policy_end(self, container_url: str) -> datetime | None:
        """When the policy of a container ends; None where it has none."""
        policy = self.account.containers[name_of(container_url)].policy
        return None if policy is None else policy.validity.expires_at

    def stored_text(self) -> str:
        """All that is in any table."""
        return repr([stored.row for table in self.tables.values() for stored in table.all_rows()])
