"""Zips made of blocks: opened by Python, by Info-ZIP's unzip and by a strict reader, and begun again at any block."""

import shutil
import subprocess
import tracemalloc
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.exports.handover_zip_layout import (
    COPIED_BYTES,
    MEMORY_BLOCK_BYTES,
    SMALL_FILE_BYTES,
    BlockLayout,
    CopiedBlock,
    DirectoryLayout,
    FileBytes,
    MemoryBlock,
    Position,
    block_id,
    next_part,
)
from shared.exports.handover_zip_records import ZipEntry
from tests.exports.handover_zips import MODIFIED_AT, blocks_of, crc32_of_zeros, entries_of, write_zip
from tests.strict_zip import read_strictly

GIB = 2**30
FITS_32 = 2**32 - 2
"""The largest size and offset that needs no ZIP64."""
NAMES = ["OneDrive/Café/naïve 😀.txt", "Teams/日本語.json", "a/" + "b" * 100 + "/c.csv"]


def unzip(*arguments: str | Path) -> str:
    """What Info-ZIP's unzip prints; it fails on any warning."""
    assert shutil.which("unzip"), "These tests need Info-ZIP's unzip. On Debian and Ubuntu: sudo apt-get install unzip"
    done = subprocess.run(arguments, capture_output=True, text=True, check=True, timeout=120)  # noqa: S603 - unzip
    return done.stdout


