"""What arrived is listed and hashed in pieces, and no file is counted twice or left out."""

import asyncio
import hashlib
from datetime import timedelta

import pytest

from shared.exports.exceptions import StorageRefusedError
from shared.exports.states_and_codes import Status, WarningCode
from shared.records.export_records import SavedExport
from shared.workflow.step_result import StepResult
from shared.workflow.steps.check_files import CHECK_TIME_LIMIT, check_files
from tests.exports.samples import LIMITS, NOW, complete, warning_codes, without_events
from tests.fakes.hooked_services import HookedServices
from tests.fakes.in_memory_containers import REQUEST_INFO, name_of

NAMES = [f"Exchange/{number}.json" for number in range(6)]


async def arrived(fakes: HookedServices, names: list[str]) -> SavedExport:
    """A complete export with those files in its container, beside the service's own."""
    saved = await fakes.store(without_events(complete()))
    container = name_of(saved.export.attempts[0].container)
    fakes.account.write(container, REQUEST_INFO, b"{}")
    for name in names:
        fakes.account.write(container, name, f"content of {name}".encode())
    return saved


async def save(change: StepResult, fakes: HookedServices) -> SavedExport:
    return await fakes.services.records.save(change.before, change.export, change.files)


async def check_all(saved: SavedExport, fakes: HookedServices) -> tuple[SavedExport, list[int]]:
    """Repeats the step until the export has ended; how many files each step added."""
    counts = []
    while not saved.export.status.is_terminal:
        change = await check_files(saved, fakes.services)
        counts.append(len(change.files))
        saved = await save(change, fakes)
    return saved, counts


def manifest_hash(names: list[str]) -> str:
    lines = [f"{hashlib.sha256(f'content of {name}'.encode()).hexdigest()}  {name}\n" for name in names]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


async def assert_whole(saved: SavedExport, fakes: HookedServices) -> None:
    assert saved.export.status is Status.SUCCEEDED
    progress = saved.export.files
    assert progress is not None
    assert [file.name async for file in fakes.services.records.files(saved.export)] == NAMES
    assert progress.count == len(NAMES)
    assert progress.total_bytes == sum(len(f"content of {name}") for name in NAMES)
    assert progress.manifest_sha256 == manifest_hash(NAMES)


async def test_a_step_reads_one_page_of_the_listing(fakes: HookedServices) -> None:
    saved, counts = await check_all(await arrived(fakes, NAMES), fakes)
    assert counts == [4, 2]
    await assert_whole(saved, fakes)


async def test_a_page_that_takes_too_long_is_cut_and_gone_on_with(fakes: HookedServices) -> None:
    saved = await arrived(fakes, NAMES)
    fakes.hooks.take("containers.hash_file", CHECK_TIME_LIMIT / 2)
    saved, counts = await check_all(saved, fakes)
    assert counts == [2, 2, 2]
    await assert_whole(saved, fakes)


async def test_a_file_that_takes_longer_than_a_step_may_ends_the_step(fakes: HookedServices) -> None:
    saved = await arrived(fakes, NAMES)
    fakes.hooks.take("containers.hash_file", CHECK_TIME_LIMIT + timedelta(minutes=5))
    saved, counts = await check_all(saved, fakes)
    assert counts == [1] * 6
    await assert_whole(saved, fakes)


async def test_a_step_that_is_repeated_counts_no_file_twice(fakes: HookedServices) -> None:
    saved = await arrived(fakes, NAMES)
    first = await check_files(saved, fakes.services)
    again = await check_files(saved, fakes.services)
    assert (first.export.files, first.files) == (again.export.files, again.files)
    saved, _ = await check_all(await save(again, fakes), fakes)
    await assert_whole(saved, fakes)


@pytest.mark.parametrize("call", ["containers.list_files", "containers.hash_file"])
async def test_a_refusal_adds_nothing(call: str, fakes: HookedServices) -> None:
    saved = await arrived(fakes, NAMES)
    fakes.hooks.refuse(call)
    with pytest.raises(StorageRefusedError):
        await check_files(saved, fakes.services)
    fakes.hooks.clear()
    saved, _ = await check_all(saved, fakes)
    await assert_whole(saved, fakes)


async def test_an_export_without_files_succeeds_with_a_warning(fakes: HookedServices) -> None:
    saved, counts = await check_all(await arrived(fakes, []), fakes)
    assert counts == [0]
    assert saved.export.status is Status.SUCCEEDED
    assert warning_codes(saved.export) == [WarningCode.NO_DATA]
    assert saved.export.files is not None
    assert saved.export.files.manifest_sha256 == manifest_hash([])


async def test_a_file_that_can_not_be_hashed_in_time_is_listed_without_hashes_after_some_tries(
    fakes: HookedServices,
) -> None:
    saved = await arrived(fakes, NAMES)
    fakes.containers.hashing_time = lambda listed: timedelta(hours=1) if listed.name == NAMES[1] else timedelta()
    saved, counts = await check_all(saved, fakes)
    # The file before it is stored with its first try; the rest of the page comes after its last.
    assert counts == [1, 0, 0, 3, 2]
    files = {file.name: file.sha256 async for file in fakes.services.records.files(saved.export)}
    assert [name for name, sha256 in files.items() if sha256 is None] == [NAMES[1]]
    assert list(files) == NAMES
    assert warning_codes(saved.export) == [WarningCode.FILES_NOT_HASHED]


async def test_files_are_listed_unread_shortly_before_the_age_limit(fakes: HookedServices) -> None:
    saved = await arrived(fakes, NAMES)
    fakes.clock.now = NOW + 0.95 * LIMITS.abandon_after
    saved, _ = await check_all(saved, fakes)
    assert [file.sha256 async for file in fakes.services.records.files(saved.export)] == [None] * len(NAMES)
    assert "containers.hash_file" not in fakes.hooks.calls


async def test_what_was_read_before_a_failure_is_kept(fakes: HookedServices, caplog: pytest.LogCaptureFixture) -> None:
    saved = await arrived(fakes, NAMES)

    async def break_down() -> None:
        fakes.hooks.fail("containers.hash_file")

    fakes.hooks.after["containers.hash_file"] = break_down
    change = await check_files(saved, fakes.services)
    assert [file.name for file in change.files] == NAMES[:1]
    assert "a step failed: StorageFailedError: ServerBusy" in caplog.text


async def test_an_export_whose_turn_to_be_read_does_not_come_waits(
    fakes: HookedServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.workflow.steps.check_files.CHECK_TIME_LIMIT", timedelta(milliseconds=5))
    monkeypatch.setattr("shared.workflow.steps.check_files.HASH_TIME_LIMIT", timedelta(milliseconds=5))
    saved = await arrived(fakes, NAMES)

    async def wait() -> None:
        await asyncio.Event().wait()

    fakes.hooks.before["containers.hash_file"] = wait
    change = await check_files(saved, fakes.services)
    assert (change.files, change.export.files) == ((), None)
    assert change.export.wait_reason == "The files of other exports were read first."
