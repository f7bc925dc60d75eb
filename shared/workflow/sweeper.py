"""Removes what is over, and what processes that died left: containers, grants, index entries, secrets of callbacks.

A timer begins a sweep once a day. It goes through all containers in pieces, because it can take longer than the host
lets a call run: the rounds of the reconciler do the rest.
"""

from __future__ import annotations

import contextlib
import logging
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from enum import Enum, auto
from typing import TYPE_CHECKING

from shared.bounded_concurrency import for_each
from shared.exports.exceptions import ConflictError, UnreadableRowError
from shared.exports.export_account import package_container_name
from shared.exports.transitions import write_grant
from shared.records.maintenance_progress import Job, RepairProgress, SecretsProgress, SweepProgress
from shared.telemetry.spans import quiet_reads
from shared.telemetry.telemetry_events import send_sweeper_heartbeat
from shared.workflow.failure_isolation import isolated

if TYPE_CHECKING:
    from shared.exports.export import Export
    from shared.protocols import ContainerPage, FoundContainer, Monitors
    from shared.records.maintenance_progress import Maintenance
    from shared.services import Services

_log = logging.getLogger(__name__)

ORPHAN_AGE = timedelta(days=1)
"""A container that no export has is removed at this age; a younger one may be about to be recorded."""
KEEP_HISTORY = timedelta(days=30)
"""How long the history of an ended monitor is kept; the audit trail is in the records."""
PIECE_TIME_LIMIT = timedelta(minutes=1)
"""A piece begins no further page after this time."""
PART_TIME_LIMIT = timedelta(seconds=80)
"""A part that takes longer is given up: all parts of a run have to end before the host's time-out."""
HISTORY_TIME_LIMIT = timedelta(minutes=4)
"""The same for the deletion of a day's history, whose progress stays."""
SECRETS_PIECE_TIME_LIMIT, SECRETS_TIME_LIMIT = timedelta(seconds=15), timedelta(seconds=30)
"""The same two limits for the secrets of callbacks, which are few: those of subscriptions and of open exports."""
CONTAINERS_AT_ONCE = 16
MOST_CANDIDATES = 100
"""So many unknown containers are removed at the end of a sweep at most. Their URLs are stored in one row."""
MOST_UNKNOWN = 0.25
"""The share of unknown containers up to which they are taken for orphans; beyond it, records must have been lost."""
_SWEEP_AGE_LIMIT = timedelta(days=2)
"""A sweep that has not ended by then is begun anew: its place may have become invalid."""


class _Result(Enum):
    """What became of a container."""

    KEPT = auto()
    REMOVED = auto()
    """It, or its grant."""
    UNKNOWN = auto()
    """No export with its id is recorded."""
    CANDIDATE = auto()
    """The same, and it is old enough to be removed."""


_OF_KNOWN_EXPORTS = {_Result.KEPT, _Result.REMOVED}


async def sweep(services: Services, monitors: Monitors) -> int:
    """Deletes what is over (history, subscriptions, preflights), begins a repair and the sweeps, and does their pieces.

    Returns:
        How many containers and grants were removed.
    """
    with quiet_reads():
        now = services.now()
        old = monitors.purge_history(now - KEEP_HISTORY)
        await isolated("The deletion of old history", old, HISTORY_TIME_LIMIT)
        expired = _remove_expired_subscriptions(services)
        await isolated("The removal of expired subscriptions", expired, SECRETS_TIME_LIMIT)
        left = services.account_probe.remove_left(now - ORPHAN_AGE)
        removed = await isolated("The removal of what preflights left", left, PART_TIME_LIMIT) or 0
        await _begin(services)
        return removed + await do_pieces(await services.maintenance.load(), services)


async def do_pieces(maintenance: Maintenance, services: Services) -> int:
    """Does a piece of a repair that is needed, and a piece of each sweep that has begun.

    Args:
        maintenance: how far they have come.
        services: what they work with.

    Returns:
        How many containers and grants were removed.
    """
    repair = _repair_piece(maintenance.repair, services)
    await isolated("The repair of the index", repair, PART_TIME_LIMIT)
    if maintenance.secrets is not None:
        piece = _secrets_piece(maintenance.secrets, services)
        await isolated("The sweep of callback secrets", piece, SECRETS_TIME_LIMIT)
    if maintenance.sweep is None:
        return 0
    return await isolated("The sweep", _sweep_piece(maintenance.sweep, services), PART_TIME_LIMIT) or 0


async def _begin(services: Services) -> None:
    """Notes that a repair and the sweeps are to be done, where none is under way."""
    maintenance, now = await services.maintenance.load(), services.now()
    if maintenance.repair is None:
        await services.maintenance.save(RepairProgress())
    if maintenance.secrets is None:
        await services.maintenance.save(SecretsProgress())
    if maintenance.sweep is None or now - maintenance.sweep.started_at > _SWEEP_AGE_LIMIT:
        await services.maintenance.save(SweepProgress(started_at=now))


async def _remove_expired_subscriptions(services: Services) -> None:
    for subscription in await services.subscriptions.remove_expired(services.now()):
        _log.warning("Subscription %s has expired and is removed: nothing was delivered for long.", subscription.id)


async def _repair_piece(progress: RepairProgress | None, services: Services) -> None:
    if progress is None and await services.repair.is_complete():
        return
    stop_at = services.now() + PIECE_TIME_LIMIT
    await services.repair.repair(services.now(), progress, lambda: services.now() >= stop_at)


