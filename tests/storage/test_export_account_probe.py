"""The probe of an export account, on a real account."""

from collections.abc import Callable

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from azure.storage.blob.aio import BlobServiceClient, ContainerClient

from local.stack.azurite import Azurite
from shared.bootstrap import utc_now
from shared.exports.ids import new_export_id
from shared.exports.states_and_codes import GrantKind
from shared.protocols import HeldContainers
from shared.storage import export_account_probe, export_containers
from shared.storage.export_account_probe import SasAccountProbe
from shared.storage.export_containers import BlobExportContainers
from tests.exports.samples import DAY

OpenAsHolder = Callable[[str], ContainerClient]


@pytest.fixture
def open_as_holder(azurite: Azurite) -> OpenAsHolder:
    return lambda url: ContainerClient.from_container_url(url, retry_total=0, connection_verify=str(azurite.ca_bundle))


async def preflight_containers(blobs: BlobServiceClient) -> list[str]:
    return [each.name async for each in blobs.list_containers(name_starts_with="preflight-")]


@pytest.mark.parametrize("kind", list(GrantKind))
async def test_a_good_account_has_no_faults_and_nothing_is_left(
    containers: BlobExportContainers, blobs: BlobServiceClient, open_as_holder: OpenAsHolder, kind: GrantKind
) -> None:
    assert await SasAccountProbe(containers, open_as_holder=open_as_holder).probe(kind, utc_now()) == []
    assert await preflight_containers(blobs) == []


class PublicContainers(BlobExportContainers):
    """Containers that anybody may list and read, as an account allows where anonymous access is on."""

    async def create_named(self, name: str) -> str:
        url = await super().create_named(name)
        await self._keyed_client(url).set_container_access_policy({}, public_access="container")
        return url


async def test_anonymous_access_is_found(
    identified: BlobServiceClient, blobs: BlobServiceClient, azurite: Azurite, open_as_holder: OpenAsHolder
) -> None:
    public = PublicContainers(identified, blobs, azurite.account_key, "records")

    faults = await SasAccountProbe(public, open_as_holder=open_as_holder).probe(GrantKind.USER_DELEGATION, utc_now())
    assert [fault.partition(" without")[0] for fault in faults] == [
        "The container can be listed",
        "The container can be read",
    ]


async def test_a_grant_that_was_signed_with_another_key_is_found(
    identified: BlobServiceClient,
    blobs: BlobServiceClient,
    open_as_holder: OpenAsHolder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(export_account_probe, "_SETTLE_TRIES", 1)
    wrong = BlobExportContainers(identified, blobs, "d3Jvbmcga2V5", "records")
    (fault,) = await SasAccountProbe(wrong, open_as_holder=open_as_holder).probe(GrantKind.STORED_POLICY, utc_now())
    assert fault.startswith("The holder of the grant can't write. ")
    assert "sig=" not in fault
    assert await preflight_containers(blobs) == []


async def test_what_a_dead_process_left_is_removed(
    containers: BlobExportContainers,
    blobs: BlobServiceClient,
    open_as_holder: OpenAsHolder,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(export_containers, "CONTAINERS_PER_PAGE", 2)
    names = [f"preflight-{number}" for number in range(5)]
    for name in names:
        await containers.set_policy(await containers.create_named(name), utc_now() + 7 * DAY, utc_now())
    export = await containers.create(new_export_id(), 1)
    others = BlobExportContainers(blobs, None, None, "other records")
    await others.create_named("preflight-other")
    probe = SasAccountProbe(containers, open_as_holder)

    assert await probe.remove_left(utc_now() - DAY) == 0
    lease = await blobs.get_container_client(names[1]).acquire_lease(15)
    assert await probe.remove_left(utc_now() + DAY) == 4
    assert await preflight_containers(blobs) == [names[1], "preflight-other"]
    assert "LeaseIdMissing" in caplog.text
    await lease.release()
    assert await probe.remove_left(utc_now() + DAY) == 1
    await containers.list_files(export, None)
    await others.erase("preflight-other")


async def test_without_a_resource_id_no_settings_are_read(containers: BlobExportContainers) -> None:
    assert await SasAccountProbe(containers, ContainerClient.from_container_url).read_settings() is None


async def test_containers_that_nothing_holds_can_be_erased(containers: BlobExportContainers) -> None:
    url = await containers.create(new_export_id(), 1)
    assert await SasAccountProbe(containers, ContainerClient.from_container_url).find_held() == HeldContainers(
        (), is_complete=True
    )
    await containers.erase(url)


LISTING = """<?xml version="1.0" encoding="utf-8"?>
<EnumerationResults ServiceEndpoint="https://exports.blob.core.windows.net/"><Containers>
{containers}</Containers><NextMarker>{marker}</NextMarker></EnumerationResults>"""
CONTAINER = """<Container><Name>export-{name}</Name><Properties>
<Last-Modified>Thu, 26 Nov 2026 09:00:00 GMT</Last-Modified><Etag>"0x1"</Etag>{properties}
</Properties><Metadata><records>{owner}</records></Metadata></Container>"""
FLAG = {
    "hold": "<HasLegalHold>true</HasLegalHold>",
    "policy": "<HasImmutabilityPolicy>true</HasImmutabilityPolicy>",
    "versions": "<ImmutableStorageWithVersioningEnabled>true</ImmutableStorageWithVersioningEnabled>",
    "free": "<HasLegalHold>false</HasLegalHold><HasImmutabilityPolicy>false</HasImmutabilityPolicy>",
}


@pytest.mark.parametrize(("marker", "is_complete"), [("", True), ("next", False)])
async def test_what_azure_says_of_containers_that_are_held(marker: str, *, is_complete: bool) -> None:
    """Azurite holds nothing, so this is a listing as Azure returns it."""
    asked: list[web.Request] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request)
        own = [CONTAINER.format(name=name, properties=flag, owner="these records") for name, flag in FLAG.items()]
        other = CONTAINER.format(name="other", properties=FLAG["hold"], owner="other records")
        text = LISTING.format(containers="".join([*own, other]), marker=marker)
        return web.Response(text=text, content_type="application/xml")

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    async with (
        TestServer(app) as server,
        BlobServiceClient(f"http://127.0.0.1:{server.port}/exports", credential="a2V5") as service,
    ):
        containers = BlobExportContainers(service, None, None, "these records")
        held = await SasAccountProbe(containers, ContainerClient.from_container_url).find_held()
    assert held == HeldContainers(("export-hold", "export-policy", "export-versions"), is_complete=is_complete)
    (request,) = asked
    assert (request.query["prefix"], request.query["maxresults"]) == ("export-", "5000")
