"""Packages on a real account: opened by Info-ZIP's unzip and checked by sha256sum, with files of nasty names."""

import asyncio
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from azure.core.pipeline import PipelineRequest
from azure.core.rest import HttpRequest
from azure.storage.blob.aio import BlobServiceClient

from local.stack.azurite import Azurite
from shared.bootstrap import utc_now
from shared.exports import handover_zip_layout, handover_zip_plan
from shared.exports.exceptions import SourceChangedError, StorageRefusedError
from shared.exports.export import ended_at, with_attempt
from shared.exports.handover_package import blob_name, part_names
from shared.exports.ids import new_export_id
from shared.exports.states_and_codes import PackageLanguage
from shared.exports.timestamps import to_iso
from shared.protocols import SourceBlob, TargetBlob
from shared.storage.export_containers import BlobExportContainers
from shared.storage.handover_zip_blobs import SOURCE_KEY_LIFETIME, StorageHandoverZipBlobs
from shared.storage.sas_urls import container_name
from tests.credentials import Identity
from tests.exports.samples import complete, without_events
from tests.fakes.hooked_services import HookedServices
from tests.strict_zip import read_strictly
from tests.workflow.packaged_exports import FILES, NASTY_FILES, advance, build, request

LARGE = bytes(range(256)) * 4_000
"""Five copies inside storage, where one takes 256,000 bytes."""


@pytest.fixture
def zip_blobs(identified: BlobServiceClient, containers: BlobExportContainers) -> StorageHandoverZipBlobs:
    return StorageHandoverZipBlobs(identified, containers, utc_now)


@dataclass
class Account:
    """The services of an app with records in memory and a real export account."""

    fakes: HookedServices
    blobs: BlobServiceClient

    async def make(self, container: str, files: Mapping[str, bytes], language: PackageLanguage) -> dict[str, bytes]:
        """The zips of a package of these files, as the steps of an export make them."""
        client = self.blobs.get_container_client(container_name(container))
        await asyncio.gather(*(client.upload_blob(name, BytesIO(content)) for name, content in files.items()))
        arrived = without_events(with_attempt(complete(), container=container))
        export = replace(arrived, id=container_name(container).removeprefix("export-").removesuffix("-1"))
        await self.fakes.services.records.insert(export)
        while not (saved := await self.fakes.stored(export.id)).export.status.is_terminal:
            await advance(self.fakes, export.id)
        await request(self.fakes, export.id, language)
        package = await build(self.fakes, export.id, language)
        assert package.plan is not None, package.error
        folder = self.blobs.get_container_client(f"export-{export.id}-package")
        zips = {}
        for name in part_names(package, ended_at(saved.export)):
            download = await folder.download_blob(blob_name(language, package.plan.number, name))
            assert download.properties.content_settings.content_type == "application/zip"
            zips[name] = await download.readall()
        return zips


@pytest.fixture
def account(containers: BlobExportContainers, zip_blobs: StorageHandoverZipBlobs, blobs: BlobServiceClient) -> Account:
    fakes = HookedServices()
    fakes.services = replace(fakes.services, containers=containers, zip_blobs=lambda: zip_blobs)
    return Account(fakes, blobs)


def check_with_usual_programs(zips: Mapping[str, bytes], folder: Path) -> dict[str, bytes]:
    """Unpacks zips into one folder with unzip, checks all files with sha256sum, and returns what is there."""
    unpacked = folder / "unpacked"
    for name, content in zips.items():
        path = folder / name
        path.write_bytes(content)
        with path.open("rb") as file:
            read_strictly(file)
        for arguments in (["-tq", str(path)], ["-q", str(path), "-d", str(unpacked)]):
            subprocess.run(["unzip", *arguments], check=True, capture_output=True, timeout=60)  # noqa: S603, S607
    subprocess.run(
        ["sha256sum", "--strict", "--quiet", "-c", "SHA256SUMS"],  # noqa: S607
        check=True,
        capture_output=True,
        timeout=60,
        cwd=unpacked,
    )
    return {str(path.relative_to(unpacked)): path.read_bytes() for path in unpacked.rglob("*") if path.is_file()}


