"""Graph: what it takes on, what it refuses and in which words, and how an operation ends."""

from datetime import datetime

import pytest

from local.graph.tenant_directory import SEEDED_USERS
from shared.bootstrap import utc_now
from shared.exports.export import Subject
from shared.exports.graph_results import Accepted, NotDone, Operation, OperationStatus, Refused
from shared.exports.ids import new_export_id
from shared.exports.states_and_codes import GrantKind, SubjectType
from shared.exports.transitions.write_grant import new_grant
from tests.contract.bench import Bench
from tests.exports.samples import OPERATION
from tests.simulation.world.service import Fate

USER = Subject(SubjectType.USER, SEEDED_USERS[0].id)
POLICY = GrantKind.STORED_POLICY


@pytest.fixture
async def container(bench: Bench) -> str:
    return await bench.containers.create(bench.containers.name(new_export_id(), 1))


@pytest.fixture
def now() -> datetime:
    return utc_now()


async def signed(bench: Bench, container: str, kind: GrantKind, now: datetime) -> str:
    grant = new_grant(kind, now)
    if kind is POLICY:
        await bench.grants.set_policy(container, grant.expires_at, now)
    return await bench.grants.url(container, grant, now)


async def operation(bench: Bench, container: str, fate: Fate, now: datetime) -> str:
    await bench.next_operation(fate)
    accepted = await bench.graph.submit_export(USER, await signed(bench, container, POLICY, now))
    assert isinstance(accepted, Accepted)
    return accepted.operation_id


async def refusal(bench: Bench, url: str, subject: Subject = USER) -> str:
    answer = await bench.graph.submit_export(subject, url)
    assert isinstance(answer, Refused), answer
    return f"{answer.status} {answer.code}"


@pytest.mark.parametrize("kind", list(GrantKind))
async def test_the_container_names_the_operation_before_the_answer_does(
    bench: Bench, container: str, kind: GrantKind, now: datetime
) -> None:
    accepted = await bench.graph.submit_export(USER, await signed(bench, container, kind, now))
    assert isinstance(accepted, Accepted)
    assert accepted.retry_after is not None
    assert await bench.containers.operation_id(container) == accepted.operation_id
    assert isinstance(await bench.graph.read_operation(accepted.operation_id), Operation)


async def test_a_container_is_taken_once(bench: Bench, container: str, now: datetime) -> None:
    url = await signed(bench, container, POLICY, now)
    await bench.graph.submit_export(USER, url)
    noted = await bench.containers.operation_id(container)
    assert await refusal(bench, url) == "400 StorageLocationAlreadyUsed"
    assert await bench.containers.operation_id(container) == noted


async def test_a_grant_that_does_not_let_write(bench: Bench, container: str, now: datetime) -> None:
    url = await signed(bench, container, POLICY, now)
    await bench.grants.remove_policy(container)
    assert await refusal(bench, url) == "400 StorageLocationNeedsWriteAddPermissions"
    assert await bench.containers.operation_id(container) is None


async def test_a_location_that_is_none(bench: Bench, container: str, now: datetime) -> None:
    assert await refusal(bench, container) == "400 SharedAccessSignatureTokenInvalid"
    url = await signed(bench, container, GrantKind.USER_DELEGATION, now)
    await bench.containers.erase(container)
    assert await refusal(bench, url) == "400 StorageLocationInvalid"


async def test_nobody(bench: Bench, container: str, now: datetime) -> None:
    url = await signed(bench, container, POLICY, now)
    assert await refusal(bench, url, Subject(SubjectType.USER, new_export_id())) == "404 ResourceNotFound"
    with pytest.raises(ValueError, match="object id"):
        await bench.graph.submit_export(Subject(SubjectType.USER, None, "ana@contoso.example"), url)
    assert await bench.containers.operation_id(container) is None


async def test_one_too_many_is_not_done(bench: Bench, container: str, now: datetime) -> None:
    await bench.throttle()
    answer = await bench.graph.submit_export(USER, await signed(bench, container, POLICY, now))
    assert answer == NotDone("Graph throttles (429).")
    assert await bench.containers.operation_id(container) is None


async def test_a_missing_permission_is_refused(bench: Bench, container: str, now: datetime) -> None:
    await bench.forbid()
    assert await refusal(bench, await signed(bench, container, POLICY, now)) == "403 Forbidden"
    assert await bench.containers.operation_id(container) is None


async def test_an_operation_that_graph_does_not_know(bench: Bench) -> None:
    answer = await bench.graph.read_operation(OPERATION)
    assert isinstance(answer, Refused)
    assert (answer.status, answer.code) == (400, "OperationNotFound")
    with pytest.raises(ValueError, match="GUID"):
        await bench.graph.read_operation("../users")


async def test_files_are_there_when_an_operation_is_complete_and_not_before(
    bench: Bench, container: str, now: datetime
) -> None:
    operation_id = await operation(bench, container, Fate.COMPLETE, now)
    await bench.until(operation_id, OperationStatus.COMPLETE)
    assert (await bench.containers.page(container, None)).files


async def test_an_operation_can_be_complete_and_empty(bench: Bench, container: str, now: datetime) -> None:
    operation_id = await operation(bench, container, Fate.EMPTY, now)
    await bench.until(operation_id, OperationStatus.COMPLETE)
    assert (await bench.containers.page(container, None)).files == ()


async def test_an_operation_can_fail(bench: Bench, container: str, now: datetime) -> None:
    operation_id = await operation(bench, container, Fate.FAILED, now)
    await bench.until(operation_id, OperationStatus.FAILED)


async def test_an_operation_whose_grant_was_taken_away_runs_for_ever(
    bench: Bench, container: str, now: datetime
) -> None:
    url = await signed(bench, container, POLICY, now)
    other = await bench.containers.create(bench.containers.name(new_export_id(), 1))
    first = await bench.graph.submit_export(USER, url)
    await bench.grants.remove_policy(container)
    second = await bench.graph.submit_export(USER, await signed(bench, other, POLICY, now))
    assert isinstance(first, Accepted)
    assert isinstance(second, Accepted)
    # The second ends after the first would have.
    await bench.until(second.operation_id, OperationStatus.COMPLETE)
    answer = await bench.graph.read_operation(first.operation_id)
    assert isinstance(answer, Operation)
    assert answer.status is OperationStatus.RUNNING
    assert (await bench.containers.page(container, None)).files == ()


async def test_an_operation_that_never_ends(bench: Bench, container: str, now: datetime) -> None:
    operation_id = await operation(bench, container, Fate.NEVER, now)
    await bench.next_operation(Fate.COMPLETE)
    other = await bench.containers.create(bench.containers.name(new_export_id(), 1))
    second = await bench.graph.submit_export(USER, await signed(bench, other, POLICY, now))
    assert isinstance(second, Accepted)
    await bench.until(second.operation_id, OperationStatus.COMPLETE)
    answer = await bench.graph.read_operation(operation_id)
    assert isinstance(answer, Operation)
    assert answer.status is OperationStatus.RUNNING


async def test_a_user_is_resolved_or_not_found(bench: Bench) -> None:
    assert await bench.graph.resolve_user(SEEDED_USERS[0].user_principal_name) == USER.id
    unknown = await bench.graph.resolve_user("nobody@contoso.example")
    assert isinstance(unknown, Refused)
    assert (unknown.status, unknown.code) == (404, "Request_ResourceNotFound")
