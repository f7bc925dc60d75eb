"""Keeps how far the timers' work has come: rounds of the reconciler, sweeps and repairs, in a row each.

A row that is lost or can't be read means that its work starts over, which is always safe. So is a part that two
processes do at once, where the later write wins: each row was written whole by one of them, and says what that one has
done. The rows are in the table of the index, so that what repairs it is never further than the index itself.
"""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

from shared.protocols import Delete, RowMissingError, Upsert
from shared.records.column_reader import only_readable, reading
from shared.records.index_keys import KEY_UPPER_BOUND

if TYPE_CHECKING:
    from collections.abc import Callable

    from shared.protocols import Row, Table

_T = TypeVar("_T")
_PARTITION = "maintenance"


class Job(StrEnum):
    """A kind of maintenance; the key of its row."""

    ROUNDS = "rounds"
    REPAIR = "repair"
    SWEEP = "sweep"
    SECRETS = "secrets"


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundsProgress:
    """The rounds of the reconciler so far."""

    running_since: datetime
    """Since when there has been no gap between rounds."""
    round_before: datetime
    """When the round before the last one began."""
    last_round: datetime
    """When the last round began."""
    place: str | None = None
    """The index key after which the next round goes on with what is due; None for the start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairProgress:
    """A repair of the index that has begun and not ended."""

    is_scanned: bool = False
    """Whether all exports were looked at; then the index entries are."""
    place: str | None = None
    """The export, or the index key, after which it goes on; None for the start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepProgress:
    """A sweep of the containers that has begun and not ended."""

    started_at: datetime
    marker: str | None = None
    """Where the listing of containers goes on; None for the start."""
    seen: int = 0
    """Containers whose export was looked up."""
    removed: int = 0
    """Containers and grants that were removed."""
    failed: int = 0
    """Containers that could not be looked at or removed."""
    unknown: int = 0
    """Containers of exports that are not recorded."""
    known_export: str | None = None
    """The first export that was found recorded. If it no longer is at the end, the records were lost meanwhile."""
    candidates: tuple[tuple[str, str], ...] = ()
    """Export ids and URLs of unknown containers that are to be removed at the end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretsProgress:
    """A sweep of the secrets of callbacks that has begun and not ended."""

    place: str | None = None
    """The key after which it goes on; None for the start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Maintenance:
    """How far everything has come; None for what has never begun, has ended or was lost."""

    rounds: RoundsProgress | None
    repair: RepairProgress | None
    sweep: SweepProgress | None
    secrets: SecretsProgress | None


Progress = RoundsProgress | RepairProgress | SweepProgress | SecretsProgress
"""How far one of the jobs has come."""


class MaintenanceProgress:
    """The rows of one deployment."""

    def __init__(self, table: Table) -> None:
        """The progress that is kept in `table`."""
        self._table = table

    async def load(self) -> Maintenance:
        """How far everything has come: one call."""
        rows = {row["RowKey"]: row async for row in self._table.range(_PARTITION, "", KEY_UPPER_BOUND)}
        return Maintenance(
            rounds=_read(rows.get(Job.ROUNDS), _rounds),
            repair=_read(rows.get(Job.REPAIR), _repair),
            sweep=_read(rows.get(Job.SWEEP), _sweep),
            secrets=_read(rows.get(Job.SECRETS), _secrets),
        )

    async def save(self, progress: Progress) -> None:
        """Stores how far a job has come."""
        row = _to_row(progress)
        # A column that is left out would keep its value, so what is None is stored as an empty text.
        await self._table.transact([Upsert({name: "" if value is None else value for name, value in row.items()})])

    async def end(self, job: Job) -> None:
        """Notes that a job has ended; one that had ended already is fine."""
        with contextlib.suppress(RowMissingError):
            await self._table.transact([Delete(_PARTITION, job)])


def _to_row(progress: Progress) -> Row:
    match progress:
        case RoundsProgress():
            return {
                **_keys(Job.ROUNDS),
                "runningSinceDateTime": progress.running_since,
                "roundBeforeDateTime": progress.round_before,
                "lastRoundDateTime": progress.last_round,
                "place": progress.place,
            }
        case RepairProgress():
            return {**_keys(Job.REPAIR), "isScanned": progress.is_scanned, "place": progress.place}
        case SweepProgress():
            return {
                **_keys(Job.SWEEP),
                "startedDateTime": progress.started_at,
                "marker": progress.marker,
                "seen": progress.seen,
                "removed": progress.removed,
                "failed": progress.failed,
                "unknown": progress.unknown,
                "knownExport": progress.known_export,
                "candidates": json.dumps(progress.candidates, separators=(",", ":")),
            }
        case SecretsProgress():
            return {**_keys(Job.SECRETS), "place": progress.place}


def _keys(job: Job) -> Row:
    return {"PartitionKey": _PARTITION, "RowKey": job.value}


def _read(row: Row | None, parse: Callable[[Row], _T]) -> _T | None:
    """What a row holds; None if there is none, or it can't be read, which was logged."""
    return None if row is None else next(iter(only_readable([row], parse)), None)


def _rounds(row: Row) -> RoundsProgress:
    with reading(row) as columns:
        return RoundsProgress(
            running_since=columns.need("runningSinceDateTime", datetime),
            round_before=columns.need("roundBeforeDateTime", datetime),
            last_round=columns.need("lastRoundDateTime", datetime),
            place=columns.need("place", str) or None,
        )


def _repair(row: Row) -> RepairProgress:
    with reading(row) as columns:
        return RepairProgress(is_scanned=columns.need("isScanned", bool), place=columns.need("place", str) or None)


def _secrets(row: Row) -> SecretsProgress:
    with reading(row) as columns:
        return SecretsProgress(place=columns.need("place", str) or None)


def _sweep(row: Row) -> SweepProgress:
    with reading(row) as columns:
        candidates = json.loads(columns.need("candidates", str))
        return SweepProgress(
            started_at=columns.need("startedDateTime", datetime),
            marker=columns.need("marker", str) or None,
            seen=columns.need("seen", int),
            removed=columns.need("removed", int),
            failed=columns.need("failed", int),
            unknown=columns.need("unknown", int),
            known_export=columns.need("knownExport", str) or None,
            candidates=tuple((str(export_id), str(url)) for export_id, url in candidates),
        )
