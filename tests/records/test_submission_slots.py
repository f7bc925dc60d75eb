"""Submission slots, on a real table."""

import asyncio

from bench.wire import Wire
from local.stack.azurite import Azurite
from shared.protocols import Table
from shared.records.submission_slots import SubmissionSlots
from shared.storage.azure_table import AzureTable
from tests.azure_tables import table_client, unique_name
from tests.exports.samples import DAY, NOW


async def test_reservations_at_once_get_slots_of_their_own(table: Table) -> None:
    slots = SubmissionSlots(table, per_day=20)
    reserved = await asyncio.gather(*(slots.reserve(NOW) for _ in range(15)))
    later = sorted(slot for slot in reserved if slot > NOW)
    assert len(set(later)) == len(later) == 14
    assert later[-1] < NOW + DAY


async def test_hundreds_of_reservations_in_a_process_do_not_contend(azurite: Azurite) -> None:
    wire = Wire()
    async with table_client(azurite, unique_name(), transport=wire.transport("table", azurite.ca_bundle)) as counted:
        await SubmissionSlots(AzureTable(counted), per_day=1000).reserve(NOW - DAY)
        wire.take()
        slots = SubmissionSlots(AzureTable(counted), per_day=1000)
        reserved = await asyncio.gather(*(slots.reserve(NOW) for _ in range(200)))
    assert len([slot for slot in reserved if slot > NOW]) == len({slot for slot in reserved if slot > NOW}) == 189
    assert len(wire.sent) == 2 * 200, "a read and a write each"
