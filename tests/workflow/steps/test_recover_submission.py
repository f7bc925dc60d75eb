"""A submission whose answer was lost: the container says what became of it."""

from datetime import timedelta

import pytest

from shared.exports.exceptions import StorageRefusedError
from shared.exports.export import current_attempt
from shared.exports.states_and_codes import AttemptStatus, ErrorCode, Stage
from shared.workflow.steps.recover_submission import recover_submission
from tests.exports.samples import LIMITS, NOW, submitting
from tests.fakes.hooked_services import HookedServices
from tests.fakes.in_memory_containers import name_of
from tests.fakes.in_memory_graph import Course, Fate


async def submitted_and_lost(fakes: HookedServices) -> str:
    """Lets Microsoft take the submission on; nobody hears of the operation, whose id it returns."""
    attempt = current_attempt(submitting())
    url = await fakes.services.containers.sign_write_url(attempt.container, attempt.grant, NOW)
    await fakes.services.graph.submit_export(submitting().subject, url)
    (operation_id,) = fakes.graph.operations
    return operation_id


async def test_an_operation_that_graph_knows_is_adopted(fakes: HookedServices) -> None:
    saved = await fakes.store(submitting())
    operation_id = await submitted_and_lost(fakes)
    change = await recover_submission(saved, fakes.services)
    attempt = current_attempt(change.export)
    assert change.before == saved
    assert (attempt.status, attempt.operation_id) == (AttemptStatus.RUNNING, operation_id)
    assert fakes.graph.calls["submit"] == 1


async def test_an_empty_container_was_never_submitted_to(fakes: HookedServices) -> None:
    change = await recover_submission(await fakes.store(submitting()), fakes.services)
    attempt = current_attempt(change.export)
    assert attempt.status is AttemptStatus.LOST
    assert attempt.error is not None
    assert attempt.error.code == ErrorCode.ATTEMPT_LOST
    assert change.export.stage is Stage.PREPARING
    assert fakes.graph.calls["read"] == 0


@pytest.mark.parametrize(
    ("before_the_limit", "status"),
    [(timedelta(seconds=1), AttemptStatus.SUBMITTING), (timedelta(), AttemptStatus.LOST)],
)
async def test_an_operation_that_graph_does_not_know_is_waited_for(
    before_the_limit: timedelta, status: AttemptStatus, fakes: HookedServices
) -> None:
    saved = await fakes.store(submitting())
    fakes.graph.course = lambda: Course(Fate.UNKNOWN)
    await submitted_and_lost(fakes)
    fakes.clock.now = NOW + LIMITS.adoption_timeout - before_the_limit
    change = await recover_submission(saved, fakes.services)
    assert current_attempt(change.export).status is status


@pytest.mark.parametrize("name", ["RequestInfo.json", "Exchange/mail.json"])
async def test_a_container_that_names_no_operation_yet_is_waited_for(name: str, fakes: HookedServices) -> None:
    saved = await fakes.store(submitting())
    fakes.account.write(name_of(current_attempt(saved.export).container), name, b"{")
    change = await recover_submission(saved, fakes.services)
    assert current_attempt(change.export).status is AttemptStatus.SUBMITTING
    assert change.export.failures == 1
    assert fakes.graph.calls["read"] == 0


async def test_a_container_that_can_not_be_read_says_nothing(fakes: HookedServices) -> None:
    saved = await fakes.store(submitting())
    fakes.hooks.refuse("containers.noted_operation")
    with pytest.raises(StorageRefusedError):
        await recover_submission(saved, fakes.services)
