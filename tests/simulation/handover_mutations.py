"""Mutations of what lies between an export and its person: the trail, the clock, holds, packages and the hand-over."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from shared.exports import audit_trail
from shared.exports.event_hash import event_sha256
from shared.exports.transitions import callback_deliveries, export_retry
from tests.simulation.mutation import change, mutation

if TYPE_CHECKING:
    from datetime import datetime

    from shared.exports.export import Delivery, Event, Export

_reopen, _announce = export_retry.reopen, callback_deliveries._announce


def _hash_alone(export_id: str, event: Event) -> str:
    return event_sha256(export_id, replace(event, previous_sha256=None))


def _announce_without_head(event: Any, export: Export, ids: Any, now: datetime) -> Export:
    return replace(_announce(event, replace(export, trail_sha256=None), ids, now), trail_sha256=export.trail_sha256)


def _reopen_though_answered(export: Export, actor: str, now: datetime) -> Export:
    reopened = _reopen(replace(export, handed_over_at=None), actor, now)
    return replace(reopened, handed_over_at=export.handed_over_at)


def _all_at_once(export: Export) -> list[Delivery]:
    return list(export.deliveries)


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
    ),
    mutation(
        "an export is retried though its person was answered",
        change(export_retry, "reopen", _reopen_though_answered),
        "true clock",
    ),
    mutation(
        "the hand-over is told before the end",
        change(callback_deliveries, "deliveries_in_turn", _all_at_once),
        "called back",
    ),
)
