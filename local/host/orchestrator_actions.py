"""What the host awaits: the actions an orchestrator asked for, played against its history.

The SDK answers each turn with all the actions of the execution so far. The real host awaits them one after another and
gives every task a number in the order in which it gets to it. Here the same is done with coroutines over plain futures,
driven by the events of the history; nothing waits and nothing is scheduled, so it is a pure computation.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Coroutine, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Any

from local.host.orchestration_history import PUBLIC_NAMES, Event, Kind, kind_of, moment, stamp

Action = Mapping[str, Any]
Knows = Callable[[Kind, str], bool]


class Refused(Exception):  # noqa: N818  a verdict on the orchestrator, not an error of the host
    """The orchestrator asked for something that fails its instance; the text says what."""


class ActionType(IntEnum):
    """The actions of an orchestrator, with the SDK's numbers."""

    ACTIVITY = 0
    ACTIVITY_WITH_RETRY = 1
    CHILD = 2
    CHILD_WITH_RETRY = 3
    CONTINUE_AS_NEW = 4
    TIMER = 5
    EXTERNAL_EVENT = 6
    CALL_ENTITY = 7
    CALL_HTTP = 8
    SIGNAL_ENTITY = 9
    ANY = 11
    ALL = 12


def describe(action: Action) -> str:
    """Name an action for people, without its input."""
    kind = ActionType(action["actionType"])
    inner = ", ".join(describe(each) for each in action.get("compoundActions", ()))
    name = action.get("functionName") or action.get("externalEventName") or inner
    return f"{kind.name}({name})" if name else kind.name


class Future:
    """Something that will be settled once by an event of the history."""

    def __init__(self) -> None:
        self.done = False
        self.failed = False
        self._callbacks: list[Callable[[], None]] = []

    def settle(self, *, failed: bool = False) -> None:
        """Mark it done and go on with whoever waits for it; settling it again changes nothing."""
        if self.done:
            return
        self.done, self.failed = True, failed
        for callback in self._callbacks:
            callback()

    def then(self, callback: Callable[[], None]) -> None:
        """Call back once, now or when it is settled."""
        if self.done:
            callback()
        else:
            self._callbacks.append(callback)

    def __await__(self) -> Generator["Future", None, None]:
        if not self.done:
            yield self


def start(coroutine: Coroutine[Future, None, None]) -> Future:
    """Run a coroutine up to its first unsettled future, and on from there as futures are settled."""
    finished = Future()

    def step() -> None:
        try:
            awaited = coroutine.send(None)
        except StopIteration:
            finished.settle()
        else:
            awaited.then(step)

    step()
    return finished


@dataclass
class Task:
    """A numbered task: an activity, a sub-orchestration or a timer."""

    id: int
    kind: Kind
    name: str | None
    fields: dict[str, Any]
    settled: Future = field(default_factory=Future)

    def __str__(self) -> str:
        return f"{PUBLIC_NAMES[self.kind]} #{self.id}" + (f" '{self.name}'" if self.name else "")


