"""Documents are written piece by piece, and known by their size and hashes."""

import hashlib
import zlib

import pytest

from shared.exports.states_and_codes import PackageLanguage
from shared.workflow.handover_zip import document_writer
from shared.workflow.handover_zip.document_writer import DocumentFolder
from tests.fakes.hooked_services import HookedServices

EXPORT_ID = "3c0ff6de-3a3e-4f2b-a7a6-3f9a9f6c7e10"


@pytest.fixture
async def folder(fakes: HookedServices) -> DocumentFolder:
    url = await fakes.zip_blobs.create(EXPORT_ID)
    return DocumentFolder(fakes.zip_blobs, url, PackageLanguage.GERMAN, 7)


@pytest.mark.parametrize("pieces", [[], [b"short"], [b"x" * 9, b"", b"y" * 25, b"z"]])
async def test_a_document_is_what_was_added(
    fakes: HookedServices, folder: DocumentFolder, monkeypatch: pytest.MonkeyPatch, pieces: list[bytes]
) -> None:
    monkeypatch.setattr(document_writer, "BLOCK_BYTES", 10)
    writer = folder.open("SHA256SUMS")
    for piece in pieces:
        await writer.add(piece)
    document, content = await writer.finish(), b"".join(pieces)
    assert (document.name, document.size, document.crc32) == ("SHA256SUMS", len(content), zlib.crc32(content))
    assert writer.sha256() == hashlib.sha256(content).hexdigest()
    blobs = fakes.account.containers[f"export-{EXPORT_ID}-package"].blobs
    assert blobs["de/7/SHA256SUMS"].content == content


async def test_a_document_that_is_written_again_is_the_same(fakes: HookedServices, folder: DocumentFolder) -> None:
    assert await folder.write("receipt.json", [b"{}"]) == await folder.write("receipt.json", [b"{", b"}"])
    assert len(fakes.account.containers[f"export-{EXPORT_ID}-package"].blobs) == 1
