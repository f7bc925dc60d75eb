"""The daily sweep: what it removes, and what it leaves."""

import logging
from dataclasses import replace

import pytest

from shared.exports.export import Export
from shared.exports.ids import new_export_id
from shared.exports.states_and_codes import EventType, GrantKind
from shared.exports.transitions import cancellation, data_erasure, write_grant
from shared.exports.transitions.write_grant import new_grant
from shared.records.table_names import TableName
from shared.telemetry import telemetry_events
from shared.telemetry.telemetry_names import SWEEPER_HEARTBEAT
from shared.workflow.reconciler import reconcile
from shared.workflow.sweeper import KEEP_HISTORY, ORPHAN_AGE, sweep
from tests.exports.samples import CALLER, DAY, HOUR, LIMITS, MINUTE, NOW, accepted, ready, running, succeeded
from tests.exports.samples import without_events as stored_form
from tests.fakes.in_memory_containers import name_of
from tests.workflow.hooked_services import HookedServices


async def container_for(fakes: HookedServices, export: Export, attempt: int = 1) -> str:
    """Makes a container with a policy, as a step does for the attempt of an export."""
    url = await fakes.services.containers.create(export.id, attempt)
    await fakes.services.containers.set_policy(url, NOW + DAY, NOW)
    return url


async def store_in(fakes: HookedServices, export: Export, url: str) -> Export:
    """Records the export with its attempt in that container."""
    attempts = tuple(replace(attempt, container=url) for attempt in export.attempts)
    saved = await fakes.services.records.insert(stored_form(replace(export, attempts=attempts)))
    return saved.export


async def sweep_after(fakes: HookedServices, age: object = None) -> int:
    fakes.clock.now = NOW + ORPHAN_AGE
    return await sweep(fakes.services, fakes.monitors)
