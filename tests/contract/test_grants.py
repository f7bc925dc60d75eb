"""Grants: whom they let write, until when, and how they are taken away."""

from datetime import datetime, timedelta

import pytest

from shared.bootstrap import utc_now
from shared.exports.exceptions import StorageRefusedError
from shared.exports.export import Grant
from shared.exports.grant_lifetime import new_grant
from shared.exports.ids import new_export_id
from shared.exports.states_and_codes import GrantKind
from tests.contract.harness import Harness


@pytest.fixture
async def container(harness: Harness) -> str:
    return await harness.containers.create(new_export_id(), 1)


@pytest.fixture
def now() -> datetime:
    return utc_now()


async def test_a_stored_policy_lets_write_while_it_lasts(harness: Harness, container: str, now: datetime) -> None:
    url = await harness.containers.sign_write_url(container, new_grant(GrantKind.STORED_POLICY, now), now)
    assert not await harness.can_write(url)
    await harness.containers.set_policy(container, now + timedelta(days=7), now)
    assert await harness.can_write(url)
    await harness.containers.set_policy(container, now - timedelta(minutes=1), now)
    assert not await harness.can_write(url)
    await harness.containers.set_policy(container, now + timedelta(days=7), now)
    assert await harness.can_write(url)


async def test_a_policy_that_is_taken_away_lets_nobody_write(harness: Harness, container: str, now: datetime) -> None:
    url = await harness.containers.sign_write_url(container, new_grant(GrantKind.STORED_POLICY, now), now)
    await harness.containers.set_policy(container, now + timedelta(days=7), now)
    assert await harness.containers.has_policy(container)
    await harness.containers.remove_policy(container)
    assert not await harness.containers.has_policy(container)
    assert not await harness.can_write(url)
    await harness.containers.remove_policy(container)


async def test_a_user_delegation_needs_no_policy_and_outlives_its_removal(
    harness: Harness, container: str, now: datetime
) -> None:
    url = await harness.containers.sign_write_url(container, new_grant(GrantKind.USER_DELEGATION, now), now)
    assert await harness.can_write(url)
    await harness.containers.remove_policy(container)
    assert await harness.can_write(url)


async def test_a_user_delegation_that_has_ended(harness: Harness, container: str, now: datetime) -> None:
    ended = Grant(GrantKind.USER_DELEGATION, now - timedelta(seconds=1))
    assert not await harness.can_write(await harness.containers.sign_write_url(container, ended, now))


@pytest.mark.parametrize("kind", list(GrantKind))
async def test_a_url_has_a_signature_of_its_own_container(
    harness: Harness, container: str, kind: GrantKind, now: datetime
) -> None:
    url = await harness.containers.sign_write_url(container, new_grant(kind, now), now)
    assert url.partition("?")[0] == container
    assert "sig=" in url
    other = await harness.containers.create(new_export_id(), 1)
    await harness.containers.set_policy(other, now + timedelta(days=7), now)
    assert (
        url.partition("?")[2]
        != (await harness.containers.sign_write_url(other, new_grant(kind, now), now)).partition("?")[2]
    )


async def test_a_container_that_is_gone(harness: Harness, container: str, now: datetime) -> None:
    gone = container + "9"
    await harness.containers.remove_policy(gone)
    assert not await harness.containers.has_policy(gone)
    with pytest.raises(StorageRefusedError):
        await harness.containers.set_policy(gone, now + timedelta(days=1), now)


async def test_nobody_can_write_into_an_erased_container(harness: Harness, container: str, now: datetime) -> None:
    url = await harness.containers.sign_write_url(container, new_grant(GrantKind.USER_DELEGATION, now), now)
    await harness.containers.erase(container)
    assert not await harness.can_write(url)
