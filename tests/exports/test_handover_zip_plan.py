"""Files divided among zips: as many in each as it has room for, and the sizes that the zips then have."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.exports import handover_zip_plan
from shared.exports.handover_zip_layout import (
    COPIED_BYTES,
    SMALL_FILE_BYTES,
    BlockLayout,
    DirectoryLayout,
    Position,
    next_part,
)
from shared.exports.handover_zip_plan import MAX_ENTRIES, MAX_FILE_BLOCKS, PartsPlan, PlannedPart
from shared.exports.handover_zip_records import ZipEntry
from tests.exports.handover_zips import MODIFIED_AT

STORAGE_TAKES = 50_000
"""Blocks in a blob."""
COPIES = 10_000


def entries_of(sizes: list[int]) -> list[ZipEntry]:
    return [ZipEntry(number, f"Files/{number}", size, 0, MODIFIED_AT) for number, size in enumerate(sizes, 1)]


def planned(entries: list[ZipEntry]) -> tuple[PlannedPart, ...]:
    plan = PartsPlan()
    for entry in entries:
        plan.add(entry)
    return plan.finish()


def laid_out(entries: list[ZipEntry], parts: tuple[PlannedPart, ...]) -> list[PlannedPart]:
    """What the zips have, after they were laid out as planned."""
    position, found = Position(), []
    for part in parts:
        of_part = entries[part.first : part.first + part.entries]
        files = BlockLayout(position)
        for entry in of_part:
            files.add(entry)
        files.flush()
        directory = DirectoryLayout(files.position)
        for entry in of_part:
            directory.add(entry)
        (last,) = directory.finish()
        entries_before = last.after.entries - last.after.listed
        found.append(
            PlannedPart(
                number=last.after.part,
                first=entries_before,
                entries=last.after.listed,
                size=last.after.offset,
                blocks=last.after.blocks,
            )
        )
        position = next_part(last.after)
    return found


@given(st.lists(st.one_of(st.integers(0, 3 * SMALL_FILE_BYTES), st.integers(0, 8 * COPIED_BYTES)), max_size=30))
def test_the_zips_are_as_planned_and_have_no_more_blocks_than_they_may(sizes: list[int]) -> None:
    entries = entries_of(sizes)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(handover_zip_plan, "MAX_FILE_BLOCKS", 12)  # so that there are several zips
        parts = planned(entries)
    assert sum(part.entries for part in parts) == len(entries)
    assert all(part.blocks <= 12 + 1 for part in parts)
    assert laid_out(entries, parts) == list(parts)


def test_a_package_without_files_is_one_zip_with_an_ending() -> None:
    assert planned([]) == (PlannedPart(number=1, first=0, entries=0, size=22, blocks=1),)


def test_a_zip_has_as_many_files_as_its_blocks_allow() -> None:
    sizes = [COPIES * COPIED_BYTES] * 9
    parts = planned(entries_of(sizes))
    assert [(part.first, part.entries) for part in parts] == [(0, 4), (4, 4), (8, 1)]
    assert [part.blocks for part in parts] == [4 * (COPIES + 1) + 1] * 2 + [COPIES + 2]


def test_a_file_that_no_zip_has_blocks_for_gets_one_of_its_own() -> None:
    too_large = (MAX_FILE_BLOCKS + 1) * COPIED_BYTES
    parts = planned(entries_of([too_large, 1]))
    assert [(part.first, part.entries) for part in parts] == [(0, 1), (1, 1)]
    parts = planned(entries_of([1, too_large]))
    assert [(part.first, part.entries) for part in parts] == [(0, 1), (1, 1)]


def test_a_zip_has_as_many_files_as_its_directory_has_blocks_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handover_zip_plan, "MAX_ENTRIES", 3)  # in place of a million, which would take a minute
    parts = planned(entries_of([1] * 7))
    assert [(part.first, part.entries) for part in parts] == [(0, 3), (3, 3), (6, 1)]


def test_the_directory_of_the_most_files_has_blocks_left() -> None:
    longest_line = 46 + 28 + 4 * 180
    assert MAX_ENTRIES * longest_line / 2**20 + 1 <= STORAGE_TAKES - MAX_FILE_BLOCKS
