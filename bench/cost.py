"""Computes what an export costs: storage, executions, and the storage operations of Durable Functions itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench import prices
from shared.durable.monitor_orchestrator import STEPS_A_GENERATION

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.product import Took
    from bench.wire import Sent

INSTANCE_GB = 2
"""The memory of an instance that infra/ deploys."""
BILLED_SECONDS = 1
"""The minimum that is billed for an execution. Ours take no longer; each is counted as if it ran alone."""
MINUTES_A_MONTH = 30 * 24 * 60
LOGIC_APP_ACTIONS = 3
"""Actions in each cycle of a logic app that polls: the loop, a delay, a request."""
_QUEUES, _QUEUE_POLL_SECONDS = 5, 30
"""Four control queues and a work-item queue; an idle one is polled every 30 s at most."""
_PARTITIONS, _LEASE_SECONDS = 4, 10
"""How often the lease of each partition is renewed."""


@dataclass(frozen=True, slots=True)
class Durable:
    """What Durable's Azure Storage provider does for one monitor.

    Each message (a start, an activity and its result, a timer, a new generation) is put, got and deleted; each turn
    (one a message, but for activities) reads the history, appends to it and writes the instance.
    """

    queue_operations: int
    table_operations: int
    executions: int

    @classmethod
    def of(cls, steps: Sequence[Took]) -> Durable:
        """The operations for a monitor that took these steps."""
        count, timers = len(steps), sum(step.waits for step in steps)
        turns = 1 + count + timers + count // STEPS_A_GENERATION
        return cls(queue_operations=3 * (turns + count), table_operations=3 * turns, executions=turns + count)


def storage_dollars(sent: Sequence[Sent]) -> float:
    """The price of these requests to storage."""
    return sum(_price_of(each) for each in sent)


def _price_of(sent: Sent) -> float:
    if sent.service == "table":
        return prices.TABLE_OPERATION.dollars
    if sent.method == "DELETE":
        return 0.0
    is_read = sent.method in {"GET", "HEAD"} and not sent.is_listing
    return (prices.BLOB_READ if is_read else prices.BLOB_WRITE).dollars


def execution_dollars(count: int) -> float:
    """The price of that many function executions."""
    second = INSTANCE_GB * prices.FLEX_GB_SECOND.dollars
    return count * (BILLED_SECONDS * second + prices.FLEX_EXECUTION.dollars)


def durable_dollars(durable: Durable) -> float:
    """The price of the provider's own operations, and of the turns and activities of a monitor."""
    storage = (
        durable.queue_operations * prices.QUEUE_OPERATION.dollars
        + durable.table_operations * prices.TABLE_OPERATION.dollars
    )
    return storage + execution_dollars(durable.executions)


def idle_dollars(reconciler_calls: int) -> float:
    """The price of an idle month: the reconciler every 5 minutes, and what Durable does while the app is awake.

    Taken as awake all the time, because the reconciler wakes it so often.
    """
    runs, seconds = MINUTES_A_MONTH // 5, MINUTES_A_MONTH * 60
    return (
        execution_dollars(runs)
        + runs * reconciler_calls * prices.TABLE_OPERATION.dollars
        + _QUEUES * seconds / _QUEUE_POLL_SECONDS * prices.QUEUE_OPERATION.dollars
        + _PARTITIONS * seconds / _LEASE_SECONDS * prices.BLOB_READ.dollars
    )


def logic_app_dollars(minutes: float) -> float:
    """The price of a logic app that polls every 60 s for that long."""
    return minutes * LOGIC_APP_ACTIONS * prices.LOGIC_APP_ACTION.dollars
