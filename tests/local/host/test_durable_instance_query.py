"""Conditions and pages of lists."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from local.host.durable_instance_query import page, page_size, read_query
from local.host.orchestration_instance import Instance, Status

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


def instance(instance_id: str = "i", **fields: Any) -> Instance:
    return Instance(instance_id, "f", None, None, "e", **({"created": NOON, "updated": NOON} | fields))


def test_times_are_inclusive_and_in_utc_unless_they_say_otherwise() -> None:
    for text in ("2026-11-01T12:00:00", "2026-11-01T13:00:00+01:00"):
        since, until = read_query({"createdTimeFrom": text}), read_query({"createdTimeTo": text})
        assert since.matches(instance())
        assert until.matches(instance())
        assert not since.matches(instance(created=NOON - timedelta(seconds=1)))
        assert not until.matches(instance(created=NOON + timedelta(seconds=1)))


def test_a_status_may_have_any_case_and_one_that_nothing_has_matches_nothing() -> None:
    assert read_query({"runtimeStatus": "pending"}).matches(instance())
    assert not read_query({"runtimeStatus": "Running, Failed"}).matches(instance())
    assert read_query({"runtimeStatus": "Running, Failed"}).matches(instance(status=Status.FAILED))
    assert not read_query({"runtimeStatus": "Canceled"}).matches(instance())
    assert read_query({"runtimeStatus": "nonsense"}).matches(instance()), "it can't be read"


def test_a_page_has_a_hundred_instances_if_nothing_else_is_said() -> None:
    assert (page_size("7"), page_size(""), page_size("-1"), page_size("x")) == (7, 100, 100, 100)


@given(ids=st.sets(st.text(min_size=1), max_size=20), size=st.integers(1, 7))
def test_the_pages_of_a_list_have_each_instance_once_in_the_order_of_ids(ids: set[str], size: int) -> None:
    instances = [instance(each) for each in ids]
    seen, token = page(instances, size, None)
    while token is not None:
        listed, token = page(instances, size, token)
        assert 0 < len(listed) <= size
        seen += listed
    assert [each.id for each in seen] == sorted(ids)


def test_after_a_token_that_is_none_nothing_is_left() -> None:
    for token in ("nonsense", "!", "gICA"):
        assert page([instance()], 5, token) == ([], None)
