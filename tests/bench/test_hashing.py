"""The speed of reading and hashing: it measures the same bytes both ways. A time is shown by `make bench`, not held."""

import os

from bench.hashing import MIB, compare
from local.stack.azurite import Azurite


async def test_both_ways_hash_the_same_bytes(azurite: Azurite) -> None:
    hashed = await compare(azurite, os.urandom(12 * MIB), rounds=1)
    assert hashed.same
    assert 0 < hashed.from_storage < hashed.alone
