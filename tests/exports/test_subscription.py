"""Which ends a subscription is for."""

from dataclasses import replace

from shared.exports.states_and_codes import Status
from shared.exports.subscription import Subscription
from tests.exports.samples import CALLER, NOW, succeeded


def subscription(statuses: frozenset[Status] = frozenset(), reference: str | None = None) -> Subscription:
    return Subscription(id="s", caller=CALLER, created_at=NOW, statuses=statuses, reference=reference)


def test_without_a_filter_it_is_for_every_end() -> None:
    assert subscription().matches(succeeded())
    assert subscription().matches(replace(succeeded(), reference="r"))


def test_with_statuses_it_is_for_ends_with_one_of_them() -> None:
    assert subscription(frozenset({Status.FAILED, Status.SUCCEEDED})).matches(succeeded())
    assert not subscription(frozenset({Status.FAILED})).matches(succeeded())


def test_with_a_reference_it_is_for_exports_with_that_alone() -> None:
    assert subscription(reference="r").matches(replace(succeeded(), reference="r"))
    assert not subscription(reference="r").matches(replace(succeeded(), reference="other"))
    assert not subscription(reference="r").matches(succeeded())
