"""The subscriptions, on a real table."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from azure.core.credentials import AzureNamedKeyCredential
from azure.data.tables.aio import TableClient

from local.stack.azurite import Azurite
from shared.exports.states_and_codes import Status
from shared.exports.subscription import Subscription
from shared.records.subscription_records import SubscriptionRecords
from tests.exports.samples import CALLER, DAY, NOW

URL = "https://hooks.contoso.com/run?sig=secret"


@pytest.fixture
async def table(azurite: Azurite) -> AsyncIterator[TableClient]:
    """A table of its own, which is not made yet."""
    credential = AzureNamedKeyCredential(azurite.records_account, azurite.records_key)
    name, ca_bundle = f"Subscriptions{uuid4().hex}", str(azurite.ca_bundle)
    async with TableClient(azurite.table_endpoint, name, credential=credential, connection_verify=ca_bundle) as client:
        yield client


def wanted(*statuses: Status, reference: str | None = None) -> Subscription:
    return Subscription(
        id=str(uuid4()), caller=CALLER, created_at=NOW, statuses=frozenset(statuses), reference=reference
    )


async def test_before_anybody_subscribed_there_is_nothing(table: TableClient) -> None:
    subscriptions = SubscriptionRecords(table)
    assert await subscriptions.all() == []
    assert await subscriptions.get(str(uuid4())) is None
    assert await subscriptions.url(str(uuid4())) is None


async def test_a_subscription_reads_back_and_its_url_is_asked_for_alone(table: TableClient) -> None:
    subscriptions = SubscriptionRecords(table)
    made = [wanted(), wanted(Status.FAILED, Status.CANCELED, reference="Ünï'cødé")]
    for subscription in made:
        assert await subscriptions.add(subscription, URL) == subscription
    assert sorted(await subscriptions.all(), key=lambda s: s.id) == sorted(made, key=lambda s: s.id)
    assert [await subscriptions.get(s.id) for s in made] == made
    assert await subscriptions.url(made[0].id) == URL
    assert "secret" not in repr(await subscriptions.all())


async def test_one_that_is_there_stays_as_it_is(table: TableClient) -> None:
    subscriptions, first = SubscriptionRecords(table), wanted()
    await subscriptions.add(first, URL)
    again = Subscription(id=first.id, caller=CALLER, created_at=NOW + DAY, statuses=frozenset(), reference=None)
    assert await subscriptions.add(again, URL) == first
    assert await subscriptions.all() == [first]


async def test_what_is_removed_is_gone_and_can_be_removed_again(table: TableClient) -> None:
    subscriptions, made = SubscriptionRecords(table), wanted()
    await subscriptions.add(made, URL)
    await subscriptions.remove(made.id)
    await subscriptions.remove(made.id)
    assert await subscriptions.all() == []
    assert await subscriptions.url(made.id) is None
