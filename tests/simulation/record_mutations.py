"""Mutations of records: claims, batches, subscriptions, bounds of rows, unreadable rows and lost tables."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from shared.exports.transitions import export_retry
from shared.protocols import Upsert
from shared.records import index_keys, index_queries, subscription_records, wide_columns
from shared.records.batch_records import BatchRecords
from shared.records.callback_secrets import CallbackSecrets
from shared.records.export_index import ExportIndex
from shared.records.export_records import ExportRecords
from shared.records.subject_claims import SubjectClaims
from shared.records.subscription_records import SubscriptionRecords
from shared.workflow import sweeper
from tests.simulation.mutation import change, mutation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import pytest

    from shared.exports.export import Export
    from shared.exports.subscription import Subscription
    from shared.protocols import CallbackReceiver, Row
    from shared.records.batch_records import Batch
    from shared.records.export_records import SavedExport
    from shared.records.maintenance_progress import SweepProgress

_save, _add_moved = ExportRecords.save, ExportIndex.add_moved


def _ignore_claims(patch: pytest.MonkeyPatch) -> None:
    async def list_only(claims: SubjectClaims, export: Export) -> None:
        await claims._index.add(export)

    async def nobody(_claims: object, _export: object) -> None:
        return None

    patch.setattr(SubjectClaims, "claim", list_only)
    patch.setattr(SubjectClaims, "holder_of", nobody)


async def _record_no_batch(_records: object, planned: Batch) -> Batch:
    return planned


async def _count_nothing(_records: SubscriptionRecords, _caller: str) -> None:
    return


async def _add_before_secrets(records: SubscriptionRecords, added: Subscription, receiver: CallbackReceiver) -> Any:
    await records._check_room(added.caller)
    await records._table.transact([Upsert(subscription_records._row(added))])
    await records._secrets.store_receiver(added, receiver)
    return added


async def _add_step_alone(index: ExportIndex, export: Export, before: Export) -> None:
    await _add_moved(index, export, replace(export, next_step_at=before.next_step_at))


def _read_all_or_nothing(patch: pytest.MonkeyPatch) -> None:
    def read(rows: Iterable[Row], reader: Callable[[Row], object]) -> list[object]:
        return [reader(row) for row in rows]

    patch.setattr(index_queries, "only_readable", read)


async def _believe_all(progress: SweepProgress, _services: object) -> list[tuple[str, str]]:
    return list(progress.candidates)


async def _delete_url_first(records: ExportRecords, before: SavedExport, export: Export, *rest: Any) -> SavedExport:
    if before.export.has_callback and not export.has_callback:
        await records._secrets.delete_callback(export)
    return await _save(records, before, export, *rest)


async def _leave_urls(*_given: object) -> None:
    return


async def _claim_to_be_complete(_index: object) -> bool:
    return True


def _list_for_all_alone(keys: list[str], _export: object) -> list[str]:
    return keys


async def _find_nothing(*_given: object) -> int:
    return 0


RECORD_MUTATIONS = (
    mutation("claims are ignored", _ignore_claims, "one export a person", seed=15),
    mutation("a batch is not recorded", change(BatchRecords, "record", _record_no_batch), "batches hold", seed=5),
    mutation(
        "subscriptions are not counted", change(SubscriptionRecords, "_check_room", _count_nothing), "bounded", seed=29
    ),
    mutation(
        "a subscription is stored before its secrets",
        change(SubscriptionRecords, "add", _add_before_secrets),
        "secrets kept",
        seed=29,
    ),
    mutation(
        "secrets of subscriptions that processes left behind stay",
        change(CallbackSecrets, "remove_left_receivers", _find_nothing),
        "secrets kept",
        seed=83,
    ),
    mutation("lists are stored in one column", change(wide_columns, "COLUMN_UNITS", 10**6), "bounded", seed=369),
    mutation("an export may be retried for ever", change(export_retry, "MAX_RETRIES", 10**6), "bounded", seed=369),
    mutation(
        "an export is not listed under its new status",
        change(ExportIndex, "add_moved", _add_step_alone),
        "listed at once",
    ),
    mutation(
        "a lost index counts as complete",
        change(ExportIndex, "is_complete", _claim_to_be_complete),
        "waits openly",
        seed=7,
    ),
    mutation(
        "an export is not listed for its requester",
        change(index_keys, "_for_all_and_the_requester", _list_for_all_alone),
        "listed",
    ),
    mutation(
        "one row that can't be read stops all who look",
        _read_all_or_nothing,
        "rounds go on",
        "one outcome",
        "found in time",
        "waits openly",
        seed=54,
    ),
    mutation(
        "a callback's URL is deleted before its delivery is stored",
        change(ExportRecords, "save", _delete_url_first),
        "secrets kept",
        seed=3,
    ),
    mutation(
        "URLs of callbacks that processes left behind stay",
        change(sweeper, "_secrets_piece", _leave_urls),
        "secrets kept",
        seed=15,
    ),
    mutation(
        "a lost table reads as orphans",
        change(sweeper, "_believable_orphans", _believe_all),
        "unknown is kept",
        seed=53,
    ),
)
