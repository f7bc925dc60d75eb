"""Mutations: deliberate defects of the product, each as small as a real slip, that the simulation has to notice."""

from __future__ import annotations

import logging
from dataclasses import replace
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
    download_links,
    lost_submission,
    manifest,
    submission,
)
from shared.records import export_index, export_records
from shared.records.export_index import ExportIndex
from shared.records.export_records import ExportRecords
from shared.records.index_repair import IndexRepair
from shared.workflow import advance_export, failure_isolation
from shared.workflow.step_result import StepResult
from tests.simulation import simulation
from tests.simulation.mutation import change, mutation

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    import pytest

    from shared.exports.export import Export, File
    from shared.records.export_records import SavedExport
    from shared.services import Services
    from shared.workflow.advance_export import StepFunction

_log = logging.getLogger("shared.workflow.advance_export")
_submit = advance_export.STEPS[Step.SUBMIT]
_move_steps, _save = ExportIndex.move_steps, ExportRecords.save
_submitted, _give_up, _add_files = (
    submission.apply_submit_result,
    attempt_replacement.give_up_attempt,
    manifest.add_files,
)


def _change_step(step: Step, function: StepFunction) -> Callable[[pytest.MonkeyPatch], None]:
    return lambda patch: patch.setitem(advance_export.STEPS, step, function)


def _drop_event(module: object, dropped: EventType) -> Callable[[pytest.MonkeyPatch], None]:
    def forgetful(export: Export, event: EventType, now: datetime, **rest: Any) -> Export:
        return export if event is dropped else add_event(export, event, now, **rest)

    return change(module, "add_event", forgetful)


async def _submit_unrecorded(saved: SavedExport, services: Services) -> StepResult:
    export, now, limits = saved.export, services.now(), services.limits
    grant = current_attempt(export).grant
    url = await services.containers.sign_write_url(current_attempt(export).container, grant, now)
    result = await services.graph.submit_export(export.subject, url)
    submitting = submission.mark_submitting(export, grant, now, limits)
    return StepResult(saved, _submitted(submitting, result, services.now(), limits))


def _never_adopt(export: Export, _noted: object, _result: object, *rest: Any) -> Export:
    return _give_up(export, "The answer was lost.", *rest)


def _submit_with(use: Callable[[SavedExport, str, datetime], SavedExport]) -> StepFunction:
    """A submission that also does something with the signed URL."""

    async def submit(saved: SavedExport, services: Services) -> StepResult:
        attempt, now = current_attempt(saved.export), services.now()
        url = await services.containers.sign_write_url(attempt.container, attempt.grant, now)
        return await _submit(use(saved, url, now), services)

    return submit


def _log_url(saved: SavedExport, url: str, _now: datetime) -> SavedExport:
    _log.debug("Submitting to %s", url)
    return saved


def _store_url(saved: SavedExport, url: str, now: datetime) -> SavedExport:
    return replace(saved, export=add_warning(saved.export, ExportWarning("Submitting", url), now))


async def _save_blindly(records: ExportRecords, before: SavedExport, export: Export, *rest: Any) -> SavedExport:
    """The last writer wins: it takes the ETag and the event count of the present state."""
    present = await records.get(export.id) or before
    count = present.export.event_count
    events = tuple(replace(event, number=number) for number, event in enumerate(export.unsaved, count + 1))
    return await _save(records, present, replace(export, event_count=count + len(events), unsaved=events), *rest)


def _believe_first_page(
    export: Export, files: Sequence[File], in_page: int, _marker: str | None, now: datetime
) -> Export:
    return _add_files(export, files, in_page, None, now)


async def _erase_first_only(saved: SavedExport, services: Services) -> StepResult:
    await services.containers.erase(saved.export.attempts[0].container)
    return StepResult(saved, data_erasure.mark_erased(saved.export, services.now()))


def _forget_next_step(*given: Any) -> Export:
    return replace(_submitted(*given), next_step_at=None)


async def _revoke_nothing(saved: SavedExport, _services: Services) -> StepResult:
    return StepResult(saved, saved.export)


def _revoke_with(function: StepFunction) -> Callable[[pytest.MonkeyPatch], None]:
    def put_in(patch: pytest.MonkeyPatch) -> None:
        patch.setattr(advance_export, "revoke_grants", function)
        patch.setitem(advance_export.STEPS, Step.REVOKE, function)

    return put_in


