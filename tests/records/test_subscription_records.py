"""The subscriptions, on a real table."""

from uuid import uuid4

from shared.exports.states_and_codes import Status
from shared.exports.subscription import Subscription
from shared.protocols import Table
from shared.records.callback_secrets import CallbackSecrets
from shared.records.subscription_records import SubscriptionRecords
from tests.exports.samples import CALLER, DAY, NOW

URL = "https://hooks.contoso.com/run?sig=secret"


def wanted(*statuses: Status, reference: str | None = None) -> Subscription:
    return Subscription(
        id=str(uuid4()), caller=CALLER, created_at=NOW, statuses=frozenset(statuses), reference=reference
    )


async def test_before_anybody_subscribed_there_is_nothing(table: Table) -> None:
    subscriptions = SubscriptionRecords(table)
    assert await subscriptions.all() == []
    assert await subscriptions.get(str(uuid4())) is None
    assert await CallbackSecrets(table, table).subscription_url(str(uuid4())) is None


async def test_a_subscription_reads_back_and_its_url_is_asked_for_alone(table: Table) -> None:
    subscriptions = SubscriptionRecords(table)
    made = [wanted(), wanted(Status.FAILED, Status.CANCELED, reference="Ünï'cødé")]
    for subscription in made:
        assert await subscriptions.add(subscription, URL) == subscription
    assert sorted(await subscriptions.all(), key=lambda s: s.id) == sorted(made, key=lambda s: s.id)
    assert [await subscriptions.get(s.id) for s in made] == made
    assert await CallbackSecrets(table, table).subscription_url(made[0].id) == URL
    assert "secret" not in repr(await subscriptions.all())


async def test_one_that_is_there_stays_as_it_is(table: Table) -> None:
    subscriptions, first = SubscriptionRecords(table), wanted()
    await subscriptions.add(first, URL)
    again = Subscription(id=first.id, caller=CALLER, created_at=NOW + DAY, statuses=frozenset(), reference=None)
    assert await subscriptions.add(again, URL) == first
    assert await subscriptions.all() == [first]


async def test_what_is_removed_is_gone_and_can_be_removed_again(table: Table) -> None:
    subscriptions, made = SubscriptionRecords(table), wanted()
    await subscriptions.add(made, URL)
    await subscriptions.remove(made.id)
    await subscriptions.remove(made.id)
    assert await subscriptions.all() == []
    assert await CallbackSecrets(table, table).subscription_url(made.id) is None