async def _secrets_piece(progress: SecretsProgress, services: Services) -> None:
    """Removes secrets that nothing needs, until the time is over, and stores the place after each page."""
    stop_at, before, place = services.now() + SECRETS_PIECE_TIME_LIMIT, services.now() - ORPHAN_AGE, progress.place
    removed = await services.secrets.remove_left_receivers(before) if place is None else 0
    while True:
        count, place = await services.secrets.remove_left_callbacks(before, place)
        removed += count
        if place is None:
            await services.maintenance.end(Job.SECRETS)
            break
        await services.maintenance.save(SecretsProgress(place=place))
        if services.now() >= stop_at:
            break
    if removed:
        _log.info("Removed %d secrets of callbacks that nothing needs.", removed)


async def _sweep_piece(progress: SweepProgress, services: Services) -> int:
    """Sweeps pages until the time is over, and stores the place after each; returns how much was removed."""
    stop_at, removed_before = services.now() + PIECE_TIME_LIMIT, progress.removed
    while True:
        page = await services.containers.list_containers(progress.marker)
        progress = await _sweep_page(progress, page, services)
        if page.marker is None:
            return await _end(progress, services) - removed_before
        await services.maintenance.save(progress)
        if services.now() >= stop_at:
            return progress.removed - removed_before


async def _sweep_page(progress: SweepProgress, page: ContainerPage, services: Services) -> SweepProgress:
    """Tidies the containers of a page; one that fails is counted, and doesn't keep the others."""
    results: dict[str, _Result | None] = {}

    async def tidy(found: FoundContainer) -> None:
        what = f"The sweep of a container of export {found.export_id}"
        results[found.url] = await isolated(what, _tidy_container(found, services))

    await for_each(page.containers, tidy, at_once=CONTAINERS_AT_ONCE)
    count = Counter(results.values())
    known = [each.export_id for each in page.containers if results[each.url] in _OF_KNOWN_EXPORTS]
    candidates = [each for each in page.containers if results[each.url] is _Result.CANDIDATE]
    return replace(
        progress,
        marker=page.marker,
        seen=progress.seen + len(results) - count[None],
        removed=progress.removed + count[_Result.REMOVED],
        failed=progress.failed + count[None],
        unknown=progress.unknown + count[_Result.UNKNOWN] + count[_Result.CANDIDATE],
        known_export=progress.known_export or next(iter(known), None),
        candidates=(*progress.candidates, *((each.export_id, each.url) for each in candidates))[:MOST_CANDIDATES],
    )


async def _tidy_container(found: FoundContainer, services: Services) -> _Result:
    """Removes the container, or its policy, where its export is recorded and has no use for it."""
    saved, is_old = await services.records.get(found.export_id), found.modified_at <= services.now() - ORPHAN_AGE
    if saved is None:
        return _Result.CANDIDATE if is_old else _Result.UNKNOWN
    if _is_orphan(saved.export, found.url):
        if is_old:
            await services.containers.erase(found.url)
        return _Result.REMOVED if is_old else _Result.KEPT
    attempt = next((a for a in write_grant.attempts_past_writing(saved.export) if a.container == found.url), None)
    if attempt is None or not await services.containers.has_policy(found.url):
        return _Result.KEPT
    await services.containers.remove_policy(found.url)
    with contextlib.suppress(ConflictError):  # the policy is gone; it does no harm that the row lacks it
        await services.records.save(saved, write_grant.mark_grant_revoked(saved.export, attempt, services.now()))
    return _Result.REMOVED


def _is_orphan(export: Export, container_url: str) -> bool:
    """Whether an ended export has no use for the container: its data is erased, or it is none of its containers.

    Under a hold nothing of an export is deleted, whatever it is.
    """
    is_attempted = any(attempt.container == container_url for attempt in export.attempts)
    is_own = is_attempted or container_url.endswith(f"/{package_container_name(export.id)}")
    is_of_no_use = export.erased_at is not None or not is_own
    return export.status.is_terminal and export.hold is None and is_of_no_use


async def _end(progress: SweepProgress, services: Services) -> int:
    """Ends a sweep: removes the orphans, unless they can't be believed; returns how much the sweep removed in all."""
    orphans = await _believable_orphans(progress, services)
    if orphans is None:
        _log.error(
            "%d of %d containers are of exports that are not recorded. They are kept, as records may have been lost.",
            progress.unknown,
            progress.seen,
        )
    erased: list[bool | None] = []

    async def erase(orphan: tuple[str, str]) -> None:
        erased.append(await isolated(f"The removal of a container of export {orphan[0]}", _erase(orphan[1], services)))

    await for_each(orphans or [], erase, at_once=CONTAINERS_AT_ONCE)
    removed = progress.removed + erased.count(True)
    send_sweeper_heartbeat(
        removed=removed,
        seen=progress.seen,
        failed=progress.failed + erased.count(None),
        orphans_kept=progress.unknown if orphans is None else 0,
    )
    await services.maintenance.end(Job.SWEEP)
    return removed


async def _believable_orphans(progress: SweepProgress, services: Services) -> list[tuple[str, str]] | None:
    """The candidates that are still unknown; None where so many are unknown that records must have been lost.

    The export that was found first is looked for last: if the records were lost at any time since, it is unknown too.
    """
    if progress.unknown == 0:
        return []
    if progress.known_export is None or progress.unknown > max(1, MOST_UNKNOWN * progress.seen):
        return None
    unknown: list[tuple[str, str]] = []

    async def look(candidate: tuple[str, str]) -> None:
        if not await _is_recorded(candidate[0], services):
            unknown.append(candidate)

    await for_each(progress.candidates, look, at_once=CONTAINERS_AT_ONCE)
    return unknown if await _is_recorded(progress.known_export, services) else None


async def _is_recorded(export_id: str, services: Services) -> bool:
    try:
        return await services.records.get(export_id) is not None
    except UnreadableRowError:
        return True


async def _erase(container_url: str, services: Services) -> bool:
    await services.containers.erase(container_url)
    return True