class Awaiting:
    """The host's side of one execution: feed it the events in order, then read what is open and what is new.

    Attributes:
        unconfirmed: tasks that the history doesn't have yet, by number.
        open: tasks that are not settled, by number; a cancelled timer is settled.
        next_input: the input of the next generation (JSON text), once the orchestrator continued as new.
        finished: settled once every action has been awaited; None before the execution started.
    """

    def __init__(self, actions: Sequence[Action], execution_id: str, knows: Knows) -> None:
        self.unconfirmed: dict[int, Task] = {}
        self.open: dict[int, Task] = {}
        self.next_input: str | None = None
        self.finished: Future | None = None
        self._actions = actions
        self._reached = 0
        self._execution_id = execution_id
        self._knows = knows
        self._count = 0
        self._now: datetime | None = None
        self._waiters: defaultdict[str, list[Future]] = defaultdict(list)
        self._early: defaultdict[str, deque[Event]] = defaultdict(deque)

    @property
    def waited_for(self) -> list[str]:
        """The names of the external events that somebody waits for."""
        return [name for name, waiters in self._waiters.items() for waiter in waiters if not waiter.done]

    @property
    def past(self) -> Action | None:
        """The action that the host still awaits although the orchestrator has gone past it, if there is one."""
        stuck = self.finished is not None and not self.finished.done and self._reached < len(self._actions) - 1
        return self._actions[self._reached] if stuck else None

    def take(self, what: Event) -> bool:
        """Play one event; False if it belongs to the next generation.

        Raises:
            Refused: the orchestrator is not deterministic, or asks for what this host doesn't have.
        """
        match kind_of(what):
            case Kind.TURN_STARTED:
                self._now = moment(what["Timestamp"])
            case Kind.EXECUTION_STARTED:
                self.finished = start(self._await_all_actions())
            case Kind.TASK_SCHEDULED | Kind.TIMER_CREATED | Kind.CHILD_CREATED as kind:
                self._confirm(kind, what)
            case Kind.TASK_COMPLETED | Kind.CHILD_COMPLETED:
                self._settle(what["TaskScheduledId"], failed=False)
            case Kind.TASK_FAILED | Kind.CHILD_FAILED:
                self._settle(what["TaskScheduledId"], failed=True)
            case Kind.TIMER_FIRED:
                self._settle(what["TimerId"], failed=False)
            case Kind.EVENT_RAISED if self.next_input is not None:
                return False
            case Kind.EVENT_RAISED:
                self._raise(what)
        return True

    def _confirm(self, kind: Kind, what: Event) -> None:
        task = self.unconfirmed.pop(what["EventId"], None)
        if task is None or (task.kind, task.name) != (kind, what.get("Name")):
            was = Task(what["EventId"], kind, what.get("Name"), {})
            now = f"asked for {task}" if task else "did not ask for it"
            raise Refused(
                f"Non-deterministic orchestrator: the history has {was}, but this time the orchestrator {now}. "
                "Did the orchestrator change while the instance was running, or use a clock, random numbers or I/O?"
            )

    def _settle(self, task_id: int, *, failed: bool) -> None:
        # A cancelled timer fires all the same, and a task may complete twice: neither is news.
        if task := self.open.pop(task_id, None):
            task.settled.settle(failed=failed)

    def _raise(self, what: Event) -> None:
        waiters = self._waiters[what["Name"]]
        if waiters:
            waiters.pop().settle()  # the last who came is served first, as by the real host
        else:
            self._early[what["Name"]].append(what)

    async def _await_all_actions(self) -> None:
        for reached, action in enumerate(self._actions):
            self._reached = reached
            await self._invoke(action)

    def _invoke(self, action: Action) -> Future:  # noqa: PLR0911  one return for each kind of action
        match kind := ActionType(action["actionType"]):
            case ActionType.ACTIVITY | ActionType.CHILD:
                return self._call(action).settled
            case ActionType.ACTIVITY_WITH_RETRY | ActionType.CHILD_WITH_RETRY:
                return start(self._call_with_retry(action))
            case ActionType.TIMER:
                return self._timer(action["fireAt"], cancelled=action["isCanceled"])
            case ActionType.EXTERNAL_EVENT:
                return self._wait(action["externalEventName"])
            case ActionType.ALL:
                return _all_of([self._invoke(each) for each in action["compoundActions"]])
            case ActionType.ANY:
                return _any_of([self._invoke(each) for each in action["compoundActions"]])
            case ActionType.CONTINUE_AS_NEW:
                self.next_input = action["input"]
                return _all_of([])
            case ActionType.CALL_ENTITY | ActionType.SIGNAL_ENTITY | ActionType.CALL_HTTP:
                raise Refused(f"The local host does not support the action {kind.name} of an orchestrator.")

    def _call(self, action: Action) -> Task:
        name, is_child = action["functionName"], action["actionType"] in (ActionType.CHILD, ActionType.CHILD_WITH_RETRY)
        kind = Kind.CHILD_CREATED if is_child else Kind.TASK_SCHEDULED
        if not self._knows(kind, name):
            what = "orchestrator" if is_child else "activity"
            raise Refused(f"The function '{name}' doesn't exist, is disabled, or is not an {what} function.")
        fields = {"Input": action["input"]}
        if is_child:
            # The number that the task is about to get is part of the identity the real host gives a nameless child.
            fields["InstanceId"] = action.get("instanceId") or f"{self._execution_id}:{self._count}"
            fields["Version"] = action.get("version")
        return self._schedule(kind, name, fields)

    async def _call_with_retry(self, action: Action) -> None:
        options = action["retryOptions"]
        interval = timedelta(milliseconds=options["firstRetryIntervalInMilliseconds"])
        attempts = options["maxNumberOfAttempts"]
        for attempt in range(1, attempts + 1):
            call = self._call(action).settled
            await call
            if not call.failed:
                return
            # One more timer follows the last attempt; the SDK counts on it. It is due at once.
            due = self._time() + (interval if attempt < attempts else timedelta())
            await self._timer(stamp(due), cancelled=False)

    def _timer(self, fire_at: str, *, cancelled: bool) -> Future:
        timer = self._schedule(Kind.TIMER_CREATED, None, {"FireAt": fire_at})
        if cancelled:
            del self.open[timer.id]
            timer.settled.settle()
        return timer.settled

    def _wait(self, name: str) -> Future:
        waiter = Future()
        if self._early[name]:
            self._early[name].popleft()
            waiter.settle()
        else:
            self._waiters[name].append(waiter)
        return waiter

    def _schedule(self, kind: Kind, name: str | None, fields: dict[str, Any]) -> Task:
        task = Task(self._count, kind, name, fields)
        self._count += 1
        self.unconfirmed[task.id] = self.open[task.id] = task
        return task

    def _time(self) -> datetime:
        if self._now is None:
            raise ValueError("the history does not begin with the start of a turn")
        return self._now


def _all_of(futures: Sequence[Future]) -> Future:
    async def each() -> None:
        for future in futures:
            await future

    return start(each())


def _any_of(futures: Sequence[Future]) -> Future:
    if not futures:
        raise Refused("The orchestrator waits for any of no tasks, which would never end.")
    first = Future()
    for future in futures:
        future.then(first.settle)
    return first
