"""The probe of an export account, on a real account."""

from collections.abc import Callable

import pytest
from azure.storage.blob.aio import BlobServiceClient, ContainerClient

from local.stack.azurite import Azurite
from shared.bootstrap import utc_now
from shared.exports.ids import new_export_id
from shared.exports.states_and_codes import GrantKind
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
    assert await SasAccountProbe(containers, open_as_holder).probe(kind, utc_now()) == []
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

    faults = await SasAccountProbe(public, open_as_holder).probe(GrantKind.USER_DELEGATION, utc_now())
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
    (fault,) = await SasAccountProbe(wrong, open_as_holder).probe(GrantKind.STORED_POLICY, utc_now())
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
