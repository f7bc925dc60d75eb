"""A user who was named by principal name gets an object id, and is claimed."""

from dataclasses import replace

import pytest

from shared.exports.exceptions import SubjectBusyError
from shared.exports.graph_results import NotDone
from shared.exports.ids import new_export_id
from shared.exports.states_and_codes import ErrorCode, Stage, Status
from shared.workflow.steps.resolve_user import resolve_user
from tests.exports.samples import NAMED, USER, accepted
from tests.fakes.hooked_services import HookedServices


@pytest.fixture
def fakes(fakes: HookedServices) -> HookedServices:
    assert NAMED.principal_name is not None
    assert USER.id is not None
    fakes.graph.people = {NAMED.principal_name: USER.id}
    return fakes


async def test_the_object_id_takes_the_place_of_the_name(fakes: HookedServices) -> None:
    saved = await fakes.store(accepted(NAMED))
    change = await resolve_user(saved, fakes.services)
    assert change.before == saved
    assert change.export.subject == USER
    assert (change.export.status, change.export.stage) == (Status.RUNNING, Stage.PREPARING)


async def test_the_user_is_claimed(fakes: HookedServices) -> None:
    saved = await fakes.store(accepted(NAMED))
    change = await resolve_user(saved, fakes.services)
    await fakes.services.records.save(saved, change.export)
    with pytest.raises(SubjectBusyError) as busy:
        await fakes.store(replace(accepted(USER), id=new_export_id()))
    assert busy.value.export_id == saved.export.id


async def test_the_later_of_two_exports_of_a_user_ends_as_a_duplicate(fakes: HookedServices) -> None:
    earlier = await fakes.store(replace(accepted(USER), id=new_export_id()))
    change = await resolve_user(await fakes.store(accepted(NAMED)), fakes.services)
    assert change.export.status is Status.FAILED
    assert change.export.error is not None
    assert change.export.error.code == ErrorCode.EXPORT_IN_PROGRESS
    assert earlier.export.id in change.export.error.message


async def test_a_duplicate_goes_on_where_the_caller_allows_it(fakes: HookedServices) -> None:
    await fakes.store(replace(accepted(USER), id=new_export_id()))
    change = await resolve_user(await fakes.store(replace(accepted(NAMED), allow_duplicate=True)), fakes.services)
    assert change.export.status is Status.RUNNING


async def test_without_an_answer_the_user_is_asked_for_again_later(fakes: HookedServices) -> None:
    fakes.graph.instead = NotDone("Graph throttles (429).")
    change = await resolve_user(await fakes.store(accepted(NAMED)), fakes.services)
    assert change.export.subject == NAMED
    assert change.export.failures == 1
    assert change.export.next_step_at is not None
    assert change.export.next_step_at > fakes.clock()


async def test_a_user_whom_graph_does_not_know_ends_the_export_and_is_named_nowhere(fakes: HookedServices) -> None:
    fakes.graph.people = {}
    change = await resolve_user(await fakes.store(accepted(NAMED)), fakes.services)
    assert change.export.status is Status.FAILED
    assert str(NAMED.principal_name) not in repr(change.export)
