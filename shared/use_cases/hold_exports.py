"""Places holds on exported data and lifts them: on one export, or on all that have a reference."""

from __future__ import annotations

import contextlib
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.bounded_concurrency import for_each
from shared.exports.exceptions import Refusal, StorageFailedError, UnreadableRowError
from shared.exports.transitions import data_hold
from shared.redaction import redacted_stack
from shared.use_cases.change_export import UnknownExportError, change_export
from shared.use_cases.refusals import BUSY_HOLD, REFUSED_ERRORS, explain_refusal, explain_unreadable

if TYPE_CHECKING:
    from collections.abc import Callable

    from shared.exports.export import Export
    from shared.records.index_keys import ExportFilter
    from shared.services import Services

EXPORTS_PER_PAGE = 100
"""How many holds one call places or lifts at most."""
_EXPORTS_AT_ONCE = 16
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class HoldOutcome:
    """What became of one of several exports."""

    export_id: str
    error: Refusal | None
    """Why nothing was done; None where the export is as it was wanted."""


@dataclass(frozen=True, slots=True)
class HoldOutcomes:
    """What became of the exports of a page, in the order of the list."""

    value: tuple[HoldOutcome, ...]
    place: str | None
    """Where the next page begins; None where there is none."""


async def place_hold(export_id: str, reason: str, actor: str, services: Services) -> Export:
    """Keeps the data of an export from being erased, until the hold is lifted.

    Raises:
        NotPossibleError: the data was erased, or its erasure has begun.
        ConflictError: somebody else changed the export at every try; nothing was done.
    """
    return await change_export(
        export_id, services, lambda export: data_hold.place_hold(export, reason, actor, services.now())
    )


async def lift_hold(export_id: str, actor: str, services: Services) -> Export:
    """Lets the data be erased again; the reconciler sees to what fell due meanwhile.

    Raises:
        ConflictError: as for `place_hold`.
    """
    return await change_export(export_id, services, lambda export: data_hold.lift_hold(export, actor, services.now()))


async def place_holds(
    wanted: ExportFilter, reason: str, actor: str, services: Services, *, after: str | None
) -> HoldOutcomes:
    """Places a hold on each export of a page of a list. One that is refused or fails keeps no other from its hold.

    Args:
        wanted: which exports.
        reason: why.
        actor: the principal that asks.
        services: what the use case works with.
        after: where the page before ended; None for the first.
    """
    return await _change_page(
        wanted, services, after, lambda export: data_hold.place_hold(export, reason, actor, services.now())
    )


async def lift_holds(wanted: ExportFilter, actor: str, services: Services, *, after: str | None) -> HoldOutcomes:
    """Lifts the hold of each export of a page of a list; the arguments are those of `place_holds`."""
    return await _change_page(
        wanted, services, after, lambda export: data_hold.lift_hold(export, actor, services.now())
    )


async def _change_page(
    wanted: ExportFilter, services: Services, after: str | None, move: Callable[[Export], Export]
) -> HoldOutcomes:
    export_ids, place = await services.queries.page_ids(wanted, after, EXPORTS_PER_PAGE)
    outcomes: dict[str, HoldOutcome] = {}

    def change_fitting(export: Export) -> Export:
        if not wanted.fits(export):
            raise UnknownExportError(export.id)
        return move(export)

    async def change(export_id: str) -> None:
        with contextlib.suppress(UnknownExportError):  # the index is ahead of it
            outcomes[export_id] = HoldOutcome(export_id, await _change_one(export_id, services, change_fitting))

    await for_each(export_ids, change, at_once=_EXPORTS_AT_ONCE)
    return HoldOutcomes(tuple(outcomes[each] for each in export_ids if each in outcomes), place)


async def _change_one(export_id: str, services: Services, move: Callable[[Export], Export]) -> Refusal | None:
    """Changes one export of several; what goes wrong with it is its own.

    Raises:
        UnknownExportError: there is no such export of the list.
    """
    try:
        await change_export(export_id, services, move)
    except REFUSED_ERRORS as error:
        refusal = explain_refusal(error)
        return BUSY_HOLD if refusal.code == BUSY_HOLD.code else refusal
    except UnreadableRowError as error:
        return explain_unreadable(error)
    except StorageFailedError as error:
        _log.warning("The hold of export %s is not changed: storage failed (%s).", export_id, error.code)
        return BUSY_HOLD
    except UnknownExportError:
        raise
    except Exception as error:  # noqa: BLE001 - a defect that shows in one export must not hide which others are held
        _log.error("The hold of export %s is not changed:\n%s", export_id, redacted_stack(error))
        return BUSY_HOLD
    return None
