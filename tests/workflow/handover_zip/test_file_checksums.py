"""Checksums that the manifest lacks are found in pieces, and none is found twice."""

import zlib
from datetime import timedelta

import pytest

from shared.exports.exceptions import ConflictError, SourceChangedError, StorageFailedError
from shared.exports.export import Export, File
from shared.exports.handover_package import ChecksumProgress
from shared.workflow.handover_zip import file_checksums
from shared.workflow.handover_zip.file_checksums import FileChecksums
from tests.exports.samples import HOUR, SECOND
from tests.fakes.hooked_services import HookedServices
from tests.fakes.in_memory_containers import name_of
from tests.workflow.packaged_exports import FILES, forget_checksums, succeeded_with

LARGE = sorted(FILES).index("OneDrive/large.bin") + 1


@pytest.fixture
async def export(fakes: HookedServices) -> Export:
    """Of an earlier version: its manifest has no checksums."""
    made = await succeeded_with(fakes, FILES)
    forget_checksums(fakes)
    fakes.hooks.calls.clear()
    return made


async def test_all_files_get_their_checksum(fakes: HookedServices, export: Export) -> None:
    checksums = FileChecksums(export, ChecksumProgress(), fakes.services)
    await checksums.find(fakes.clock() + HOUR)
    assert checksums.is_complete
    assert {number: file.crc32 for number, file in checksums.found.items()} == {
        number: zlib.crc32(FILES[name]) for number, name in enumerate(sorted(FILES), 1)
    }


async def test_a_large_file_is_gone_on_with_where_it_stopped(
    fakes: HookedServices, export: Export, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_checksums, "READ_BYTES", 100_000)
    fakes.hooks.take("zip_blobs.read", 2 * SECOND)
    progress = ChecksumProgress()
    found: dict[int, File] = {}
    for _ in range(20):
        checksums = FileChecksums(export, progress, fakes.services)
        await checksums.find(fakes.clock() + 3 * SECOND)
        assert checksums.progress != progress
        progress, found = checksums.progress, found | checksums.found
        if checksums.is_complete:
            break
    assert found[LARGE].crc32 == zlib.crc32(FILES["OneDrive/large.bin"])
    assert fakes.hooks.calls.count("zip_blobs.read") == 2 + 6, "each piece once"


async def test_no_more_lines_are_found_than_are_stored_at_once(
    fakes: HookedServices, export: Export, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_checksums, "MANIFEST_LINES_PER_WRITE", 2)
    checksums = FileChecksums(export, ChecksumProgress(), fakes.services)
    await checksums.find(fakes.clock() + HOUR)
    assert (set(checksums.found), checksums.progress) == ({1, 2}, ChecksumProgress(lines=2))


async def test_a_piece_is_read_even_if_the_time_is_up(fakes: HookedServices, export: Export) -> None:
    checksums = FileChecksums(export, ChecksumProgress(), fakes.services)
    await checksums.find(fakes.clock() - timedelta(1))
    assert checksums.progress.lines == 1


async def test_what_was_found_before_an_outage_is_kept(fakes: HookedServices, export: Export) -> None:
    reads = 0

    async def fail_second() -> None:
        nonlocal reads
        reads += 1
        if reads == 2:
            raise StorageFailedError("ServerBusy")

    fakes.hooks.before["zip_blobs.read"] = fail_second
    checksums = FileChecksums(export, ChecksumProgress(), fakes.services)
    await checksums.find(fakes.clock() + HOUR)
    assert checksums.progress.lines == LARGE - 1
    fakes.hooks.fail("zip_blobs.read")
    with pytest.raises(StorageFailedError):
        await FileChecksums(export, checksums.progress, fakes.services).find(fakes.clock() + HOUR)


async def test_a_file_that_is_gone_is_named_by_its_line(fakes: HookedServices, export: Export) -> None:
    del fakes.account.containers[name_of(export.attempts[0].container)].blobs["OneDrive/large.bin"]
    with pytest.raises(SourceChangedError) as changed:
        await FileChecksums(export, ChecksumProgress(), fakes.services).find(fakes.clock() + HOUR)
    assert changed.value.number == LARGE


async def test_a_manifest_that_was_erased_is_a_conflict(fakes: HookedServices, export: Export) -> None:
    await fakes.services.records.erase_files(export.id)
    with pytest.raises(ConflictError):
        await FileChecksums(export, ChecksumProgress(), fakes.services).find(fakes.clock() + HOUR)


async def test_files_that_have_one_are_not_read(fakes: HookedServices) -> None:
    export = await succeeded_with(fakes, FILES)
    checksums = FileChecksums(export, ChecksumProgress(), fakes.services)
    fakes.hooks.calls.clear()
    await checksums.find(fakes.clock() + HOUR)
    assert (checksums.is_complete, checksums.found) == (True, {})
    assert fakes.hooks.calls == ["Exports.range"]
