"""The subscriptions, on a real table: as many as there may be, however many are added at once, until they expire."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import uuid4

import pytest

from local.stack.azurite import Azurite
from shared.exports.exceptions import ConflictError, TooManySubscriptionsError, UnreadableRowError
from shared.exports.export import FUNCTION_KEY_CALLER
from shared.exports.states_and_codes import Status
from shared.exports.subscription import LIFETIME, MAX_SUBSCRIPTIONS, MAX_SUBSCRIPTIONS_OF_CALLER, Subscription
from shared.protocols import CallbackReceiver, Create, Delete, Table, Upsert
from shared.records.callback_secrets import CallbackSecrets
from shared.records.subscription_records import SubscriptionRecords
from shared.storage.azure_table import AzureTable
from tests.azure_tables import table_client, unique_name
from tests.exports.samples import CALLER, DAY, ENDED, HANDED_OVER, MINUTE, NOW, subscribed
from tests.fakes.in_memory_table import InMemoryTable

OTHER = "another id of secrets"
RECEIVER = CallbackReceiver("https://hooks.contoso.com/run?sig=secret", "whsec_secret")


class Records(SubscriptionRecords):
    """Subscriptions, with the tables below them, as one process has them."""

    def __init__(self, table: Table, secrets_table: Table) -> None:
        self.table, self.secrets_table = table, secrets_table
        self.secrets = CallbackSecrets(secrets_table, InMemoryTable(), table)
        super().__init__(table, self.secrets)

    def of_another_process(self) -> "Records":
        return Records(self.table, self.secrets_table)

    async def kept(self) -> int:
        """How many subscriptions have secrets."""
        return len([row async for row in self.secrets_table.range("subscription", "", "~")])


@pytest.fixture
async def records(table: Table, azurite: Azurite) -> AsyncIterator[Records]:
    async with table_client(azurite, unique_name()) as client:
        yield Records(table, AzureTable(client))


def in_memory() -> Records:
    return Records(InMemoryTable(), InMemoryTable())


def wanted(*statuses: Status, reference: str | None = None, caller: str = "") -> Subscription:
    """Of a caller of its own, unless one is given."""
    return subscribed(str(uuid4()), *statuses, reference=reference, caller=caller or str(uuid4()))


def several(count: int, caller: str = "") -> list[Subscription]:
    return [wanted(reference=str(number), caller=caller) for number in range(count)]


def create_of(subscription: Subscription) -> Create:
    """The row of a subscription as version 1.0.0 wrote it."""
    row = {"PartitionKey": "subscription", "RowKey": subscription.id, "caller": CALLER, "createdDateTime": NOW}
    return Create(row | {"statuses": "", "reference": str(subscription.reference), "url": f"{RECEIVER.url}&old"})


async def test_before_anybody_subscribed_there_is_nothing(records: Records) -> None:
    assert await records.all() == []
    assert await records.get(str(uuid4())) is None
    assert await records.secrets.receiver(wanted()) is None
    assert await records.remove_expired(NOW) == []


async def test_a_subscription_reads_back_and_its_secrets_are_asked_for_alone(records: Records) -> None:
    both = replace(wanted(), events=ENDED | HANDED_OVER)
    made = [wanted(), both, wanted(Status.FAILED, Status.CANCELED, reference="Ünï'cødé")]
    for subscription in made:
        assert await records.add(subscription, RECEIVER) == subscription
    assert sorted(await records.all(), key=lambda s: s.id) == sorted(made, key=lambda s: s.id)
    assert [await records.get(s.id) for s in made] == made
    assert await records.secrets.receiver(made[0]) == RECEIVER
    rows = [str(row) async for row in records.table.range("subscription", "", "~")]
    assert not [row for row in rows if "sig=" in row or "whsec_" in row]
    assert "sig=" not in repr(RECEIVER)
    assert "whsec_" not in repr(RECEIVER)


async def test_one_that_is_there_is_renewed_and_keeps_its_secrets(records: Records) -> None:
    first = await records.add(wanted(), RECEIVER)
    again = replace(first, created_at=NOW + DAY, expires_at=NOW + DAY + LIFETIME, secret_id=OTHER)
    stored = await records.add(again, CallbackReceiver(RECEIVER.url, "whsec_other"))
    assert stored == replace(first, expires_at=NOW + DAY + LIFETIME)
    assert await records.all() == [stored]
    assert await records.secrets.receiver(stored) == RECEIVER
    assert await records.kept() == 1


async def test_what_is_removed_is_gone_with_its_secrets_and_can_be_removed_again(records: Records) -> None:
    made = await records.add(wanted(), RECEIVER)
    for _ in range(2):
        await records.remove(made)
        assert await records.all() == []
        assert await records.kept() == 0


async def test_after_it_was_deleted_the_same_subscription_gets_new_secrets(records: Records) -> None:
    first = await records.add(wanted(), RECEIVER)
    await records.remove(first)
    again = replace(first, created_at=NOW + MINUTE, secret_id=OTHER)
    assert await records.add(again, CallbackReceiver(RECEIVER.url, "whsec_other")) == again
    assert await records.secrets.receiver(again) == CallbackReceiver(RECEIVER.url, "whsec_other")


async def test_if_it_is_asked_for_twice_at_once_one_has_made_it_and_its_secret_counts(records: Records) -> None:
    tries = [replace(wanted(), id="00000000-0000-4000-8000-000000000001", caller=CALLER) for _ in range(4)]
    tries = [replace(each, secret_id=f"secret-{number}") for number, each in enumerate(tries)]
    processes = [records.of_another_process() for _ in tries]
    await records.add(wanted(), RECEIVER)  # makes the tables
    stored = await asyncio.gather(
        *(
            process.add(each, CallbackReceiver(RECEIVER.url, f"whsec_{each.secret_id}"))
            for process, each in zip(processes, tries, strict=True)
        )
    )
    assert len({each.secret_id for each in stored}) == 1
    receiver = await records.secrets.receiver(stored[0])
    assert receiver is not None
    assert receiver.signing_secret == f"whsec_{stored[0].secret_id}"
    await records.secrets.remove_left_receivers(NOW + DAY)
    assert await records.kept() == 2
    assert await records.secrets.receiver(stored[0]) == receiver


async def test_there_are_never_more_than_there_may_be_though_many_are_added_at_once(records: Records) -> None:
    first, *rest = several(MAX_SUBSCRIPTIONS - 5)
    await records.add(first, RECEIVER)  # makes the table
    await asyncio.gather(*(records.table.transact([create_of(each)]) for each in rest))  # by an earlier version
    processes = [records.of_another_process() for _ in range(4)]
    added = await asyncio.gather(
        *(processes[number % 4].add(each, RECEIVER) for number, each in enumerate(several(20))), return_exceptions=True
    )
    refused = [each for each in added if not isinstance(each, Subscription)]
    assert {type(each) for each in refused} <= {TooManySubscriptionsError, ConflictError}
    assert TooManySubscriptionsError in map(type, refused)
    assert len(await records.all()) == MAX_SUBSCRIPTIONS


async def test_a_caller_has_its_own_limit(records: Records) -> None:
    made = several(MAX_SUBSCRIPTIONS_OF_CALLER, CALLER)
    for each in made:
        await records.add(each, RECEIVER)
    with pytest.raises(TooManySubscriptionsError) as refused:
        await records.add(wanted(caller=CALLER), RECEIVER)
    assert refused.value.limit == MAX_SUBSCRIPTIONS_OF_CALLER
    assert await records.kept() == len(made)
    await records.add(wanted(), RECEIVER)
    assert await records.add(made[0], RECEIVER) == made[0], "it is there"
    await records.remove(made[1])
    await records.add(wanted(caller=CALLER), RECEIVER)


async def test_whoever_calls_with_a_key_is_everybody_and_has_the_limit_of_all() -> None:
    records = in_memory()
    for each in several(MAX_SUBSCRIPTIONS, FUNCTION_KEY_CALLER):
        await records.add(each, RECEIVER)
    with pytest.raises(TooManySubscriptionsError) as refused:
        await records.add(wanted(caller=FUNCTION_KEY_CALLER), RECEIVER)
    assert refused.value.limit == MAX_SUBSCRIPTIONS


async def test_one_of_version_1_0_0_goes_on_with_its_url_and_the_secret_of_the_deployment(records: Records) -> None:
    old = wanted(reference="r")
    await records.table.transact([create_of(old)])
    found = await records.get(old.id)
    assert found is not None
    assert (found.expires_at, found.secret_id) == (None, None)
    receiver = CallbackReceiver(f"{RECEIVER.url}&old", None)
    assert await records.secrets.receiver(found) == receiver
    assert await records.remove_expired(NOW) == []
    (renewed,) = await records.all()
    assert renewed == replace(found, expires_at=NOW + LIFETIME)
    again = await records.add(replace(old, created_at=NOW + DAY), RECEIVER)
    assert again == replace(found, expires_at=NOW + DAY + LIFETIME)
    assert await records.secrets.receiver(again) == receiver
    await records.remove(again)
    assert await records.secrets.receiver(again) is None


async def test_it_is_renewed(records: Records) -> None:
    made = await records.add(wanted(Status.FAILED, reference="r"), RECEIVER)
    await records.renew(made, NOW + DAY)
    assert await records.get(made.id) == replace(made, expires_at=NOW + DAY + LIFETIME)


async def test_one_that_is_deleted_is_not_renewed_back_to_life() -> None:
    records = in_memory()
    made = await records.add(wanted(), RECEIVER)
    await records.remove(made)
    await records.renew(made, NOW + DAY)
    assert await records.all() == []


async def test_one_that_is_deleted_while_it_is_renewed_stays_deleted() -> None:
    class DeletingTable(InMemoryTable):
        async def before(self, call: str) -> None:
            if call == "transact" and self.row("subscription", made.id) is not None and is_armed:
                self.apply([Delete("subscription", made.id)])

    is_armed, made = False, wanted()
    records = Records(DeletingTable(), InMemoryTable())
    await records.add(made, RECEIVER)
    is_armed = True
    await records.renew(made, NOW + DAY)
    assert await records.all() == []


async def test_those_that_have_expired_are_removed_with_their_secrets(records: Records) -> None:
    expired, kept = wanted(), replace(wanted(), expires_at=NOW + LIFETIME + DAY)
    for each in (expired, kept):
        await records.add(each, RECEIVER)
    assert await records.remove_expired(NOW + LIFETIME - MINUTE) == []
    assert await records.remove_expired(NOW + LIFETIME) == [expired]
    assert await records.all() == [kept]
    assert await records.kept() == 1


async def test_one_that_is_subscribed_again_while_it_is_removed_stays() -> None:
    class RenewingTable(InMemoryTable):
        async def before(self, call: str) -> None:
            if call == "transact" and self.row("subscription", expired.id) is not None and clock:
                clock.clear()
                await other.add(replace(expired, created_at=NOW + LIFETIME), RECEIVER)

    clock: list[str] = []
    expired = wanted()
    records = Records(RenewingTable(), InMemoryTable())
    other = records.of_another_process()
    await records.add(expired, RECEIVER)
    clock.append("expired")
    assert await records.remove_expired(NOW + LIFETIME) == []
    assert await records.all() == [replace(expired, expires_at=NOW + 2 * LIFETIME)]
    assert await records.kept() == 1


async def test_one_that_was_renewed_since_it_was_read_stays() -> None:
    class RenewingTable(InMemoryTable):
        async def before(self, call: str) -> None:
            if call == "get" and is_armed:
                row = {"PartitionKey": "subscription", "RowKey": expired.id}
                self.apply([Upsert({**row, "expiresDateTime": NOW + 2 * LIFETIME})])

    is_armed, expired = False, wanted()
    records = Records(RenewingTable(), InMemoryTable())
    await records.add(expired, RECEIVER)
    is_armed = True
    assert await records.remove_expired(NOW + LIFETIME) == []
    assert len(await records.all()) == 1


async def test_one_that_can_not_be_read_harms_itself_alone(records: Records) -> None:
    good, bad = wanted(), wanted()
    for each in (good, bad):
        await records.add(each, RECEIVER)
    await records.table.transact([Upsert({"PartitionKey": "subscription", "RowKey": bad.id, "statuses": "Paused"})])
    assert await records.all() == [good]
    with pytest.raises(UnreadableRowError):
        await records.get(bad.id)
    with pytest.raises(UnreadableRowError):
        await records.add(bad, RECEIVER)
    assert await records.secrets.remove_left_receivers(NOW + DAY) == 0


async def test_whoever_is_always_late_gives_up() -> None:
    class BusyTable(InMemoryTable):
        async def before(self, call: str) -> None:
            if call == "transact" and self.row("subscription", "~lock") is not None:
                self.apply([Upsert({"PartitionKey": "subscription", "RowKey": "~lock"})])

    records = Records(BusyTable(), InMemoryTable())
    first = await records.add(wanted(), RECEIVER)
    for late in (wanted(), first):
        with pytest.raises(ConflictError):
            await records.add(late, RECEIVER)
    assert await records.all() == [first]


async def test_the_sweep_removes_secrets_that_no_subscription_needs(records: Records) -> None:
    kept, deleted, never_recorded = (wanted() for _ in range(3))
    for each in (kept, deleted):
        await records.add(each, RECEIVER)
    await records.table.transact([Delete("subscription", deleted.id)])
    for each in (never_recorded, replace(kept, secret_id=OTHER)):
        await records.secrets.store_receiver(each, RECEIVER)
    assert await records.secrets.remove_left_receivers(NOW) == 0, "they may be about to be recorded"
    assert await records.secrets.remove_left_receivers(NOW + MINUTE) == 3
    assert await records.secrets.receiver(kept) == RECEIVER
