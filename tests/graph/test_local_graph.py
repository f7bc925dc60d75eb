"""The three calls against the Graph that behaves like the service, with a real grant on a real account."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from azure.storage.blob.aio import BlobServiceClient

from local.graph.tenant_directory import SEEDED_PROFILES, SEEDED_USERS
from local.stack.azurite import Azurite
from shared.bootstrap import utc_now
from shared.exports.export import Subject
from shared.exports.graph_results import Accepted, Operation, Refused
from shared.exports.ids import new_export_id
from shared.exports.states_and_codes import GrantKind, SubjectType
from shared.exports.transitions.write_grant import new_grant
from shared.graph.graph_calls import GraphCalls
from shared.storage.export_containers import BlobExportContainers
from shared.storage.sas_urls import Grants
from tests.credentials import Identity
from tests.exports.samples import OPERATION

USER = Subject(SubjectType.USER, SEEDED_USERS[0].id)
INBOUND = Subject(SubjectType.INBOUND_SHARED_USER_PROFILE, SEEDED_PROFILES[0].id)


class Account:
    """The account that exports land in, as the product uses it."""

    def __init__(self, containers: BlobExportContainers, grants: Grants) -> None:
        self.containers = containers
        self.grants = grants

    async def signed_url(self, kind: GrantKind) -> str:
        now = utc_now()
        grant = new_grant(kind, now)
        container = await self.containers.create(self.containers.name(new_export_id(), 1))
        if kind is GrantKind.STORED_POLICY:
            await self.grants.set_policy(container, grant.expires_at, now)
        return await self.grants.url(container, grant, now)


@pytest.fixture
async def account(azurite: Azurite, key_folder: Path) -> AsyncIterator[Account]:
    verify = str(azurite.ca_bundle)
    async with (
        BlobServiceClient(azurite.blob_endpoint, credential=Identity(key_folder), connection_verify=verify) as service,
        BlobServiceClient(azurite.blob_endpoint, credential=azurite.account_key, connection_verify=verify) as keyed,
    ):
        yield Account(BlobExportContainers(service, "records"), Grants(service, keyed, azurite.account_key))


@pytest.mark.parametrize("kind", list(GrantKind))
@pytest.mark.parametrize("subject", [USER, INBOUND], ids=["user", "inbound"])
async def test_the_service_takes_the_grant_and_names_an_operation_that_can_be_read(
    graph: GraphCalls, account: Account, subject: Subject, kind: GrantKind
) -> None:
    url = await account.signed_url(kind)
    accepted = await graph.submit_export(subject, url)
    assert isinstance(accepted, Accepted)
    assert isinstance(await graph.read_operation(accepted.operation_id), Operation)
    assert await account.containers.operation_id(url.partition("?")[0]) == accepted.operation_id


async def test_a_container_is_taken_once(graph: GraphCalls, account: Account) -> None:
    url = await account.signed_url(GrantKind.STORED_POLICY)
    await graph.submit_export(USER, url)
    refused = await graph.submit_export(USER, url)
    assert isinstance(refused, Refused)
    assert refused.code == "StorageLocationAlreadyUsed"


async def test_an_unknown_user_and_an_unknown_operation(graph: GraphCalls, account: Account) -> None:
    url = await account.signed_url(GrantKind.STORED_POLICY)
    nobody = await graph.submit_export(Subject(SubjectType.USER, new_export_id()), url)
    assert isinstance(nobody, Refused)
    assert nobody.status == 404
    nothing = await graph.read_operation(OPERATION)
    assert isinstance(nothing, Refused)
    assert nothing.code == "OperationNotFound"


async def test_a_user_is_resolved(graph: GraphCalls) -> None:
    assert await graph.resolve_user(SEEDED_USERS[0].user_principal_name) == USER.id
    unknown = await graph.resolve_user("nobody@contoso.example")
    assert isinstance(unknown, Refused)
    assert unknown.status == 404
