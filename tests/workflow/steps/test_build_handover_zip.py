"""Packages are made whole, whatever the names of their files, and whatever happens on the way."""

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.exports import handover_zip_layout, handover_zip_plan
from shared.exports.audit_trail import add_event
from shared.exports.exceptions import ConflictError, StorageFailedError
from shared.exports.next_step import Step, next_step
from shared.exports.states_and_codes import EventType, PackageStatus
from shared.exports.transitions.data_erasure import request_erasure
from shared.exports.transitions.handover_packages import GIVE_UP_AFTER
from shared.workflow.advance_export import advance_export
from shared.workflow.handover_zip import block_writers, file_checksums
from shared.workflow.steps import build_handover_zip as step
from shared.workflow.steps.build_handover_zip import PACKAGE_TIME_LIMIT, build_handover_zip
from shared.workflow.store_result import store_result
from tests.exports.samples import CALLER, DAY, HOUR, LIMITS, MINUTE
from tests.fakes.hooked_services import HookedServices, ProcessDied
from tests.fakes.in_memory_containers import name_of
from tests.workflow.packaged_exports import (
    ENGLISH,
    FILES,
    FRENCH,
    GERMAN,
    NASTY_FILES,
    advance,
    build,
    check_zips,
    forget_checksums,
    package_of,
    request,
    succeeded_with,
    zips_of,
)

CALLS = ("create", "read", "write", "put_block", "copy_block", "commit")


async def test_a_package_has_the_files_and_what_explains_them(fakes: HookedServices) -> None:
    export = await succeeded_with(fakes, FILES)
    await request(fakes, export.id)
    package = await build(fakes, export.id)
    assert package.status is PackageStatus.READY
    paths = check_zips(zips_of(fakes, export, package), FILES, package)
    assert paths == ["index.html", "SHA256SUMS", "receipt.json", *sorted(FILES)]
    assert (await fakes.event_types(export.id))[-2:] == ["PackageRequested", "PackageMade"]


async def test_a_package_has_files_of_nasty_names_and_lists_those_that_it_changed(fakes: HookedServices) -> None:
    export = await succeeded_with(fakes, NASTY_FILES)
    await request(fakes, export.id, GERMAN)
    package = await build(fakes, export.id, GERMAN)
    paths = check_zips(zips_of(fakes, export, package), NASTY_FILES, package)
    assert paths[:4] == ["index.html", "SHA256SUMS", "receipt.json", "renamed-files.json"]


async def test_an_export_without_files_has_a_package_of_documents(fakes: HookedServices) -> None:
    export = await succeeded_with(fakes, {})
    await request(fakes, export.id)
    package = await build(fakes, export.id)
    assert len(check_zips(zips_of(fakes, export, package), {}, package)) == 3


