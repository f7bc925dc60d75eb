"""The subscriptions, on a real table: as many as there may be, however many are added at once."""

import asyncio
from uuid import uuid4

import pytest

from shared.exports.exceptions import ConflictError, TooManySubscriptionsError, UnreadableRowError
from shared.exports.states_and_codes import Status
from shared.exports.subscription import MAX_SUBSCRIPTIONS, Subscription
from shared.protocols import Create, Delete, Table, Upsert
from shared.records.subscription_records import SubscriptionRecords
from tests.exports.samples import CALLER, DAY, NOW
from tests.fakes.in_memory_table import InMemoryTable

URL = "https://hooks.contoso.com/run?sig=secret"


def wanted(*statuses: Status, reference: str | None = None) -> Subscription:
    return Subscription(
        id=str(uuid4()), caller=CALLER, created_at=NOW, statuses=frozenset(statuses), reference=reference
    )


async def test_before_anybody_subscribed_there_is_nothing(table: Table) -> None:
    subscriptions = SubscriptionRecords(table)
    assert await subscriptions.all() == []
    assert await subscriptions.get(str(uuid4())) is None
    assert await subscriptions.url_of(str(uuid4())) is None


async def test_a_subscription_reads_back_and_its_url_is_asked_for_alone(table: Table) -> None:
    subscriptions = SubscriptionRecords(table)
    made = [wanted(), wanted(Status.FAILED, Status.CANCELED, reference="Ünï'cødé")]
    for subscription in made:
        assert await subscriptions.add(subscription, URL) == subscription
    assert sorted(await subscriptions.all(), key=lambda s: s.id) == sorted(made, key=lambda s: s.id)
    assert [await subscriptions.get(s.id) for s in made] == made
    assert await subscriptions.url_of(made[0].id) == URL
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
    assert await subscriptions.url_of(made.id) is None


def several(count: int) -> list[Subscription]:
    return [wanted(reference=str(number)) for number in range(count)]


async def count_of(table: Table) -> object:
    found = await table.get("subscription", "~count")
    return None if found is None else found.row["count"]


async def test_there_are_never_more_than_there_may_be_though_many_are_added_at_once(table: Table) -> None:
    first, *rest = several(MAX_SUBSCRIPTIONS - 5)
    await SubscriptionRecords(table).add(first, URL)  # makes the table
    await asyncio.gather(*(table.transact([create_of(each)]) for each in rest))  # by an earlier version
    await table.transact([Delete("subscription", "~count")])
    processes = [SubscriptionRecords(table) for _ in range(4)]
    added = await asyncio.gather(
        *(processes[number % 4].add(each, URL) for number, each in enumerate(several(20))), return_exceptions=True
    )
    refused = [each for each in added if not isinstance(each, Subscription)]
    assert {type(each) for each in refused} <= {TooManySubscriptionsError, ConflictError}
    assert TooManySubscriptionsError in map(type, refused)
    assert len(await processes[0].all()) == MAX_SUBSCRIPTIONS == await count_of(table)


async def test_adding_and_removing_at_once_keeps_the_count_right(table: Table) -> None:
    processes = [SubscriptionRecords(table) for _ in range(3)]
    kept, *gone = several(6)
    await processes[0].add(kept, URL)
    await asyncio.gather(*(processes[0].add(each, URL) for each in gone))
    await asyncio.gather(
        *(processes[number % 3].remove(each.id) for number, each in enumerate([*gone, *gone])),
        *(processes[1].add(each, URL) for each in several(4)),
        return_exceptions=True,
    )
    for each in gone:
        await processes[0].remove(each.id)
    assert await count_of(table) == len(await processes[0].all()) == 5


async def test_those_of_an_earlier_version_are_counted_once(table: Table) -> None:
    old = several(MAX_SUBSCRIPTIONS)
    await asyncio.gather(*(table.transact([create_of(each)]) for each in old))
    subscriptions = SubscriptionRecords(table)
    with pytest.raises(TooManySubscriptionsError):
        await subscriptions.add(wanted(), URL)
    assert await subscriptions.add(old[0], URL) == old[0], "it is there"
    await subscriptions.remove(old[0].id)
    assert await count_of(table) == MAX_SUBSCRIPTIONS - 1
    await subscriptions.add(wanted(), URL)
    with pytest.raises(TooManySubscriptionsError):
        await subscriptions.add(wanted(), URL)


@pytest.mark.parametrize("wrong", [MAX_SUBSCRIPTIONS, "many"])
async def test_a_count_that_is_too_high_or_no_number_is_corrected(table: Table, wrong: object) -> None:
    subscriptions, first = SubscriptionRecords(table), wanted()
    await subscriptions.add(first, URL)
    await table.transact([Upsert({"PartitionKey": "subscription", "RowKey": "~count", "count": wrong})])
    await subscriptions.add(wanted(), URL)
    assert await count_of(table) == 2


async def test_one_that_can_not_be_read_harms_itself_alone(table: Table) -> None:
    subscriptions, good, bad = SubscriptionRecords(table), wanted(), wanted()
    for each in (good, bad):
        await subscriptions.add(each, URL)
    await table.transact([Upsert({"PartitionKey": "subscription", "RowKey": bad.id, "statuses": "Paused"})])
    assert await subscriptions.all() == [good]
    with pytest.raises(UnreadableRowError):
        await subscriptions.get(bad.id)
    await subscriptions.remove(bad.id)
    assert await count_of(table) == 1


async def test_whoever_is_always_late_gives_up() -> None:
    class BusyTable(InMemoryTable):
        async def before(self, call: str) -> None:
            if call == "transact" and self.row("subscription", "~count") is not None:
                self.apply([Upsert({"PartitionKey": "subscription", "RowKey": "~count"})])

    table = BusyTable()
    subscriptions, first = SubscriptionRecords(table), wanted()
    await subscriptions.add(first, URL)
    with pytest.raises(ConflictError):
        await subscriptions.add(wanted(), URL)
    with pytest.raises(ConflictError):
        await subscriptions.remove(first.id)
    assert await subscriptions.all() == [first]


def create_of(subscription: Subscription) -> Create:
    """The row of a subscription, as an earlier version wrote it: without counting it."""
    row = {"PartitionKey": "subscription", "RowKey": subscription.id, "caller": CALLER, "createdDateTime": NOW}
    return Create(row | {"statuses": "", "reference": str(subscription.reference), "url": URL})
