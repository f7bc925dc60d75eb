"""Deliberate defects of the product, each as small as a slip of the hand, to see that the simulation notices them."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from shared.durable import monitor_orchestrator
from shared.exports import polling_and_backoff
from shared.exports.audit_trail import add_event, add_warning
from shared.exports.export import ExportWarning, current_attempt
from shared.exports.next_step import Step
from shared.exports.states_and_codes import EventType
from shared.exports.transitions import (
    attempt_replacement,
    cancellation,
    data_erasure,
    lost_submission,
    manifest,
    submission,
)
from shared.records import export_records
from shared.records.export_index import ExportIndex
from shared.records.export_records import SavedExport
from shared.workflow.advance_export import _Advance
from tests.simulation import simulation

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime

    import pytest

    from shared.exports.export import Export, File

    Move = Callable[[Any], Awaitable[Export]]

_log = logging.getLogger("shared.workflow.advance_export")
_submit: Move = _Advance._submit
_move_steps = ExportIndex.move_steps
_submitted, _lost, _hashed = submission.apply_submit_result, attempt_replacement.give_up_attempt, manifest.add_files


@dataclass(frozen=True, slots=True)
class Mutation:
    """A defect, how it is put in, and which of the checks may be the first to notice it."""

    name: str
    put_in: Callable[[pytest.MonkeyPatch], None]
    noticed_by: frozenset[str]


def _mutation(name: str, put_in: Callable[[pytest.MonkeyPatch], None], *noticed_by: str) -> Mutation:
    return Mutation(name, put_in, frozenset(noticed_by))


def _change(target: object, name: str, value: object) -> Callable[[pytest.MonkeyPatch], None]:
    return lambda patch: patch.setattr(target, name, value)


def _change_move(step: Step, move: Move) -> Callable[[pytest.MonkeyPatch], None]:
    return lambda patch: patch.setitem(_Advance._moves, step, move)


def _drop_event(module: object, dropped: EventType) -> Callable[[pytest.MonkeyPatch], None]:
    def forgetful(export: Export, event: EventType, now: datetime, **rest: Any) -> Export:
        return export if event is dropped else add_event(export, event, now, **rest)

    return _change(module, "add_event", forgetful)


async def _submit_unrecorded(self: Any) -> Export:
    export, now = self._saved.export, self._now
    grant = current_attempt(export).grant
    url = await self._services.grants.url(current_attempt(export).container, grant, now)
    answer = await self._services.graph.submit_export(export.subject, url)
    return _submitted(submission.mark_submitting(export, grant, now, self._rules), answer, self._now, self._rules)


def _never_adopt(export: Export, _operation_id: object, _answer: object, *rest: Any) -> Export:
    return _lost(export, "The answer was lost.", *rest)


def _submit_with(use: Callable[[Any, str], None]) -> Move:
    """A submission that does something with the signed URL beside."""

    async def submit(self: Any) -> Export:
        attempt = current_attempt(self._saved.export)
        use(self, await self._services.grants.url(attempt.container, attempt.grant, self._now))
        return await _submit(self)

    return submit


def _log_url(_self: object, url: str) -> None:
    _log.debug("Submitting to %s", url)


def _store_url(self: Any, url: str) -> None:
    self._saved = SavedExport(
        add_warning(self._saved.export, ExportWarning("Submitting", url), self._now), self._saved.etag
    )


def _raise_url(_self: object, url: str) -> None:
    raise ConnectionError(f"POST {url}")


async def _save_blindly(self: Any, export: Export) -> None:
    """Whoever comes last wins: the ETag and the count of events are those of the present state."""
    present = await self._services.records.get(export.id)
    count = present.export.event_count + len(export.unsaved)
    self._saved = await self._services.records.save(present, replace(export, event_count=count), self._lines)
    self._lines = []


def _believe_first_page(
    export: Export, files: Sequence[File], in_page: int, _marker: str | None, now: datetime
) -> Export:
    return _hashed(export, files, in_page, None, now)


async def _erase_first_only(self: Any) -> Export:
    await self._services.containers.erase(self._saved.export.attempts[0].container)
    return data_erasure.mark_erased(self._saved.export, self._now)


def _forget_next_step(*given: Any) -> Export:
    return replace(_submitted(*given), next_step_at=None)


async def _revoke_nothing(_self: object) -> None:
    return


async def _start_nothing(_client: object, _services: object) -> int:
    return 0


async def _forget_steps(self: ExportIndex, keys: Sequence[str], _exports: object) -> None:
    await _move_steps(self, keys, [])


async def _mend_nothing(*_: object) -> None:
    return


MUTATIONS = (
    _mutation(
        "the attempt is not recorded before Graph is called",
        _change_move(Step.SUBMIT, _submit_unrecorded),
        "recorded first",
    ),
    _mutation(
        "an operation is never adopted",
        _change(lost_submission, "apply_recovery_result", _never_adopt),
        "true outcome",
        "one operation",
    ),
    _mutation(
        "the grant is not revoked",
        _change(_Advance, "_revoke_unused", _revoke_nothing),
        "no access left",
    ),
    _mutation(
        "polls have no cadence",
        _change(polling_and_backoff, "poll_interval", lambda *_, **__: timedelta(seconds=5)),
        "no early poll",
    ),
    _mutation(
        "failures have no backoff",
        _change(polling_and_backoff, "backoff", lambda *_, **__: timedelta(seconds=5)),
        "no early poll",
    ),
    _mutation(
        "the signed URL is logged",
        _change_move(Step.SUBMIT, _submit_with(_log_url)),
        "no secret",
    ),
    _mutation(
        "the signed URL is stored",
        _change_move(Step.SUBMIT, _submit_with(_store_url)),
        "no secret",
    ),
    _mutation(
        "the signed URL is in an exception",
        _change_move(Step.SUBMIT, _submit_with(_raise_url)),
        "no secret",
    ),
    _mutation(
        "the ETag does not count",
        _change(_Advance, "_save", _save_blindly),
        "one outcome",
        "one operation",
        "trail explains",
        "true outcome",
    ),
    _mutation(
        "a lost attempt has no event",
        _drop_event(lost_submission, EventType.ATTEMPT_LOST),
        "trail explains",
    ),
    _mutation(
        "a cancellation has no event",
        _drop_event(cancellation, EventType.CANCELED),
        "trail explains",
        "one outcome",
    ),
    _mutation(
        "an open export has no time to act next",
        _change(submission, "apply_submit_result", _forget_next_step),
        "one outcome",
    ),
    _mutation(
        "missing monitors are not started",
        _change(simulation, "reconcile", _start_nothing),
        "one outcome",
    ),
    _mutation(
        "a step that comes sooner is not listed",
        _change(export_records, "is_step_earlier", lambda *_: False),
        "found in time",
    ),
    _mutation(
        "a look at what is not due yet is the last one",
        _change(ExportIndex, "move_steps", _forget_steps),
        "found in time",
    ),
    _mutation(
        "an index that was lost stays lost",
        _change(export_records, "repair_index", _mend_nothing),
        "found in time",
        "one outcome",
    ),
    _mutation(
        "the manifest ends with the first page",
        _change(manifest, "add_files", _believe_first_page),
        "true outcome",
    ),
    _mutation(
        "only the first container is erased",
        _change_move(Step.ERASE, _erase_first_only),
        "erased is gone",
    ),
    _mutation(
        "the monitor's history is never cut",
        _change(monitor_orchestrator, "STEPS_A_GENERATION", 10_000),
        "short history",
    ),
)
