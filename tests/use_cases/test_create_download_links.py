"""Download links: for files of the manifest, signed for minutes, and in the trail before anybody gets them."""

import pytest

from shared.exports.exceptions import NotPossibleError, StorageRefusedError
from shared.exports.export import Export
from shared.use_cases.cancel_retry_erase import erase_export
from shared.use_cases.create_download_links import FilesNotFoundError, create_download_links
from tests.exports.samples import MINUTE
from tests.fakes.hooked_services import HookedServices
from tests.fakes.in_memory_account import Validity
from tests.use_cases.export_runs import OTHER_CALLER, create, read, run_to_end


async def succeeded(fakes: HookedServices) -> tuple[Export, list[str]]:
    """An export that succeeded, and the names of its files."""
    export = await run_to_end(fakes, (await create(fakes)).id)
    return export, [file.name async for file in fakes.services.records.files(export)]


async def test_each_link_reads_one_file_for_minutes(fakes: HookedServices) -> None:
    export, names = await succeeded(fakes)
    wanted = [names[2], names[0]]
    links = await create_download_links(export, wanted, OTHER_CALLER, fakes.services)
    assert links.expires_at == fakes.clock() + 15 * MINUTE
    for name, url in zip(wanted, links.urls, strict=True):
        signed = fakes.account.signed_url(url)
        assert signed is not None
        assert signed.blob == name
        assert isinstance(signed.validity, Validity)
        assert signed.validity.expires_at == links.expires_at


async def test_the_trail_says_who_got_which_link(fakes: HookedServices) -> None:
    export, names = await succeeded(fakes)
    await create_download_links(export, names[:2], OTHER_CALLER, fakes.services)
    events = [event for event in await fakes.services.records.events(export.id) if event.type == "LinkCreated"]
    files = [file async for file in fakes.services.records.files(export)]
    assert [(event.actor, event.detail["number"], event.detail["sha256"]) for event in events] == [
        (OTHER_CALLER, 1, files[0].sha256),
        (OTHER_CALLER, 2, files[1].sha256),
    ]
    assert "sig=" not in repr(events)


@pytest.mark.parametrize(("count", "calls"), [(5, 3), (1000, 3), (1001, 12), (2000, 12)])
async def test_how_many_calls_links_take_does_not_depend_on_the_length_of_the_manifest(
    fakes: HookedServices, count: int, calls: int
) -> None:
    """One read of a short manifest, or one of the index and one of the line for each name; then the export changes."""
    fakes.containers.page_size = 90
    export = await run_to_end(fakes, (await create(fakes)).id, files=count)
    names = [file.name async for file in fakes.services.records.files(export)]
    fakes.hooks.calls.clear()
    links = await create_download_links(export, names[-5:], OTHER_CALLER, fakes.services)
    assert len(links.urls) == 5
    storage = [call for call in fakes.hooks.calls if call.startswith("Exports.")]
    assert len(storage) <= calls
    assert storage[-2:] == ["Exports.get", "Exports.transact"]


async def test_a_link_is_recorded_before_it_is_signed(fakes: HookedServices) -> None:
    export, names = await succeeded(fakes)
    fakes.hooks.refuse("containers.sign_read_urls")
    with pytest.raises(StorageRefusedError):
        await create_download_links(export, names[:1], OTHER_CALLER, fakes.services)
    assert (await fakes.event_types(export.id))[-1] == "LinkCreated"


async def test_files_that_did_not_arrive_are_named(fakes: HookedServices) -> None:
    export, names = await succeeded(fakes)
    with pytest.raises(FilesNotFoundError) as error:
        await create_download_links(export, ["b", names[0], "a"], OTHER_CALLER, fakes.services)
    assert error.value.names == ("b", "a")
    assert await read(fakes, export.id) == export


async def test_only_an_export_that_succeeded_has_links(fakes: HookedServices) -> None:
    export = await create(fakes)
    with pytest.raises(NotPossibleError) as error:
        await create_download_links(export, ["a"], OTHER_CALLER, fakes.services)
    assert error.value.code == "ExportNotSucceeded"


async def test_erased_data_has_no_links(fakes: HookedServices) -> None:
    export, names = await succeeded(fakes)
    erased = await erase_export(export.id, OTHER_CALLER, fakes.services)
    with pytest.raises(NotPossibleError) as error:
        await create_download_links(erased, names[:1], OTHER_CALLER, fakes.services)
    assert error.value.code == "DataErased"
