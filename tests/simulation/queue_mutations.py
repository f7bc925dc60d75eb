"""Mutations of the queue of submissions, and of what Graph asks to wait."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from shared.exports.graph_results import Unclear
from shared.exports.transitions import export_retry, submission, submission_turn
from shared.protocols import Create, Replace, Upsert
from shared.records import submission_queue
from shared.records.submission_queue import SubmissionQueue
from shared.workflow import reconciler
from tests.simulation.mutation import change, mutation

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    import pytest

    from shared.exports.export import Export
    from shared.protocols import Operation

_write, _reopen = submission_queue._write, export_retry.reopen
_join, _answer = submission_turn.join_queue, submission.apply_submit_result


def _take_without_lock(patch: pytest.MonkeyPatch) -> None:
    def write(state: Any) -> Operation:
        operation = _write(state)
        return Upsert(operation.row) if isinstance(operation, Replace | Create) else operation

    async def change_at_once(queue: SubmissionQueue, change: Callable[[Any], Awaitable[Any]]) -> object:
        return await change(await queue._state())

    patch.setattr(submission_queue, "_write", write)
    patch.setattr(SubmissionQueue, "_change", change_at_once)


async def _take_uncounted(_queue: SubmissionQueue, _now: datetime) -> bool:
    return True


def _reopen_with_slot(export: Export, actor: str, now: datetime) -> Export:
    return replace(_reopen(export, actor, now), slot_at=now)


def _join_without_a_word(export: Export, *rest: Any) -> Export:
    return replace(_join(export, *rest), expected_at=None)


async def _dispatch_nothing(_services: object, _monitors: object) -> int:
    return 0


def _answer_without_retry_after(export: Export, result: Any, *rest: Any) -> Export:
    heard = replace(result, retry_after=None) if isinstance(result, Unclear) else result
    return _answer(export, heard, *rest)


QUEUE_MUTATIONS = (
    mutation("slots are taken without the lock", _take_without_lock, "daily limit", "one slot a submission", seed=7),
    mutation(
        "a slot that is free at once is not counted",
        change(SubmissionQueue, "take_slot", _take_uncounted),
        "daily limit",
        "one slot a submission",
        "fair share",
    ),
    mutation(
        "all callers are one, so the earliest deadlines take all",
        change(submission_queue, "_caller_key", lambda _: "0" * 32),
        "fair share",
        seed=460,
    ),
    mutation(
        "a retried export brings a slot of its own",
        change(export_retry, "reopen", _reopen_with_slot),
        "one slot a submission",
        "daily limit",
    ),
    mutation(
        "a slot that passed unused is no failure",
        change(submission_turn, "is_slot_wasted", lambda *_: False),
        "one slot a submission",
        seed=140,
    ),
    mutation(
        "a queued export does not say when it is expected to go",
        change(submission_turn, "join_queue", _join_without_a_word),
        "waits openly",
    ),
    mutation(
        "nobody gives slots to the queue",
        change(reconciler, "dispatch_submissions", _dispatch_nothing),
        "one outcome",
        "true outcome",
        "fair share",
        "ends in time",
        seed=0,
    ),
    mutation(
        "Retry-After does not count on 503",
        change(submission, "apply_submit_result", _answer_without_retry_after),
        "retry-after",
        seed=149,
    ),
)
