"""Graph: what it takes on, what it refuses and in which words, and how an operation ends."""

from datetime import datetime

import pytest

from local.graph.tenant_directory import SEEDED_USERS
from shared.bootstrap import utc_now
from shared.exports.export import Subject
from shared.exports.grant_lifetime import new_grant
from shared.exports.graph_results import Accepted, NotDone, NotedOperation, Operation, OperationStatus, Refused
from shared.exports.ids import new_export_id
from shared.exports.states_and_codes import GrantKind, SubjectType
from tests.contract.harness import Harness
from tests.exports.samples import OPERATION
from tests.fakes.in_memory_graph import Fate

USER = Subject(SubjectType.USER, SEEDED_USERS[0].id)
POLICY = GrantKind.STORED_POLICY


@pytest.fixture
async def container(harness: Harness) -> str:
    return await harness.containers.create(new_export_id(), 1)


@pytest.fixture
def now() -> datetime:
    return utc_now()


async def signed(harness: Harness, container: str, kind: GrantKind, now: datetime) -> str:
    grant = new_grant(kind, now)
    if kind is POLICY:
        await harness.containers.set_policy(container, grant.expires_at, now)
    return await harness.containers.sign_write_url(container, grant, now)


async def operation(harness: Harness, container: str, fate: Fate, now: datetime) -> str:
    await harness.next_operation(fate)
    accepted = await harness.graph.submit_export(USER, await signed(harness, container, POLICY, now))
    assert isinstance(accepted, Accepted)
    return accepted.operation_id


async def refusal(harness: Harness, url: str, subject: Subject = USER) -> str:
    answer = await harness.graph.submit_export(subject, url)
    assert isinstance(answer, Refused), answer
    return f"{answer.status} {answer.code}"


@pytest.mark.parametrize("kind", list(GrantKind))
async def test_the_container_names_the_operation_before_the_answer_does(
    harness: Harness, container: str, kind: GrantKind, now: datetime
) -> None:
    accepted = await harness.graph.submit_export(USER, await signed(harness, container, kind, now))
    assert isinstance(accepted, Accepted)
    assert accepted.retry_after is not None
    assert await harness.containers.noted_operation(container) == NotedOperation(accepted.operation_id)
    assert isinstance(await harness.graph.read_operation(accepted.operation_id), Operation)


async def test_a_container_is_taken_once(harness: Harness, container: str, now: datetime) -> None:
    url = await signed(harness, container, POLICY, now)
    await harness.graph.submit_export(USER, url)
    noted = await harness.containers.noted_operation(container)
    assert await refusal(harness, url) == "400 StorageLocationAlreadyUsed"
    assert await harness.containers.noted_operation(container) == noted


async def test_a_grant_that_does_not_let_write(harness: Harness, container: str, now: datetime) -> None:
    url = await signed(harness, container, POLICY, now)
    await harness.containers.remove_policy(container)
    assert await refusal(harness, url) == "400 StorageLocationNeedsWriteAddPermissions"
    assert await harness.containers.noted_operation(container) is None


async def test_a_location_that_is_none(harness: Harness, container: str, now: datetime) -> None:
    assert await refusal(harness, container) == "400 SharedAccessSignatureTokenInvalid"
    url = await signed(harness, container, GrantKind.USER_DELEGATION, now)
    await harness.containers.erase(container)
    assert await refusal(harness, url) == "400 StorageLocationInvalid"


async def test_nobody(harness: Harness, container: str, now: datetime) -> None:
    url = await signed(harness, container, POLICY, now)
    assert await refusal(harness, url, Subject(SubjectType.USER, new_export_id())) == "404 ResourceNotFound"
    with pytest.raises(ValueError, match="object id"):
        await harness.graph.submit_export(Subject(SubjectType.USER, None, "ana@contoso.example"), url)
    assert await harness.containers.noted_operation(container) is None


