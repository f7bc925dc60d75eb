"""Signed URLs, on a real account: what they let their holders do, and what they don't."""

import re
import ssl
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from azure.core.exceptions import HttpResponseError
from azure.storage.blob import ContentSettings
from azure.storage.blob.aio import BlobClient, BlobServiceClient, ContainerClient

from local.stack.azurite import Azurite
from shared.bootstrap import utc_now
from shared.exports.export import Grant
from shared.exports.grant_lifetime import new_grant
from shared.exports.ids import new_export_id
from shared.exports.states_and_codes import GrantKind
from shared.storage.export_containers import BlobExportContainers
from shared.storage.sas_urls import container_name

KINDS = [GrantKind.STORED_POLICY, GrantKind.USER_DELEGATION]


@pytest.fixture
def now() -> datetime:
    return utc_now()


@pytest.fixture
def holder(azurite: Azurite) -> Callable[[str], ContainerClient]:
    """A client that has nothing but the signed URL, as Microsoft."""
    return lambda url: ContainerClient.from_container_url(url, connection_verify=str(azurite.ca_bundle))


def refused() -> AbstractContextManager[object]:
    return pytest.raises(HttpResponseError, check=lambda error: error.status_code == 403)


async def granted(containers: BlobExportContainers, container: str, kind: GrantKind, now: datetime) -> str:
    grant = new_grant(kind, now)
    if kind is GrantKind.STORED_POLICY:
        await containers.set_policy(container, grant.expires_at, now)
    return await containers.sign_write_url(container, grant, now)


@pytest.mark.parametrize("kind", KINDS)
async def test_microsoft_can_create_append_and_write_and_no_more(
    containers: BlobExportContainers,
    container: str,
    kind: GrantKind,
    now: datetime,
    holder: Callable[[str], ContainerClient],
) -> None:
    async with holder(await granted(containers, container, kind, now)) as client:
        note = client.get_blob_client("RequestInfo.json")
        await note.create_append_blob()
        await note.append_block(b"{}")
        await client.upload_blob("Exchange/mail.json", b"data")
        await client.upload_blob("Exchange/mail.json", b"data again", overwrite=True)
        with refused():
            await note.download_blob()
        with refused():
            _ = [blob async for blob in client.list_blobs()]
        with refused():
            await note.delete_blob()


@pytest.mark.parametrize("kind", KINDS)
async def test_it_is_for_one_container_over_https_and_no_account_sas(
    containers: BlobExportContainers,
    container: str,
    kind: GrantKind,
    now: datetime,
    holder: Callable[[str], ContainerClient],
) -> None:
    url = await granted(containers, container, kind, now)
    query = parse_qs(urlsplit(url).query)
    assert (query["sr"], query["spr"]) == (["c"], ["https"])
    assert query.get("sp", ["acw"]) == ["acw"], "a stored policy has the permissions itself"
    assert "ss" not in query
    assert "sip" not in query
    other = await containers.create(new_export_id(), 1)
    async with holder(f"{other}?{urlsplit(url).query}") as client:
        with refused():
            await client.upload_blob("x", b"x")


async def test_a_user_delegation_starts_a_quarter_of_an_hour_back(
    containers: BlobExportContainers, container: str, now: datetime
) -> None:
    query = parse_qs(urlsplit(await granted(containers, container, GrantKind.USER_DELEGATION, now)).query)
    start, end = (datetime.fromisoformat(query[name][0]) for name in ("st", "se"))
    assert now - start >= timedelta(minutes=15)
    assert end - now <= timedelta(days=7)
    assert "skoid" in query


async def test_a_policy_can_be_moved_and_taken_away_under_the_same_url(
    containers: BlobExportContainers, container: str, now: datetime, holder: Callable[[str], ContainerClient]
) -> None:
    await containers.set_policy(container, now - timedelta(minutes=1), now)
    async with holder(await containers.sign_write_url(container, Grant(GrantKind.STORED_POLICY, now), now)) as client:
        with refused():
            await client.upload_blob("early", b"x")
        await containers.set_policy(container, now + timedelta(days=7), now)
        await client.upload_blob("extended", b"x")
        assert await containers.has_policy(container)
        await containers.remove_policy(container)
        assert not await containers.has_policy(container)
        with refused():
            await client.upload_blob("late", b"x")
    await containers.remove_policy(container)
    await containers.remove_policy(container + "-gone")
    assert not await containers.has_policy(container + "-gone")


@pytest.mark.parametrize(
    ("name", "disposition"),
    [
        ("Exchange/a.json", "attachment; filename=\"a.json\"; filename*=UTF-8''a.json"),
        (
            'OneDrive/Müller "日" 100%.html',
            "attachment; filename=\"M_ller ___ 100_.html\"; filename*=UTF-8''M%C3%BCller%20_%E6%97%A5_%20100%25.html",
        ),
        (f"{'x' * 1000}.pst", f"attachment; filename=\"{'x' * 146}.pst\"; filename*=UTF-8''{'x' * 146}.pst"),
    ],
)
async def test_what_a_download_link_reads_is_saved_and_not_shown(
    containers: BlobExportContainers,
    container: str,
    now: datetime,
    blobs: BlobServiceClient,
    azurite: Azurite,
    name: str,
    disposition: str,
) -> None:
    page = b"<script>alert(document.domain)</script>"
    settings = ContentSettings("text/html", content_disposition="inline", cache_control="public")
    client = blobs.get_container_client(container_name(container))
    await client.upload_blob(name, page, content_settings=settings)
    (url,) = await containers.sign_read_urls(container, [name], now, now + timedelta(minutes=15))
    async with httpx.AsyncClient(verify=ssl.create_default_context(cafile=azurite.ca_bundle)) as browser:
        answer = await browser.get(url)
        assert (answer.status_code, answer.content) == (200, page)
        assert answer.headers["Content-Disposition"] == disposition
        assert answer.headers["Cache-Control"] == "no-store"
        assert (await browser.get(re.sub("rscd=[^&]*", "rscd=inline", url))).status_code == 403
        assert (await browser.get(re.sub("&rscd=[^&]*", "", url))).status_code == 403


async def test_a_download_link_reads_its_file_for_minutes_and_nothing_else(
    containers: BlobExportContainers, container: str, now: datetime, blobs: BlobServiceClient, azurite: Azurite
) -> None:
    client, names = blobs.get_container_client(container_name(container)), ["Exchange/a é.json", "b?#.txt"]
    for name in names:
        await client.upload_blob(name, name.encode())
    urls = await containers.sign_read_urls(container, names, now, now + timedelta(minutes=15))
    for name, url in zip(names, urls, strict=True):
        query = parse_qs(urlsplit(url).query)
        assert (query["sp"], query["sr"], query["spr"]) == (["r"], ["b"], ["https"])
        assert datetime.fromisoformat(query["se"][0]) <= now + timedelta(minutes=15)
        async with BlobClient.from_blob_url(url, connection_verify=str(azurite.ca_bundle)) as link:
            assert await (await link.download_blob()).readall() == name.encode()
            with refused():
                await link.delete_blob()
    other = BlobClient.from_blob_url(
        f"{client.get_blob_client(names[1]).url}?{urlsplit(urls[0]).query}", connection_verify=str(azurite.ca_bundle)
    )
    async with other:
        with refused():
            await other.download_blob()