async def test_thousands_of_files_are_read_once_and_written_together(fakes: HookedServices) -> None:
    files = {f"Product {number % 7}/{number}.json": b"%d" % number * 99 for number in range(2_500)}
    fakes.containers.page_size = 90
    export = await succeeded_with(fakes, files)
    fakes.hooks.calls.clear()
    await request(fakes, export.id)
    package = await build(fakes, export.id)
    check_zips(zips_of(fakes, export, package), files, package)
    calls = fakes.hooks.calls
    assert calls.count("zip_blobs.read") == len(files) + 3, "two documents and the changed paths"
    assert calls.count("zip_blobs.put_block") < 12
    assert calls.count("zip_blobs.copy_block") == 1, "the page that lists them"
    assert calls.count("Exports.range") == 3 * 6, "the manifest is read six times, a thousand lines a call"


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets a package of a few files have many blocks."""
    monkeypatch.setattr(handover_zip_layout, "MEMORY_BLOCK_BYTES", 300)
    monkeypatch.setattr(handover_zip_layout, "SMALL_FILE_BYTES", 1000)
    monkeypatch.setattr(handover_zip_layout, "COPIED_BYTES", 50_000)
    monkeypatch.setattr(handover_zip_plan, "COPIED_BYTES", 50_000)


@pytest.mark.usefixtures("small_blocks")
async def test_large_files_are_copied_piece_by_piece_and_never_read(fakes: HookedServices) -> None:
    export = await succeeded_with(fakes, FILES)
    await request(fakes, export.id)
    fakes.hooks.calls.clear()
    package = await build(fakes, export.id)
    check_zips(zips_of(fakes, export, package), FILES, package)
    assert fakes.hooks.calls.count("zip_blobs.copy_block") >= len(FILES["OneDrive/large.bin"]) // 50_000
    assert fakes.hooks.calls.count("zip_blobs.read") == len([b for b in FILES.values() if 0 < len(b) <= 1000]) + 3


@pytest.mark.usefixtures("small_blocks")
async def test_several_zips_have_what_one_can_not_hold(fakes: HookedServices, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handover_zip_plan, "MAX_ENTRIES", 4)
    export = await succeeded_with(fakes, NASTY_FILES)
    await request(fakes, export.id, FRENCH)
    package = await build(fakes, export.id, FRENCH)
    zips = zips_of(fakes, export, package)
    assert [*zips] == [f"personal-data-2026-11-02-fr-part{part}of5.zip" for part in range(1, 6)]
    check_zips(zips, NASTY_FILES, package)


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("call", CALLS)
async def test_a_process_that_dies_at_any_call_leaves_a_package_that_is_made_all_the_same(
    fakes: HookedServices, call: str
) -> None:
    """It dies at every such call once, before or after it, and another process goes on."""
    export = await succeeded_with(fakes, FILES)
    await request(fakes, export.id)
    fakes.hooks.calls.clear()
    deaths = 0
    while (await package_of(fakes, export.id)).status is PackageStatus.BUILDING:
        hook = fakes.hooks.die_before if deaths % 2 else fakes.hooks.die_after
        hook(f"zip_blobs.{call}")
        try:
            await advance(fakes, export.id, max_steps=1)
        except ProcessDied:
            deaths += 1
            fakes.hooks.clear()
            await asyncio.sleep(0)
            await advance(fakes, export.id, max_steps=1)
        fakes.hooks.clear()
    assert deaths
    package = await package_of(fakes, export.id)
    check_zips(zips_of(fakes, export, package), FILES, package)


@pytest.mark.usefixtures("small_blocks")
async def test_a_step_that_runs_out_of_time_stores_how_far_it_came(
    fakes: HookedServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(step, "PACKAGE_TIME_LIMIT", timedelta())
    monkeypatch.setattr(block_writers, "BLOCKS_AT_ONCE", 1)
    export = await succeeded_with(fakes, FILES)
    forget_checksums(fakes)
    await request(fakes, export.id)
    seen = []
    while (package := await package_of(fakes, export.id)).status is PackageStatus.BUILDING:
        seen.append((package.checksums, package.plan, package.position))
        assert len(seen) < 200
        await advance(fakes, export.id, max_steps=1)
    assert len(set(seen)) == len(seen) > 10
    check_zips(zips_of(fakes, export, package), FILES, package)
    assert package.progress == 1


@pytest.mark.usefixtures("small_blocks")
async def test_a_step_does_not_copy_a_huge_file_to_its_end(fakes: HookedServices) -> None:
    """A file of hundreds of copies takes longer than a step may, and a step that is ended stores nothing."""
    export = await succeeded_with(fakes, FILES)
    await request(fakes, export.id)
    fakes.hooks.take("zip_blobs.copy_block", timedelta(seconds=30))
    longest = timedelta()
    while (package := await package_of(fakes, export.id)).status is PackageStatus.BUILDING:
        began = fakes.clock()
        await advance_export(export.id, fakes.services, max_steps=1)
        longest = max(longest, fakes.clock() - began)
    assert longest <= PACKAGE_TIME_LIMIT + block_writers.BLOCKS_AT_ONCE * timedelta(seconds=30)
    check_zips(zips_of(fakes, export, package), FILES, package)


async def test_progress_goes_from_nothing_to_all(fakes: HookedServices, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(step, "PACKAGE_TIME_LIMIT", timedelta())
    export = await succeeded_with(fakes, FILES)
    await request(fakes, export.id)
    progress = []
    while (package := await package_of(fakes, export.id)).status is PackageStatus.BUILDING:
        progress.append(package.progress)
        await advance(fakes, export.id, max_steps=1)
    assert progress == sorted(progress)
    assert (progress[0], package.progress) == (0, 1)
    assert any(0 < each < 1 for each in progress)


async def test_files_of_an_earlier_version_get_their_checksums_first(fakes: HookedServices) -> None:
    export = await succeeded_with(fakes, FILES)
    forget_checksums(fakes)
    await request(fakes, export.id)
    package = await build(fakes, export.id)
    check_zips(zips_of(fakes, export, package), FILES, package)
    assert all([file.crc32 is not None async for file in fakes.services.records.files(export)])


async def test_packages_in_several_languages_are_made_beside_each_other(fakes: HookedServices) -> None:
    export = await succeeded_with(fakes, FILES)
    for language in (GERMAN, ENGLISH, FRENCH):
        await request(fakes, export.id, language)
    for language in (FRENCH, GERMAN, ENGLISH):
        package = await build(fakes, export.id, language)
        check_zips(zips_of(fakes, export, package), FILES, package)


async def test_what_two_processes_write_at_once_is_one_package(fakes: HookedServices) -> None:
    export = await succeeded_with(fakes, FILES)
    await request(fakes, export.id)
    while (await package_of(fakes, export.id)).status is PackageStatus.BUILDING:
        saved = await fakes.stored(export.id)
        first = await build_handover_zip(saved, fakes.services)
        fakes.pass_time(MINUTE)
        second = await build_handover_zip(saved, fakes.services)
        await store_result(first, fakes.services)
        with pytest.raises(ConflictError):
            await store_result(second, fakes.services)
    package = await package_of(fakes, export.id)
    check_zips(zips_of(fakes, export, package), FILES, package)


@pytest.mark.usefixtures("small_blocks")
async def test_a_package_is_made_although_callers_change_its_export_during_each_step(fakes: HookedServices) -> None:
    """The work of a step must not be lost with each link or hold: a caller may make hundreds of links in a row."""
    export = await succeeded_with(fakes, FILES)
    forget_checksums(fakes)
    await request(fakes, export.id)

    async def change() -> None:
        saved = await fakes.stored(export.id)
        changed = add_event(saved.export, EventType.LINK_CREATED, fakes.clock(), actor=CALLER)
        await fakes.services.records.save(saved, changed)

    for call in CALLS:
        fakes.hooks.before[f"zip_blobs.{call}"] = change
    for _ in range(10):
        await advance(fakes, export.id, max_steps=1)
    package = await package_of(fakes, export.id)
    check_zips(zips_of(fakes, export, package), FILES, package)
    types = await fakes.event_types(export.id)
    assert types.count("PackageMade") == 1
    assert types.count("LinkCreated") == len([call for call in fakes.hooks.calls if call.startswith("zip_blobs.")])


@pytest.mark.parametrize("prepare", [forget_checksums, lambda _: None])
async def test_a_manifest_that_lacks_lines_fails_the_package(
    fakes: HookedServices, prepare: Callable[[HookedServices], None]
) -> None:
    export = await succeeded_with(fakes, FILES)
    prepare(fakes)
    await request(fakes, export.id)
    await fakes.services.records.erase_files(export.id)
    await advance(fakes, export.id)
    package = await package_of(fakes, export.id)
    assert (package.status, package.error and package.error.code) == (PackageStatus.FAILED, "ManifestIncomplete")


@pytest.mark.usefixtures("small_blocks")
async def test_a_late_process_does_not_write_over_the_documents_of_a_package_of_several_zips(
    fakes: HookedServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    """How many zips there are is tried out, and the page for another number must not replace that of a stored plan."""
    monkeypatch.setattr(handover_zip_plan, "MAX_ENTRIES", 4)
    export = await succeeded_with(fakes, FILES)
    await request(fakes, export.id)
    await advance(fakes, export.id, max_steps=1)
    late = await fakes.stored(export.id)
    await advance(fakes, export.id, max_steps=1)
    assert (await package_of(fakes, export.id)).plan is not None
    fakes.hooks.die_after("zip_blobs.commit")
    with pytest.raises(ProcessDied):
        await build_handover_zip(late, fakes.services)
    fakes.hooks.clear()
    package = await build(fakes, export.id)
    assert package.error is None
    check_zips(zips_of(fakes, export, package), FILES, package)


async def test_a_file_that_has_changed_fails_the_package_and_says_which() -> None:
    for number, (name, content) in enumerate(sorted(FILES.items()), 1):
        if not content:
            continue
        another = HookedServices()
        export = await succeeded_with(another, FILES)
        container = name_of(export.attempts[0].container)
        another.pass_time(HOUR)
        another.account.write(container, name, content[::-1])
        await request(another, export.id)
        package = await build(another, export.id)
        assert package.status is PackageStatus.FAILED
        assert package.error is not None
        assert package.error.code == "FileChanged"
        assert package.error.message.startswith(f"File {number} of the manifest has changed")
        assert next_step((await another.stored(export.id)).export, another.clock(), LIMITS) is Step.END


async def test_a_small_file_of_other_bytes_and_the_same_time_is_noticed(fakes: HookedServices) -> None:
    export = await succeeded_with(fakes, FILES)
    blobs = fakes.account.containers[name_of(export.attempts[0].container)].blobs
    blobs["OneDrive/a.txt"] = replace(blobs["OneDrive/a.txt"], content=b"SMALL")
    await request(fakes, export.id)
    assert (await build(fakes, export.id)).status is PackageStatus.FAILED


@pytest.mark.parametrize("call", CALLS)
async def test_an_outage_delays_a_package_and_a_day_of_it_fails_the_package(fakes: HookedServices, call: str) -> None:
    export = await succeeded_with(fakes, FILES)
    await request(fakes, export.id)
    began = fakes.clock()
    fakes.hooks.fail(f"zip_blobs.{call}")
    package = await build(fakes, export.id)
    assert (package.status, package.error and package.error.code) == (PackageStatus.FAILED, "ServerBusy")
    assert GIVE_UP_AFTER <= fakes.clock() - began <= GIVE_UP_AFTER + HOUR
    fakes.hooks.clear()
    await request(fakes, export.id)
    made = await build(fakes, export.id)
    check_zips(zips_of(fakes, export, made), FILES, made)


async def test_a_refusal_delays_a_package_and_is_a_warning(fakes: HookedServices) -> None:
    export = await succeeded_with(fakes, FILES)
    await request(fakes, export.id)
    fakes.hooks.refuse_once("zip_blobs.create", "AuthorizationPermissionMismatch")
    await advance(fakes, export.id, max_steps=2)
    package = await package_of(fakes, export.id)
    stored = (await fakes.stored(export.id)).export
    assert (package.status, package.failures) == (PackageStatus.BUILDING, 1)
    assert [warning.code for warning in stored.warnings] == ["StorageRefused"]
    assert stored.erase_at == export.erase_at
    made = await build(fakes, export.id)
    check_zips(zips_of(fakes, export, made), FILES, made)


async def test_what_was_written_before_an_outage_is_kept(
    fakes: HookedServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handover_zip_layout, "COPIED_BYTES", 100_000)
    monkeypatch.setattr(handover_zip_plan, "COPIED_BYTES", 100_000)
    monkeypatch.setattr(block_writers, "BLOCKS_AT_ONCE", 1)
    export = await succeeded_with(fakes, FILES)
    await request(fakes, export.id)
    calls = 0

    async def fail_third() -> None:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise StorageFailedError("ServerBusy")

    fakes.hooks.before["zip_blobs.copy_block"] = fail_third
    await advance(fakes, export.id, max_steps=3)
    package = await package_of(fakes, export.id)
    assert package.failures == 0
    assert package.position is not None
    assert package.position.in_entry > 0
    made = await build(fakes, export.id)
    check_zips(zips_of(fakes, export, made), FILES, made)


@pytest.mark.parametrize("call", CALLS)
async def test_no_package_is_left_once_the_data_is_erased_meanwhile(fakes: HookedServices, call: str) -> None:
    export = await succeeded_with(fakes, FILES)
    await request(fakes, export.id)

    async def erase() -> None:
        fakes.hooks.before.pop(f"zip_blobs.{call}", None)
        saved = await fakes.stored(export.id)
        await fakes.services.records.save(saved, request_erasure(saved.export, CALLER, fakes.clock()))
        while (await fakes.stored(export.id)).export.erased_at is None:
            await advance(fakes, export.id)

    fakes.hooks.before[f"zip_blobs.{call}"] = erase
    while (await fakes.stored(export.id)).export.erased_at is None:
        await advance(fakes, export.id)
    assert fakes.account.containers == {}
    assert (await fakes.stored(export.id)).export.packages == ()
    assert "PackageFailed" in await fakes.event_types(export.id)
    assert "OneDrive/a.txt" not in fakes.stored_text()


async def test_a_package_goes_with_the_data(fakes: HookedServices) -> None:
    export = await succeeded_with(fakes, FILES)
    await request(fakes, export.id)
    await build(fakes, export.id)
    assert len(fakes.account.containers) == 2
    fakes.pass_time(LIMITS.retain_for + DAY)
    await advance(fakes, export.id)
    assert fakes.account.containers == {}
    stored = (await fakes.stored(export.id)).export
    assert (stored.packages, stored.next_step_at) == ((), None)
    assert "PackageFailed" not in await fakes.event_types(export.id)


async def test_no_name_of_a_file_is_in_the_export_or_its_trail(fakes: HookedServices) -> None:
    export = await succeeded_with(fakes, FILES)
    await request(fakes, export.id)
    await build(fakes, export.id)
    trail = await fakes.services.records.events(export.id)
    assert "large.bin" not in repr(trail)
    assert "large.bin" not in repr((await fakes.stored(export.id)).export)
    made = trail[-1].detail
    assert (made["parts"], made["language"]) == (1, "en")
    assert {len(str(made["sha256SumsSha256"])), len(str(made["receiptSha256"]))} == {len(hashlib.sha256().hexdigest())}


async def test_memory_does_not_grow_with_a_file(fakes: HookedServices, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_checksums, "READ_BYTES", 1000)
    export = await succeeded_with(fakes, FILES)
    forget_checksums(fakes)
    await request(fakes, export.id)
    fakes.hooks.calls.clear()
    await advance(fakes, export.id, max_steps=1)
    assert fakes.hooks.calls.count("zip_blobs.read") >= len(FILES["OneDrive/large.bin"]) // 1000


async def test_a_step_without_a_package_that_is_due_does_nothing(fakes: HookedServices) -> None:
    saved = await fakes.stored((await succeeded_with(fakes, FILES)).id)
    fakes.hooks.calls.clear()
    assert (await build_handover_zip(saved, fakes.services)).export == saved.export
    assert fakes.hooks.calls == []
