"""Sets when the next step of an export is due: one function for open exports, another for ended ones."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from shared.exports import polling_and_backoff
from shared.exports.export import Delivery, Export, operation_age

if TYPE_CHECKING:
    from datetime import datetime

    from shared.exports.configured_limits import Limits


def schedule_next_step(export: Export, at: datetime, now: datetime) -> Export:
    """Sets when the next step of an open export is due.

    Raises:
        ValueError: the export has ended. What is left to do decides what is due: `schedule_after_end`.
    """
    if export.status.is_terminal:
        raise ValueError(f"Export {export.id} has ended, so it has no next step to schedule.")
    return replace(export, next_step_at=at, updated_at=now)


def schedule_poll(export: Export, retry_after: int | None, now: datetime, limits: Limits) -> Export:
    """Sets when the operation of an open export is polled next.

    Args:
        export: an open export with an operation.
        retry_after: what Graph asks for, in seconds, or None.
        now: the present.
        limits: the deployment's limits.
    """
    age, jitter = operation_age(export, now), polling_and_backoff.jitter(export.id, export.polls)
    interval = polling_and_backoff.poll_interval(age, retry_after, limits.poll_floor, jitter=jitter)
    return schedule_next_step(export, now + interval, now)


def schedule_erasure(export: Export, at: datetime, now: datetime) -> Export:
    """Sets when the data of an ended export is erased.

    Raises:
        ValueError: the export is open. Its data may still arrive.
    """
    _require_ended(export)
    return schedule_after_end(replace(export, erase_at=at, updated_at=now))


def erasure_due_at(export: Export) -> datetime | None:
    """When the data of an export is erased; None while a hold keeps it, and if there is no data to erase (any more)."""
    return export.erase_at if export.hold is None else None


def is_erasure_due(export: Export, now: datetime) -> bool:
    """Whether the data of an export is to be erased now."""
    due_at = erasure_due_at(export)
    return due_at is not None and now >= due_at


def schedule_after_end(export: Export) -> Export:
    """Makes the first of what is left to do for an ended export its next step.

    That is a delivery, a warning of the deadline, a step of a package, or the erasure. Once an erasure has begun,
    packages are not gone on with.

    Raises:
        ValueError: the export is open.
    """
    _require_ended(export)
    due = [*(delivery.next_try_at for delivery in deliveries_in_turn(export)), erasure_due_at(export), export.warn_at]
    if export.erasure_begun_at is None:
        due += [package.next_step_at for package in export.packages]
    return replace(export, next_step_at=min((at for at in due if at is not None), default=None))


def deliveries_in_turn(export: Export) -> list[Delivery]:
    """For each receiver the first delivery that is not over: it hears of the end before it hears of the hand-over."""
    first: dict[str, Delivery] = {}
    for delivery in export.deliveries:
        if delivery.next_try_at is not None:
            first.setdefault(delivery.target, delivery)
    return list(first.values())


def _require_ended(export: Export) -> None:
    if not export.status.is_terminal:
        raise ValueError(f"Export {export.id} is open, so neither its erasure nor a delivery can be scheduled.")
