"""The rows that a page reads: in memory as on a real table."""

from dataclasses import replace

import pytest

from bench.listing import PAGE, Listing, made, page, queries
from bench.product import product_on
from local.stack.azurite import Azurite
from shared.exports.ids import new_export_id
from shared.records.index_keys import ExportFilter

INDEXED = (
    "no filter",
    "`status`",
    "`subjectId`",
    "`reference`",
    "`dueBefore`",
    "`dueBefore` and `status`",
    "`reference` and `status`",
)


@pytest.mark.parametrize("name", INDEXED)
async def test_a_page_reads_two_rows_for_one(name: str) -> None:
    exports = made(5_000)
    counted = await page(Listing(exports), queries(exports)[name])
    assert 0 < counted.returned <= PAGE
    assert counted.read == 2 * counted.returned


async def test_a_page_of_a_real_table_transfers_as_many(azurite: Azurite) -> None:
    reference = new_export_id()
    exports = [replace(export, id=new_export_id(), reference=reference, allow_duplicate=True) for export in made(30)]
    async with product_on(azurite) as product:
        for export in exports:
            await product.services.records.insert(export)
        query, product.wire.rows = ExportFilter(reference=reference), 0
        found, _ = await product.services.queries.page(query, None, 20)
    assert len(found) == 20
    assert product.wire.rows == 2 * len(found)
    assert (await page(Listing(exports), query)).read == 2 * len(exports)