async def test_one_too_many_is_not_done(harness: Harness, container: str, now: datetime) -> None:
    await harness.throttle()
    answer = await harness.graph.submit_export(USER, await signed(harness, container, POLICY, now))
    assert answer == NotDone("Graph throttles (429).")
    assert await harness.containers.noted_operation(container) is None


async def test_a_missing_permission_is_refused(harness: Harness, container: str, now: datetime) -> None:
    await harness.forbid()
    assert await refusal(harness, await signed(harness, container, POLICY, now)) == "403 Forbidden"
    assert await harness.containers.noted_operation(container) is None


async def test_an_operation_that_graph_does_not_know(harness: Harness) -> None:
    answer = await harness.graph.read_operation(OPERATION)
    assert isinstance(answer, Refused)
    assert (answer.status, answer.code) == (400, "OperationNotFound")
    with pytest.raises(ValueError, match="GUID"):
        await harness.graph.read_operation("../users")


async def test_files_are_there_when_an_operation_is_complete_and_not_before(
    harness: Harness, container: str, now: datetime
) -> None:
    operation_id = await operation(harness, container, Fate.COMPLETE, now)
    await harness.until(operation_id, OperationStatus.COMPLETE)
    assert (await harness.containers.list_files(container, None)).files


async def test_an_operation_can_be_complete_and_empty(harness: Harness, container: str, now: datetime) -> None:
    operation_id = await operation(harness, container, Fate.EMPTY, now)
    await harness.until(operation_id, OperationStatus.COMPLETE)
    assert (await harness.containers.list_files(container, None)).files == ()


async def test_an_operation_can_fail(harness: Harness, container: str, now: datetime) -> None:
    operation_id = await operation(harness, container, Fate.FAILED, now)
    await harness.until(operation_id, OperationStatus.FAILED)


async def test_an_operation_whose_grant_was_taken_away_runs_for_ever(
    harness: Harness, container: str, now: datetime
) -> None:
    url = await signed(harness, container, POLICY, now)
    other = await harness.containers.create(new_export_id(), 1)
    first = await harness.graph.submit_export(USER, url)
    await harness.containers.remove_policy(container)
    second = await harness.graph.submit_export(USER, await signed(harness, other, POLICY, now))
    assert isinstance(first, Accepted)
    assert isinstance(second, Accepted)
    # The second ends after the first would have.
    await harness.until(second.operation_id, OperationStatus.COMPLETE)
    answer = await harness.graph.read_operation(first.operation_id)
    assert isinstance(answer, Operation)
    assert answer.status is OperationStatus.RUNNING
    assert (await harness.containers.list_files(container, None)).files == ()


async def test_an_operation_that_never_ends(harness: Harness, container: str, now: datetime) -> None:
    operation_id = await operation(harness, container, Fate.NEVER, now)
    await harness.next_operation(Fate.COMPLETE)
    other = await harness.containers.create(new_export_id(), 1)
    second = await harness.graph.submit_export(USER, await signed(harness, other, POLICY, now))
    assert isinstance(second, Accepted)
    await harness.until(second.operation_id, OperationStatus.COMPLETE)
    answer = await harness.graph.read_operation(operation_id)
    assert isinstance(answer, Operation)
    assert answer.status is OperationStatus.RUNNING


async def test_a_user_is_resolved_or_not_found(harness: Harness) -> None:
    assert await harness.graph.resolve_user(SEEDED_USERS[0].user_principal_name) == USER.id
    unknown = await harness.graph.resolve_user("nobody@contoso.example")
    assert isinstance(unknown, Refused)
    assert (unknown.status, unknown.code) == (404, "Request_ResourceNotFound")


@pytest.mark.parametrize(
    "local_part", ["$alice", "$o'neil", "o'neil", "a$b", "visitor_fabrikam.example#EXT#", "!a^b~c-d_e"]
)
async def test_a_user_is_resolved_by_a_name_with_any_character_that_names_may_have(
    harness: Harness, local_part: str
) -> None:
    name = f"{local_part}@contoso.example"
    object_id = await harness.add_user(name)
    assert await harness.graph.resolve_user(name) == object_id
