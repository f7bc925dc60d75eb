"""Packages over HTTP: requested, followed, and linked to."""

import io
import zipfile
from typing import Any

import pytest

from shared.exports.timestamps import to_iso
from tests.exports.samples import CALLER, DAY, HOUR, MINUTE
from tests.http.api_client import ROOT, UNKNOWN_ID, ApiClient
from tests.use_cases.export_runs import OTHER_CALLER, advance


async def ready(api: ApiClient, language: str = "en") -> str:
    """The id of an export with a package in that language."""
    export_id = await api.run_to_end(await api.create())
    assert (await api.post(f"/exports/{export_id}/package", {"language": language})).status == 202
    await advance(api.fakes, export_id)
    assert (await api.get(f"/exports/{export_id}/package?language={language}")).status == 200
    return export_id


async def test_a_package_is_requested_followed_and_there(api: ApiClient) -> None:
    export_id = await api.run_to_end(await api.create())
    asked = await api.post(f"/exports/{export_id}/package", {"language": "de"})
    assert asked.status == 202
    assert asked.headers["Location"] == f"{ROOT}/api/exports/{export_id}/package?language=de"
    assert asked.headers["Retry-After"] == "5"
    assert (asked.body["status"], asked.body["progress"], asked.body["files"]) == ("Building", 0.0, [])
    assert api.fakes.monitors.started[-1] == export_id
    assert (await api.get(asked.headers["Location"])).status == 202
    await advance(api.fakes, export_id)
    made = await api.get(asked.headers["Location"])
    assert (made.status, made.body["status"], made.body["progress"]) == (200, "Ready", 1.0)
    (zipped,) = made.body["files"]
    assert zipped == {"name": "personal-data-2026-11-03-de.zip", "size": made.body["totalBytes"]}
    assert (await api.post(f"/exports/{export_id}/package", {"language": "de"})).body == made.body
    assert (await api.get(f"/exports/{export_id}")).body["packages"] == [made.body]


async def test_what_a_link_reads_is_a_zip_with_the_files_and_what_explains_them(api: ApiClient) -> None:
    export_id = await ready(api, "fr")
    reply = await api.post(f"/exports/{export_id}/links", {"package": "fr"})
    (link,) = reply.body["value"]
    signed = api.fakes.account.signed_url(link["url"])
    assert signed is not None
    assert signed.blob is not None
    content = api.fakes.account.containers[signed.container].blobs[signed.blob].content
    with zipfile.ZipFile(io.BytesIO(content)) as opened:
        assert opened.testzip() is None
        names = opened.namelist()
        assert b'<html lang="fr">' in opened.read("index.html")
    manifest = (await api.get(f"/exports/{export_id}/files")).body["value"]
    assert names == ["index.html", "SHA256SUMS", "receipt.json", *(file["name"] for file in manifest)]


@pytest.mark.parametrize(("asked", "lasts"), [({}, 15 * MINUTE), ({"expiresInMinutes": 1440}, DAY)])
async def test_links_to_a_package_last_as_long_as_the_caller_says(
    api: ApiClient, asked: dict[str, Any], lasts: Any
) -> None:
    export_id = await ready(api)
    reply = await api.post(f"/exports/{export_id}/links", {"package": "en", **asked})
    until = to_iso(api.fakes.clock() + lasts)
    assert (reply.status, reply.body["expiresDateTime"]) == (200, until)
    assert [link["name"] for link in reply.body["value"]] == ["personal-data-2026-11-03-en.zip"]
    event = (await api.get(f"/exports/{export_id}/events")).body["value"][-1]
    assert (event["type"], event["actor"]) == ("LinkCreated", CALLER)
    assert event["detail"] == {"package": "en", "part": 1, "until": until}


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"package": "xx"}, (400, "InvalidValue", "package")),
        ({"package": "de", "files": ["a"]}, (400, "InvalidValue", "package")),
        ({"files": ["a"], "expiresInMinutes": 15}, (400, "InvalidValue", "expiresInMinutes")),
        ({"package": "de", "expiresInMinutes": 14}, (400, "InvalidValue", "expiresInMinutes")),
        ({"package": "de", "expiresInMinutes": 1441}, (400, "InvalidValue", "expiresInMinutes")),
        ({"package": "de", "expiresInMinutes": "15"}, (400, "InvalidValue", "expiresInMinutes")),
        ({"expiresInMinutes": 15}, (400, "MissingField", "files")),
        ({"package": "de"}, (404, "PackageNotFound", "package")),
    ],
)
async def test_a_request_for_links_to_a_package_that_can_not_be_had(
    api: ApiClient, body: Any, error: tuple[int, str, str]
) -> None:
    export_id = await api.run_to_end(await api.create())
    assert (await api.post(f"/exports/{export_id}/links", body)).error == error


