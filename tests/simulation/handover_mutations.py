"""Mutations of what lies between an export and its person: the trail, the clock, holds, packages and the hand-over."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from shared.exports import audit_trail
from shared.exports.event_hash import event_sha256
from shared.exports.handover_zip_names import NamePlan
from shared.exports.next_step import Step
from shared.exports.transitions import (
    callback_deliveries,
    data_erasure,
    data_hold,
    deadline,
    export_retry,
    handover_packages,
    handover_to_person,
    next_due_time,
    step_failure,
)
from shared.records import index_keys
from shared.use_cases import create_download_links
from shared.workflow import advance_export
from shared.workflow.step_result import StepResult
from shared.workflow.steps.revoke_and_erase import erase_file_names
from tests.simulation.mutation import change, mutation

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    import pytest

    from shared.exports.export import Delivery, Event, Export
    from shared.exports.handover_package import Package
    from shared.records.export_records import SavedExport
    from shared.services import Services
    from shared.workflow.advance_export import StepFunction

_reopen, _announce = export_retry.reopen, callback_deliveries._announce
_request_erasure, _resume = data_erasure.request_erasure, deadline._resume
_finish, _next_warning_at = NamePlan.finish, deadline.next_deadline_warning_at


def _hash_alone(export_id: str, event: Event) -> str:
    return event_sha256(export_id, replace(event, previous_sha256=None))


def _announce_without_head(event: Any, export: Export, *rest: Any) -> Export:
    announced = _announce(event, replace(export, trail_sha256=None), *rest)
    return replace(announced, trail_sha256=export.trail_sha256)


def _reopen_though_answered(export: Export, actor: str, now: datetime) -> Export:
    reopened = _reopen(replace(export, handed_over_at=None), actor, now)
    return replace(reopened, handed_over_at=export.handed_over_at)


def _all_at_once(export: Export) -> list[Delivery]:
    return list(export.deliveries)


def _resume_in_vain(export: Export, actor: str, now: datetime) -> Export:
    return replace(_resume(export, actor, now), due_at=export.due_at)


def _move_silently(export: Export, due_at: datetime, now: datetime) -> Export:
    return replace(export, due_at=due_at, updated_at=now)


def _never_stops(export: Export, *_rest: object, **_named: object) -> Export:
    return export


def _while_open(export: Export, *rest: Any) -> datetime | None:
    return None if export.status.is_terminal else _next_warning_at(export, *rest)


def _paused_or_not(export: Export) -> bool:
    return not deadline.is_clock_stopped(export)


def _due_place_of_a_running_clock(export: Export) -> str:
    return index_keys._due_key(export.due_at) + f"|{export.id}"


def _erase_though_held(export: Export, actor: str, now: datetime) -> Export:
    return replace(_request_erasure(replace(export, hold=None), actor, now), hold=export.hold)


def _as_if_not_held(export: Export) -> datetime | None:
    return export.erase_at


async def _erase_at_once(saved: SavedExport, services: Services) -> StepResult:
    for attempt in saved.export.attempts:
        await services.containers.erase(attempt.container)
    await services.zip_blobs().erase(saved.export.id)
    await erase_file_names(saved.export, services)
    begun = data_erasure.begin_erasure(saved.export, services.now())
    return StepResult(saved, data_erasure.mark_erased(begun, services.now()))


async def _erase_all_but_packages(saved: SavedExport, services: Services) -> StepResult:
    if saved.export.erasure_begun_at is None:
        return StepResult(saved, data_erasure.begin_erasure(saved.export, services.now()))
    for attempt in saved.export.attempts:
        await services.containers.erase(attempt.container)
    await erase_file_names(saved.export, services)
    return StepResult(saved, data_erasure.mark_erased(saved.export, services.now()))


def _erase_with(function: StepFunction) -> Callable[[pytest.MonkeyPatch], None]:
    return lambda patch: patch.setitem(advance_export.STEPS, Step.ERASE, function)


def _number_none(names: NamePlan) -> bytes:
    return bytes(len(_finish(names)))


def _give_up_in_silence(export: Export, package: Package, *_rest: object) -> Export:
    return handover_packages._replace(export, replace(package, next_step_at=None), export.updated_at)


def _unchanged(export: Export, *_rest: object) -> Export:
    return export


HANDOVER_MUTATIONS = (
    mutation(
        "the hash of an event leaves out the one before",
        change(audit_trail, "event_sha256", _hash_alone),
        "chain holds",
    ),
    mutation(
        "callbacks do not tell the head of the trail",
        change(callback_deliveries, "_announce", _announce_without_head),
        "chain holds",
        seed=2,
    ),
    mutation(
        "an export is retried though its person was answered",
        change(export_retry, "reopen", _reopen_though_answered),
        "true clock",
        seed=6,
    ),
    mutation(
        "the hand-over is told before the end",
        change(callback_deliveries, "deliveries_in_turn", _all_at_once),
        "called back",
        seed=18,
    ),
    mutation(
        "the hand-over does not stop the clock",
        change(handover_to_person, "stop_clock", _never_stops),
        "true clock",
        "warned once",
        "listed",
    ),
    mutation("a pause does not move the deadline", change(deadline, "_resume", _resume_in_vain), "true clock"),
    mutation("a paused clock is warned of", change(deadline, "is_clock_running", _paused_or_not), "warned once"),
    mutation(
        "a new deadline is taken for warned of",
        change(deadline, "_with_deadline", _move_silently),
        "warned once",
        seed=3,
    ),
    mutation(
        "nobody looks when an awaited hand-over is due",
        change(deadline, "next_deadline_warning_at", _while_open),
        "warned once",
        seed=26,
    ),
    mutation(
        "a paused clock is listed by its deadline",
        change(index_keys, "_due_place", _due_place_of_a_running_clock),
        "listed",
        seed=8,
    ),
    mutation(
        "retention erases what is held",
        change(next_due_time, "erasure_due_at", _as_if_not_held),
        "held is kept",
        seed=7,
    ),
    mutation(
        "a caller erases what is held",
        change(data_erasure, "request_erasure", _erase_though_held),
        "held is kept",
        seed=37,
    ),
    mutation("an erasure begins before that is stored", _erase_with(_erase_at_once), "held is kept"),
    mutation(
        "what fell due under a hold is forgotten",
        change(data_hold, "schedule_erasure", _unchanged),
        "erased in time",
        seed=30,
    ),
    mutation("packages outlive the data", _erase_with(_erase_all_but_packages), "erased is gone"),
    mutation(
        "names that Windows takes for one stay", change(NamePlan, "finish", _number_none), "true package", seed=24
    ),
    mutation(
        "a package whose step failed is not gone on with",
        change(step_failure, "back_off_package", _give_up_in_silence),
        "true package",
        seed=24,
    ),
    mutation(
        "a link to a package is not recorded",
        change(create_download_links, "record_package_links", _unchanged),
        "trail explains",
    ),
)