def _name_the_file(export: Export, event: EventType, now: datetime, **detail: Any) -> Export:
    return add_event(export, event, now, file="name", **detail)


async def _start_nothing(_services: object, _monitors: object) -> int:
    return 0


async def _forget_steps(index: ExportIndex, keys: Sequence[str], _exports: object) -> None:
    await _move_steps(index, keys, [])


async def _do_nothing(*_: object) -> None:
    return


MUTATIONS = (
    mutation(
        "the attempt is not recorded before Graph is called",
        _change_step(Step.SUBMIT, _submit_unrecorded),
        "recorded first",
        seed=1,
    ),
    mutation(
        "an operation is never adopted",
        change(lost_submission, "apply_recovery_result", _never_adopt),
        "true outcome",
        "one operation",
        seed=5,
    ),
    mutation("the grant is not revoked", _revoke_with(_revoke_nothing), "no access left", seed=1),
    mutation(
        "polls have no cadence",
        change(polling_and_backoff, "poll_interval", lambda *_, **__: timedelta(seconds=5)),
        "no early poll",
    ),
    mutation(
        "failures have no backoff",
        change(polling_and_backoff, "backoff", lambda *_, **__: timedelta(seconds=5)),
        "no early poll",
        "waits openly",
    ),
    mutation(
        "the signed URL is logged",
        _change_step(Step.SUBMIT, _submit_with(_log_url)),
        "no secret",
    ),
    mutation(
        "the signed URL is stored",
        _change_step(Step.SUBMIT, _submit_with(_store_url)),
        "no secret",
    ),
    mutation(
        "the text of an error that nobody foresaw is logged as it is",
        change(failure_isolation, "redacted_stack", str),
        "no secret",
    ),
    mutation(
        "the ETag does not count",
        change(ExportRecords, "save", _save_blindly),
        "one outcome",
        "one operation",
        "trail explains",
        "true outcome",
        "waits openly",
        seed=7,
    ),
    mutation(
        "a lost attempt has no event",
        _drop_event(attempt_replacement, EventType.ATTEMPT_LOST),
        "trail explains",
        seed=7,
    ),
    mutation(
        "a cancellation has no event", _drop_event(cancellation, EventType.CANCELED), "trail explains", "one outcome"
    ),
    mutation(
        "an open export has no time to act next",
        change(submission, "apply_submit_result", _forget_next_step),
        "one outcome",
    ),
    mutation(
        "missing monitors are not started", change(simulation, "reconcile", _start_nothing), "one outcome", seed=5
    ),
    mutation(
        "a step that comes sooner is not listed",
        change(export_index, "is_step_earlier", lambda *_: False),
        "found in time",
    ),
    mutation(
        "events are not stored with the state",
        change(export_records, "_event_creations", lambda _: []),
        "trail explains",
    ),
    mutation(
        "an erased export keeps its manifest",
        change(ExportRecords, "erase_files", _do_nothing),
        "erased is gone",
    ),
    mutation(
        "an erased export keeps the index of its manifest",
        change(export_records, "FILE_KEYS", ("file-", "file.")),
        "erased is gone",
        seed=5,
    ),
    mutation(
        "an erased export keeps its place in the listing",
        change(data_erasure, "_without_file_names", lambda export: export),
        "erased is gone",
        seed=111,
    ),
    mutation(
        "a link is recorded with the name of its file",
        change(download_links, "add_event", _name_the_file),
        "trail explains",
        seed=5,
    ),
    mutation(
        "a look at what is not due yet is the last one",
        change(ExportIndex, "move_steps", _forget_steps),
        "found in time",
    ),
    mutation(
        "an index that was lost stays lost",
        change(IndexRepair, "repair", _do_nothing),
        "found in time",
        "one outcome",
        seed=7,
    ),
    mutation(
        "the manifest ends with the first page",
        change(manifest, "add_files", _believe_first_page),
        "true outcome",
    ),
    mutation(
        "only the first container is erased",
        _change_step(Step.ERASE, _erase_first_only),
        "erased is gone",
    ),
    mutation(
        "the monitor's history is never cut",
        change(monitor_orchestrator, "STEPS_A_GENERATION", 10_000),
        "short history",
        seed=10,
    ),
)
