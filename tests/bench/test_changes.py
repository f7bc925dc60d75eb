"""What `make bench` counts of the changes of an export, held."""

from bench.changes import count
from local.stack.azurite import Azurite


async def test_the_calls_of_what_callers_change(azurite: Azurite) -> None:
    assert await count(azurite) == {
        # Two reads and a write; a deadline that moves leaves one place of the index for another.
        **dict.fromkeys(("extend", "pause", "resume"), 5),
        "links": 5,
        # As the deadline does: an export on hold has a place of its own in the index.
        "hold": 4,
        "lift": 5,
        "package": 4,
        "hand-over": 4,
        "erase": 11,
    }
