"""What `make bench` counts of packages, held: each small file is read once, and a large one not at all."""

from functools import partial

from bench.handover_zip import BLOCK_SIZE, large_file, make, small_files
from local.stack.azurite import Azurite

SMALL = 120
OF_THE_APP = 4
"""The documents, and what the plan keeps of the names: read by the step that puts the zip together."""


async def test_each_small_file_is_read_once_and_written_with_others(azurite: Azurite) -> None:
    made = await make(azurite, partial(small_files, count=SMALL))
    assert made.status == "Ready"
    assert made.calls["blob GET"] == SMALL + OF_THE_APP
    assert made.calls["blob PUT"] <= 12
    assert made.zip_bytes > made.file_bytes


async def test_a_large_file_is_copied_inside_storage(azurite: Azurite) -> None:
    made = await make(azurite, partial(large_file, blocks=8))
    assert made.status == "Ready"
    assert made.file_bytes == 8 * BLOCK_SIZE
    assert made.calls["blob GET"] == OF_THE_APP
    assert made.blob_bytes < 0.01 * made.file_bytes