async def test_there_are_no_links_to_a_package_that_is_not_made(api: ApiClient) -> None:
    export_id = await api.run_to_end(await api.create())
    await api.post(f"/exports/{export_id}/package", {})
    reply = await api.post(f"/exports/{export_id}/links", {"package": "en"})
    assert reply.error == (409, "PackageNotReady", None)


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (None, (400, "MissingBody", "body")),
        ({"language": "xx"}, (400, "InvalidValue", "language")),
        ({"language": None}, (400, "InvalidValue", "language")),
        ({"languages": "de"}, (400, "UnknownField", "languages")),
    ],
)
async def test_a_request_that_can_not_be_read_is_refused(
    api: ApiClient, body: Any, error: tuple[int, str, str]
) -> None:
    export_id = await api.run_to_end(await api.create())
    assert (await api.post(f"/exports/{export_id}/package", body)).error == error


async def test_a_package_that_nobody_has_requested(api: ApiClient) -> None:
    export_id = await ready(api, "en")
    assert (await api.get(f"/exports/{export_id}/package?language=de")).error == (404, "PackageNotFound", "language")
    assert (await api.get(f"/exports/{export_id}/package?language=xx")).error == (400, "InvalidValue", "language")
    assert (await api.get(f"/exports/{export_id}/package")).status == 200


async def test_what_the_state_does_not_allow_is_a_conflict(api: ApiClient) -> None:
    export_id = await api.create()
    path, body = f"/exports/{export_id}/package", {"language": "de"}
    assert (await api.post(path, body)).error == (409, "ExportNotSucceeded", None)
    await api.run_to_end(export_id)
    await api.post(path, body)
    await api.call("DELETE", f"/exports/{export_id}/data")
    assert (await api.post(path, body)).error == (409, "DataErased", None)
    assert (await api.get(f"{path}?language=de")).error == (404, "PackageNotFound", "language")
    assert (await api.post(f"/exports/{export_id}/links", {"package": "de"})).error == (409, "DataErased", None)


async def test_a_package_that_could_not_be_made_says_why_and_can_be_requested_again(api: ApiClient) -> None:
    export_id = await api.run_to_end(await api.create())
    (first, *_) = (await api.get(f"/exports/{export_id}/files")).body["value"]
    container = (await api.get(f"/exports/{export_id}")).body["storage"]["container"].rpartition("/")[2]
    api.fakes.pass_time(HOUR)
    content = api.fakes.account.containers[container].blobs[first["name"]].content
    api.fakes.account.write(container, first["name"], b"other")
    path = f"/exports/{export_id}/package"
    await api.post(path, {})
    await advance(api.fakes, export_id)
    failed = await api.get(path)
    assert (failed.status, failed.body["status"], failed.body["error"]["code"]) == (424, "Failed", "FileChanged")
    assert failed.body["error"]["message"].startswith("File 1 of the manifest has changed")
    assert (await api.post(path, {})).status == 202
    api.fakes.account.containers[container].blobs[first["name"]] = type(
        api.fakes.account.containers[container].blobs[first["name"]]
    )(content, api.fakes.clock() - DAY)
    await advance(api.fakes, export_id)
    assert (await api.get(path)).status == 200


@pytest.mark.parametrize(
    ("caller", "roles", "post", "get"),
    [
        (CALLER, ["Exports.Download"], 202, 202),
        (CALLER, ["Exports.Submit"], 403, 202),
        (CALLER, ["Exports.Admin"], 403, 202),
        (OTHER_CALLER, ["Exports.Download"], 404, 404),
        (OTHER_CALLER, ["Exports.Read"], 403, 202),
        (OTHER_CALLER, ["Exports.Download", "Exports.Read"], 202, 202),
        (OTHER_CALLER, ["Exports.Operate"], 403, 403),
    ],
)
async def test_who_may_have_a_package_made_and_follow_it(
    api: ApiClient, caller: str, roles: list[str], post: int, get: int
) -> None:
    export_id = await api.run_to_end(await api.create())
    await api.post(f"/exports/{export_id}/package", {})
    api.become(caller, *roles)
    assert (await api.post(f"/exports/{export_id}/package", {})).status == post
    assert (await api.get(f"/exports/{export_id}/package")).status == get


async def test_an_export_that_is_not_there(api: ApiClient) -> None:
    assert (await api.post(f"/exports/{UNKNOWN_ID}/package", {})).error == (404, "ExportNotFound", "id")
    assert (await api.get(f"/exports/{UNKNOWN_ID}/package")).error == (404, "ExportNotFound", "id")