def many_files(count: int) -> list[tuple[str, bytes]]:
    """Files from empty ones to some that are copied."""
    sizes = (0, 1, 700, SMALL_FILE_BYTES, SMALL_FILE_BYTES + 1)
    large = {number * count // 20 for number in range(20)}
    return [
        (f"{name}-{number}", bytes([number % 251]) * (sizes[number % 5] if number in large else number))
        for number in range(count)
        for name in [NAMES[number % len(NAMES)]]
    ]


@pytest.mark.parametrize("count", [0, 1, 1000])
def test_usual_readers_open_a_zip_and_find_all_files(tmp_path: Path, count: int) -> None:
    files = many_files(count)
    path = tmp_path / "package.zip"
    with path.open("xb") as file:
        write_zip(file, blocks_of(entries_of(files)), lambda entry: dict([files[entry.number - 1]])[entry.path])
    with path.open("rb") as file:
        found = read_strictly(file)
    assert [(entry.path, entry.size, entry.modified_at) for entry in found] == [
        (name, len(content), MODIFIED_AT) for name, content in files
    ]
    with zipfile.ZipFile(path) as read:
        assert [(name, read.read(name)) for name in read.namelist()] == files
    if files:
        assert "No errors" in unzip("unzip", "-tq", path)
        unzip("unzip", "-q", path, "-d", tmp_path / "unpacked")
        assert all((tmp_path / "unpacked" / name).read_bytes() == content for name, content in files)
        assert {entry.stat().st_mode & 0o777 for entry in (tmp_path / "unpacked").rglob("*-*")} == {0o600}


def test_a_zip_has_more_files_than_its_old_format_counts(tmp_path: Path) -> None:
    count = 65_535
    entries = [ZipEntry(number, f"Mail/{number}", 4, crc32_of_zeros(4), MODIFIED_AT) for number in range(1, count + 1)]
    path = tmp_path / "package.zip"
    with path.open("xb") as file:
        write_zip(file, blocks_of(entries), lambda entry: bytes(entry.size))
    with path.open("rb") as file:
        assert [entry.path for entry in read_strictly(file)] == [entry.path for entry in entries]
    with zipfile.ZipFile(path) as read:
        assert len(read.infolist()) == count
    assert "No errors" in unzip("unzip", "-tq", path)


@pytest.mark.parametrize(
    "sizes", [(FITS_32,), (FITS_32 + 1,), (FITS_32 - 100, 50, 50), (3 * GIB, 3 * GIB, 5), (5 * GIB, 1)]
)
def test_sizes_and_offsets_around_four_gib_are_read_back(tmp_path: Path, sizes: Sequence[int]) -> None:
    entries = [
        ZipEntry(number, f"Files/{number}", size, crc32_of_zeros(size % GIB), MODIFIED_AT)
        for number, size in enumerate(sizes, 1)
    ]
    path = tmp_path / "package.zip"
    write_with_holes(path, entries)
    with path.open("rb") as file:
        assert [entry.size for entry in read_strictly(file, with_content=False)] == list(sizes)
    with zipfile.ZipFile(path) as read:
        assert [each.file_size for each in read.infolist()] == list(sizes)
        for each in read.infolist():
            with read.open(each) as opened:
                assert not any(opened.read(5))
    assert f"{sum(sizes)} bytes uncompressed" in unzip("unzip", "-Z", "-t", path)


def test_unzip_reads_a_file_of_more_than_four_gib_and_one_behind_it(tmp_path: Path) -> None:
    """The size isn't 2^32 - 1: unzip 6.00 misreads what follows a file of exactly that size, whoever wrote the zip."""
    entries = [
        ZipEntry(1, "Files/large", 5 * GIB, 0, MODIFIED_AT),
        ZipEntry(2, "Files/last", 1, crc32_of_zeros(1), MODIFIED_AT),
    ]
    path = tmp_path / "package.zip"
    write_with_holes(path, entries)
    assert "No errors" in unzip("unzip", "-tq", path, "Files/last")
    with subprocess.Popen(["unzip", "-p", path, "Files/large"], stdout=subprocess.PIPE) as reading:  # noqa: S603, S607
        assert reading.stdout is not None
        assert reading.stdout.read(1000) == bytes(1000)
        reading.kill()


def write_with_holes(path: Path, entries: Sequence[ZipEntry]) -> None:
    """A zip of files of zeros, which takes no room on disk where they are large."""
    with path.open("xb") as file:
        write_zip(file, blocks_of(entries), lambda entry: None if entry.size > SMALL_FILE_BYTES else bytes(entry.size))
    assert path.stat().st_blocks * 512 < 2**20


SIZES = st.one_of(
    st.integers(0, 2000),
    st.sampled_from([SMALL_FILE_BYTES, SMALL_FILE_BYTES + 1, COPIED_BYTES, COPIED_BYTES + 1, 2 * COPIED_BYTES]),
    st.integers(0, 3 * SMALL_FILE_BYTES),
    st.integers(0, 6 * GIB),
)
ENTRIES = st.lists(SIZES, max_size=30).map(
    lambda sizes: [ZipEntry(number, f"{number}", size, 0, MODIFIED_AT) for number, size in enumerate(sizes, 1)]
)


@given(ENTRIES)
def test_whoever_begins_again_behind_a_block_gets_the_same_blocks(entries: list[ZipEntry]) -> None:
    blocks = list(blocks_of(entries))
    for done, block in enumerate(blocks, 1):
        assert list(blocks_of(entries, block.after)) == blocks[done:]


@given(ENTRIES)
def test_blocks_follow_each_other_and_are_no_larger_than_they_may_be(entries: list[ZipEntry]) -> None:
    offset = 0
    for number, block in enumerate(blocks_of(entries), 1):
        offset += block.size
        assert (block.after.part, block.after.blocks, block.after.offset) == (1, number, offset)
        if isinstance(block, CopiedBlock):
            assert 0 < block.size <= COPIED_BYTES
            assert block.entry.size > SMALL_FILE_BYTES
            assert block.offset + block.size <= block.entry.size
        else:
            assert 0 < block.size < MEMORY_BLOCK_BYTES + SMALL_FILE_BYTES + 1000
            assert block.pieces


def test_small_files_share_blocks_and_a_large_one_has_its_header_in_the_block_before() -> None:
    sizes = [10, 20, SMALL_FILE_BYTES + 1, 30]
    entries = [ZipEntry(number, "x", size, 0, MODIFIED_AT) for number, size in enumerate(sizes, 1)]
    first, copied, second, directory = blocks_of(entries)
    assert isinstance(first, MemoryBlock)
    assert isinstance(second, MemoryBlock)
    assert isinstance(directory, MemoryBlock)
    assert [len(block.pieces) for block in (first, second, directory)] == [5, 2, 5]
    assert isinstance(copied, CopiedBlock)
    assert (copied.entry, copied.offset, copied.size) == (entries[2], 0, SMALL_FILE_BYTES + 1)
    assert [block.after.entries for block in (first, copied, second, directory)] == [2, 3, 4, 4]
    assert [block.after.is_complete for block in (first, copied, second, directory)] == [False, False, False, True]


def test_a_file_without_bytes_is_not_to_be_read() -> None:
    pieces = [
        piece
        for block in blocks_of(entries_of([("a", b""), ("b", b"1")]))
        if isinstance(block, MemoryBlock)
        for piece in block.pieces
    ]
    assert [piece.entry.path for piece in pieces if isinstance(piece, FileBytes)] == ["b"]


def test_a_block_has_no_more_than_a_thousand_files() -> None:
    files, last, directory = blocks_of([ZipEntry(number, "x", 0, 0, MODIFIED_AT) for number in range(1, 1501)])
    assert [block.after.entries for block in (files, last, directory)] == [1000, 1500, 1500]


def test_a_complete_zip_has_no_more_blocks() -> None:
    (*_, last) = blocks_of(entries_of([("a", b"1")]))
    assert DirectoryLayout(last.after).finish() == []


def test_a_directory_of_other_entries_is_refused() -> None:
    layout = BlockLayout(Position())
    layout.add(entries_of([("a", b"1")])[0])
    layout.flush()
    directory = DirectoryLayout(layout.position)
    directory.add(entries_of([("a", b"12")])[0])
    with pytest.raises(ValueError, match="other entries"):
        directory.finish()


def test_the_next_zip_goes_on_with_the_next_entry() -> None:
    (*_, last) = blocks_of(entries_of([("a", b"1"), ("b", b"2")]))
    position = next_part(last.after)
    assert position == Position(part=2, entries=2)
    (block,) = BlockLayout(position).add(ZipEntry(3, "c", 2**20, 0, MODIFIED_AT))[:1]
    assert (block.after.offset, block.after.entries) == (31, 2)


def test_the_ids_of_blocks_have_one_length_and_name_the_part() -> None:
    block = MemoryBlock((b"x",), 1, Position(blocks=1))
    last = replace(block, after=Position(part=12, blocks=49_999))
    assert [block_id(block), block_id(last)] == ["p001-b000001", "p012-b049999"]


def test_a_layout_holds_no_more_than_the_block_that_is_not_full() -> None:
    tracemalloc.start()
    try:
        layout = BlockLayout(Position())
        blocks = sum(len(layout.add(entry)) for entry in numbered_entries())
        directory = DirectoryLayout(layout.position)
        blocks += sum(len(directory.add(entry)) for entry in numbered_entries())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert blocks > 1
    assert peak < 4 * 2**20


def numbered_entries() -> Iterator[ZipEntry]:
    """Entries of small files, of which a block has thousands."""
    for number in range(1, 8001):
        yield ZipEntry(number, f"OneDrive/Documents/{number // 50}/{number}.docx", 250, 0, MODIFIED_AT)
