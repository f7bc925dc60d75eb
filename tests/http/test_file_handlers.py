"""The manifest and download links over HTTP."""

from typing import Any

import pytest

from shared.exports.timestamps import to_iso
from shared.http.query_parameters import ROWS_PAGE_SIZE
from tests.exports.samples import CALLER, MINUTE
from tests.http.api_client import ROOT, ApiClient
from tests.use_cases.export_runs import OTHER_CALLER, run_to_end


async def names(api: ApiClient, export_id: str) -> list[str]:
    return [file["name"] for file in (await api.get(f"/exports/{export_id}/files")).body["value"]]


async def test_an_export_without_files_yet_has_an_empty_manifest(api: ApiClient) -> None:
    assert (await api.get(f"/exports/{await api.create()}/files")).body == {"value": []}


async def test_the_manifest_has_the_files_with_their_hashes(api: ApiClient) -> None:
    export_id = await api.run_to_end(await api.create())
    body = (await api.get(f"/exports/{export_id}/files")).body
    assert set(body) == {"value"}
    assert len(body["value"]) == 5
    assert set(body["value"][0]) == {"number", "name", "size", "md5", "sha256", "lastModifiedDateTime"}
    assert [file["number"] for file in body["value"]] == [1, 2, 3, 4, 5]


async def test_a_long_manifest_is_paged(api: ApiClient) -> None:
    api.fakes.containers.page_size = 90
    export_id = await api.create()
    await run_to_end(api.fakes, export_id, files=ROWS_PAGE_SIZE + 1)
    api.fakes.hooks.calls.clear()
    first = (await api.get(f"/exports/{export_id}/files")).body
    assert api.fakes.hooks.calls == ["Exports.get", "Exports.range"]
    assert first["nextLink"] == f"{ROOT}/api/exports/{export_id}/files?continuationToken={ROWS_PAGE_SIZE}"
    second = (await api.get(first["nextLink"])).body
    numbers = [file["number"] for page in (first, second) for file in page["value"]]
    assert numbers == list(range(1, ROWS_PAGE_SIZE + 2))
    assert set(second) == {"value"}


async def test_a_manifest_that_fills_its_pages_has_no_empty_one_behind_them(api: ApiClient) -> None:
    api.fakes.containers.page_size = 90
    export_id = await api.create()
    await run_to_end(api.fakes, export_id, files=ROWS_PAGE_SIZE)
    body = (await api.get(f"/exports/{export_id}/files")).body
    assert (set(body), len(body["value"])) == ({"value"}, ROWS_PAGE_SIZE)


async def test_an_erased_export_has_an_empty_manifest(api: ApiClient) -> None:
    export_id = await api.run_to_end(await api.create())
    await api.call("DELETE", f"/exports/{export_id}/data")
    api.fakes.hooks.calls.clear()
    assert await names(api, export_id) == []
    assert api.fakes.hooks.calls == ["Exports.get"], "nothing is looked for"


async def test_a_token_that_no_page_gave_is_refused(api: ApiClient) -> None:
    reply = await api.get(f"/exports/{await api.create()}/files?continuationToken=x")
    assert reply.error == (400, "InvalidValue", "continuationToken")


async def test_links_are_in_the_order_of_the_request_and_each_once(api: ApiClient) -> None:
    export_id = await api.run_to_end(await api.create())
    first, second, *_ = await names(api, export_id)
    reply = await api.post(f"/exports/{export_id}/links", {"files": [second, first, second]})
    assert reply.status == 200
    assert [link["name"] for link in reply.body["value"]] == [second, first]
    signed = [api.fakes.account.signed_url(link["url"]) for link in reply.body["value"]]
    assert [link and link.blob for link in signed] == [second, first]
    assert reply.body["expiresDateTime"] == to_iso(api.fakes.clock() + 15 * MINUTE)


async def test_files_that_did_not_arrive_are_named_with_their_places(api: ApiClient) -> None:
    export_id = await api.run_to_end(await api.create())
    (first, *_) = await names(api, export_id)
    reply = await api.post(f"/exports/{export_id}/links", {"files": ["b", first, "b", "a"]})
    assert reply.error == (400, "FileNotFound", "files[0]")
    assert [detail["target"] for detail in reply.body["error"]["details"]] == ["files[0]", "files[2]"]


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (None, (400, "MissingBody", "body")),
        ({"files": []}, (400, "InvalidValue", "files")),
        ({}, (400, "MissingField", "files")),
    ],
)
async def test_a_request_for_links_that_can_not_be_read_is_refused(
    api: ApiClient, body: Any, error: tuple[int, str, str]
) -> None:
    export_id = await api.run_to_end(await api.create())
    assert (await api.post(f"/exports/{export_id}/links", body)).error == error


async def test_what_the_state_does_not_allow_is_a_conflict(api: ApiClient) -> None:
    export_id = await api.create()
    path, body = f"/exports/{export_id}/links", {"files": ["a"]}
    assert (await api.post(path, body)).error == (409, "ExportNotSucceeded", None)
    await api.run_to_end(export_id)
    await api.call("DELETE", f"/exports/{export_id}/data")
    assert (await api.post(path, body)).error == (409, "DataErased", None)


async def test_an_account_that_refuses_to_sign_is_told(api: ApiClient) -> None:
    export_id = await api.run_to_end(await api.create())
    (first, *_) = await names(api, export_id)
    api.fakes.hooks.refuse("containers.sign_read_urls")
    reply = await api.post(f"/exports/{export_id}/links", {"files": [first]})
    assert reply.error == (503, "StorageRefused", None)
    assert reply.headers["Retry-After"] == "60"


@pytest.mark.parametrize(
    ("caller", "roles", "status"),
    [
        (CALLER, {"Exports.Submit", "Exports.Download"}, 200),
        (OTHER_CALLER, {"Exports.Read", "Exports.Download"}, 200),
        (OTHER_CALLER, {"Exports.Submit", "Exports.Download"}, 404),
        (OTHER_CALLER, {"Exports.Admin", "Exports.Download"}, 200),
        (CALLER, {"Exports.Download"}, 200),
        (OTHER_CALLER, {"Exports.Download"}, 404),
        (CALLER, {"Exports.Submit", "Exports.Read", "Exports.Operate", "Exports.Admin"}, 403),
    ],
)
async def test_links_take_a_role_of_their_own(api: ApiClient, caller: str, roles: set[str], status: int) -> None:
    export_id = await api.run_to_end(await api.create())
    body = {"files": (await names(api, export_id))[:1]}
    assert (await api.become(caller, *roles).post(f"/exports/{export_id}/links", body)).status == status