async def test_a_package_opens_with_usual_programs(
    account: Account, container: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handover_zip_layout, "COPIED_BYTES", 256_000)
    monkeypatch.setattr(handover_zip_plan, "COPIED_BYTES", 256_000)
    files = {**FILES, "Large/copied.bin": LARGE}
    zips = await account.make(container, files, PackageLanguage.GERMAN)
    assert [*zips] == ["personal-data-2026-11-02-de.zip"]
    found = check_with_usual_programs(zips, tmp_path)
    assert {name: found[name] for name in files} == files
    assert set(found) - set(files) == {"index.html", "SHA256SUMS", "receipt.json"}


async def test_files_of_nasty_names_are_unpacked_where_they_belong(
    account: Account, container: str, tmp_path: Path
) -> None:
    # Azure takes a backslash for a slash, and HTTP clients tidy paths that climb; the fakes have such names.
    files = {name: content for name, content in NASTY_FILES.items() if "\\" not in name and ".." not in name}
    found = check_with_usual_programs(await account.make(container, files, PackageLanguage.SPANISH), tmp_path)
    documents = {"index.html", "SHA256SUMS", "receipt.json", "renamed-files.json"}
    assert sorted(found[name] for name in set(found) - documents) == sorted(files.values())


async def test_an_export_without_files_has_a_package(account: Account, container: str, tmp_path: Path) -> None:
    found = check_with_usual_programs(await account.make(container, {}, PackageLanguage.FRENCH), tmp_path)
    assert set(found) == {"index.html", "SHA256SUMS", "receipt.json"}


async def test_several_zips_unpack_into_one_folder(
    account: Account, container: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handover_zip_plan, "MAX_ENTRIES", 3)
    zips = await account.make(container, FILES, PackageLanguage.ENGLISH)
    assert len(zips) == 3
    found = check_with_usual_programs(zips, tmp_path)
    assert {name: found[name] for name in FILES} == FILES


async def test_a_copy_reads_one_blob_for_an_hour_with_a_key_that_is_asked_for_once(
    azurite: Azurite, tmp_path: Path, container: str, blobs: BlobServiceClient
) -> None:
    urls: list[str] = []
    sources: list[str] = []

    def note(request: PipelineRequest[HttpRequest]) -> None:
        urls.append(request.http_request.url)
        sources.extend(filter(None, [request.http_request.headers.get("x-ms-copy-source")]))

    uploaded = await blobs.get_blob_client(container_name(container), "a b.txt").upload_blob(b"0123456789")
    source = SourceBlob(container, "a b.txt", 10, uploaded["last_modified"])
    begun = now = utc_now() - SOURCE_KEY_LIFETIME + timedelta(minutes=14)
    async with BlobServiceClient(
        azurite.blob_endpoint,
        credential=Identity(tmp_path),
        connection_verify=str(azurite.ca_bundle),
        raw_request_hook=note,
    ) as service:
        containers = BlobExportContainers(service, None, None, "these records")
        zip_blobs = StorageHandoverZipBlobs(service, containers, lambda: now)
        target = TargetBlob(await zip_blobs.create(new_export_id()), "x.zip")
        for number in range(3):
            await zip_blobs.copy_block(target, f"b{number}", source, 0, 4)
        assert len([url for url in urls if "userdelegationkey" in url]) == 1
        now = utc_now()
        await zip_blobs.copy_block(target, "b3", source, 0, 4)
        assert len([url for url in urls if "userdelegationkey" in url]) == 2
    assert all("sig=" not in url for url in urls)
    asked = [{name: value for name, (value,) in parse_qs(urlsplit(url).query).items()} for url in sources]
    assert all((each["sr"], each["sp"], each["spr"]) == ("b", "r", "https") for each in asked)
    assert [each["se"] for each in asked[:3]] == [to_iso(begun + SOURCE_KEY_LIFETIME)] * 3


async def test_what_storage_refuses_for_good_is_a_refusal(zip_blobs: StorageHandoverZipBlobs, container: str) -> None:
    target = TargetBlob(container, "x.zip")
    with pytest.raises(StorageRefusedError):
        await zip_blobs.put_block(target, "x" * 65, b"x")
    with pytest.raises(SourceChangedError):
        await zip_blobs.read(SourceBlob(container, "gone", 1), 0, 1)
