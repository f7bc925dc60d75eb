"""Exports that are put straight into the records of a stack, in states that it would take days to come to."""

import asyncio
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from local.identity.made_up_people import PEOPLE
from local.stack.azurite import Azurite
from shared.bounded_concurrency import for_each
from shared.exports.export import Export, Hold
from shared.records.table_names import TableName
from shared.storage.azure_table import AzureTable
from tests.azure_tables import table_client
from tests.exports.samples import accepted, canceled, failed, running, succeeded
from tests.records.record_set import RecordSet, fresh

OFFICER, SUBMITTER, ADMINISTRATOR = (PEOPLE[key].id for key in ("officer", "submitter", "administrator"))
DAY = timedelta(days=1)
_AT_ONCE = 8
HOSTILE = "<img src=x onerror=alert(1)>"
"""A reference that would run a script in a page that took it for HTML."""


def exports_of_an_office(now: datetime) -> dict[str, Export]:
    """An export in each state that a list shows, by its reference: the officer's, but for one of the submitter."""
    made = {
        "DSR-OVERDUE": replace(running(), due_at=now - 3 * DAY, progress=0.4),
        "DSR-SOON": replace(running(), due_at=now + 2 * DAY, progress=0.75),
        "DSR-NEW": replace(accepted(), due_at=now + 30 * DAY),
        "DSR-PAUSED": replace(running(), due_at=now + DAY, paused_at=now - DAY),
        "DSR-AWAITING": replace(succeeded(812, 10**9), due_at=now + 5 * DAY, awaits_handover=True),
        "DSR-HELD": replace(succeeded(3), due_at=now - DAY, hold=Hold(now, "Case 12 O 345/26", OFFICER)),
        "DSR-READY": replace(succeeded(12), due_at=now + 9 * DAY, erase_at=now + 20 * DAY),
        "DSR-ERASED": replace(succeeded(7), due_at=now - 20 * DAY, erase_at=None, erased_at=now - DAY),
        "DSR-HANDED-OVER": replace(succeeded(1), due_at=now - 4 * DAY, handed_over_at=now - 5 * DAY),
        "DSR-FAILED": replace(failed(), due_at=now + 12 * DAY),
        "DSR-CANCELED": replace(canceled(running()), due_at=now + 15 * DAY),
        HOSTILE: replace(running(), due_at=now + 20 * DAY),
    }
    exports = {
        reference: at_rest(replace(export, reference=reference), OFFICER, now - minute * timedelta(minutes=1))
        for minute, (reference, export) in enumerate(made.items())
    }
    others = replace(running(), reference="DSR-SUBMITTER", due_at=now + 4 * DAY)
    return {**exports, "DSR-SUBMITTER": at_rest(others, SUBMITTER, now - DAY)}


def many_open(count: int, now: datetime) -> list[Export]:
    """So many open exports of the administrator, DSR-0000 and so on, each due an hour after the one before."""
    return [
        at_rest(
            replace(running(), reference=f"DSR-{number:04d}", due_at=now + 40 * DAY + number * timedelta(hours=1)),
            ADMINISTRATOR,
            now,
        )
        for number in range(count)
    ]


def at_rest(export: Export, caller: str, created_at: datetime) -> Export:
    """The export as one of a caller and of a person of its own, with nothing to do for now."""
    return replace(fresh(export), caller=caller, created_at=created_at, next_step_at=created_at + 90 * DAY)


def store(azurite: Azurite, exports: Iterable[Export]) -> None:
    """Stores exports. It has a thread of its own, because Playwright runs an event loop in that of the test."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: asyncio.run(_store(azurite, list(exports)))).result()


def now() -> datetime:
    """The present, in whole seconds."""
    return datetime.now(UTC).replace(microsecond=0)


async def _store(azurite: Azurite, exports: list[Export]) -> None:
    async with (
        table_client(azurite, TableName.EXPORTS) as table,
        table_client(azurite, TableName.INDEX) as index,
        table_client(azurite, TableName.SECRETS) as secrets,
    ):
        records = RecordSet(AzureTable(table), AzureTable(index), AzureTable(secrets)).records
        await for_each(exports, records.insert, at_once=_AT_ONCE)
