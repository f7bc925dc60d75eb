"""Exports whose packages are made in tests, and the zips that come of it."""

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from datetime import timedelta

from shared.exports.export import Export, ended_at
from shared.exports.handover_package import Package, blob_name, part_names
from shared.exports.handover_zip_names import DOCUMENT_NAMES
from shared.exports.states_and_codes import PackageLanguage, PackageStatus
from shared.exports.transitions.handover_packages import find_package, request_package
from shared.records.table_names import TableName
from shared.workflow.advance_export import advance_export
from tests.exports.samples import CALLER, complete, without_events
from tests.fakes.hooked_services import HookedServices
from tests.fakes.in_memory_containers import name_of
from tests.strict_zip import read_strictly

ENGLISH, GERMAN, FRENCH = PackageLanguage.ENGLISH, PackageLanguage.GERMAN, PackageLanguage.FRENCH
FILES = {
    "OneDrive/a.txt": b"small",
    "OneDrive/empty.txt": b"",
    "OneDrive/large.bin": bytes(range(256)) * 2048,
    "Teams/Caf\u00e9.json": b"{}",
}
NASTY_FILES = {
    "../../etc/passwd": b"climbs",
    "/absolute.txt": b"absolute",
    "CON.txt": b"a device",
    "Fotos/Ferien.JPG": b"upper",
    "Fotos/ferien.jpg": b"lower",
    "Fotos/ferien.jpg/inner.txt": b"below a file's name",
    "a:b*c?.txt": b"letters",
    "index.html": b"<script>alert(1)</script>",
    "invoice\u202egpj.exe": b"turned",
    "trailing. ": b"dots",
    "x" * 900 + ".txt": b"long",
    "caf\u00e9.txt": b"composed",
    "cafe\u0301.txt": b"decomposed",
    "back\\slash\\..\\x.txt": b"backslashes",
    "new\nline.txt": b"a line end",
    "\U0001f600/\u65e5\u672c\u8a9e.txt": b"far",
}


async def succeeded_with(fakes: HookedServices, files: Mapping[str, bytes]) -> Export:
    """An export that has succeeded with these files, as its steps stored it."""
    saved = await fakes.store(without_events(complete()))
    for name, content in files.items():
        fakes.account.write(name_of(saved.export.attempts[0].container), name, content)
    while not (export := (await fakes.stored(saved.export.id)).export).status.is_terminal:
        await advance(fakes, export.id)
    return export


async def advance(fakes: HookedServices, export_id: str, max_steps: int = 10) -> None:
    """Does the next steps of an export, at their time."""
    come_back = await advance_export(export_id, fakes.services, max_steps=max_steps)
    if come_back is not None:
        fakes.pass_time(max(come_back - fakes.clock(), timedelta()))


async def request(fakes: HookedServices, export_id: str, language: PackageLanguage = ENGLISH) -> Package:
    """The package that a caller has requested now."""
    saved = await fakes.stored(export_id)
    await fakes.services.records.save(saved, request_package(saved.export, language, CALLER, fakes.clock()))
    return await package_of(fakes, export_id, language)


async def package_of(fakes: HookedServices, export_id: str, language: PackageLanguage = ENGLISH) -> Package:
    """The package as it is stored now."""
    found = find_package((await fakes.stored(export_id)).export, language)
    assert found is not None
    return found


async def build(fakes: HookedServices, export_id: str, language: PackageLanguage = ENGLISH) -> Package:
    """The package once it is made or has failed."""
    while (package := await package_of(fakes, export_id, language)).status is PackageStatus.BUILDING:
        if package.next_step_at is not None:  # the reconciler sees to steps that no monitor waits for
            fakes.pass_time(max(package.next_step_at - fakes.clock(), timedelta()))
        await advance_export(export_id, fakes.services, max_steps=1)
    return package


def zips_of(fakes: HookedServices, export: Export, package: Package) -> dict[str, bytes]:
    """The zips of a package that is made, by their names."""
    plan = package.plan
    assert plan is not None
    blobs = fakes.account.containers[name_of(fakes.zip_blobs.container_url(export.id))].blobs
    names = part_names(package, ended_at(export))
    return {name: blobs[blob_name(package.language, plan.number, name)].content for name in names}


def check_zips(zips: Mapping[str, bytes], files: Mapping[str, bytes], package: Package) -> list[str]:
    """Opens zips as strict readers do, compares all of it with the files and the hashes; returns all paths in order."""
    plan = package.plan
    assert plan is not None
    contents: dict[str, bytes] = {}
    for part, content in zip(plan.parts, zips.values(), strict=True):
        entries = read_strictly(io.BytesIO(content))
        assert (len(entries), len(content)) == (part.entries, part.size)
        with zipfile.ZipFile(io.BytesIO(content)) as opened:
            assert opened.testzip() is None
            contents |= {name: opened.read(name) for name in opened.namelist()}
    paths = [path for path in contents if path not in DOCUMENT_NAMES]
    assert [contents[path] for path in paths] == [files[name] for name in sorted(files)]
    lines = [line.split("  ", 1) for line in contents["SHA256SUMS"].decode().splitlines()]
    sums = {path: sha256 for sha256, path in lines}
    assert {path: hashlib.sha256(contents[path]).hexdigest() for path in sums} == sums
    assert set(contents) - set(sums) == {"SHA256SUMS", "receipt.json"}
    receipt = json.loads(contents["receipt.json"])
    assert receipt["sha256SumsSha256"] == hashlib.sha256(contents["SHA256SUMS"]).hexdigest() == plan.sums_sha256
    assert hashlib.sha256(contents["receipt.json"]).hexdigest() == plan.receipt_sha256
    assert (receipt["parts"], receipt["fileCount"]) == (len(zips), len(files))
    renamed = json.loads(contents["renamed-files.json"]) if "renamed-files.json" in contents else []
    originals = {each["path"]: each["name"] for each in renamed}
    assert [originals.get(path, path) for path in paths] == sorted(files)
    return list(contents)


def forget_checksums(fakes: HookedServices) -> None:
    """Lets all manifests be those of an earlier version, which has no CRC-32."""
    for stored in fakes.tables[TableName.EXPORTS].all_rows():
        stored.row.pop("crc32", None)
