"""The files of a package come in their order, from any of them on."""

import pytest

from shared.exports.exceptions import ConflictError
from shared.exports.handover_package import PackageDocument, PackagePlan
from shared.exports.states_and_codes import PackageLanguage
from shared.workflow.handover_zip import package_entries
from shared.workflow.handover_zip.package_entries import PackageEntries, file_entry
from tests.fakes.hooked_services import HookedServices
from tests.workflow.packaged_exports import FILES, forget_checksums, succeeded_with

DOCUMENTS = (PackageDocument("index.html", 5, 1), PackageDocument("SHA256SUMS", 7, 2))
PLAN = PackagePlan(number=7, documents=DOCUMENTS, parts=(), sums_sha256="a", receipt_sha256="b")


async def entries_in(fakes: HookedServices) -> PackageEntries:
    export = await succeeded_with(fakes, FILES)
    url = fakes.zip_blobs.container_url(export.id)
    return PackageEntries(export, PackageLanguage.GERMAN, PLAN, url, bytes(1), fakes.services.records)


async def test_documents_come_first_and_then_the_manifest(
    fakes: HookedServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(package_entries, "MANIFEST_LINES_PER_CALL", 2)
    entries = await entries_in(fakes)
    found = [each async for each in entries.range(0, 6)]
    assert [entry.path for entry, _ in found] == ["index.html", "SHA256SUMS", *sorted(FILES)]
    assert [entry.number for entry, _ in found] == [1, 2, 3, 4, 5, 6]
    assert found[0][1].name == "de/7/index.html"
    assert found[2][1].container_url == entries.export.attempts[0].container
    for first in range(7):
        for end in range(first, 7):
            assert [each async for each in entries.range(first, end)] == found[first:end]


async def test_a_manifest_that_was_erased_is_a_conflict(fakes: HookedServices) -> None:
    entries = await entries_in(fakes)
    await fakes.services.records.erase_files(entries.export.id)
    with pytest.raises(ConflictError):
        assert [each async for each in entries.range(0, 6)]


async def test_a_file_without_a_checksum_is_no_entry(fakes: HookedServices) -> None:
    entries = await entries_in(fakes)
    forget_checksums(fakes)
    (file, *_) = await fakes.services.records.files_page(entries.export, 0, 1)
    with pytest.raises(ValueError, match="Line 1 of the manifest has no CRC-32"):
        file_entry(2, 1, file, bytes(1))
