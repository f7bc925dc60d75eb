"""The limits, with given times."""

from datetime import UTC, datetime, timedelta

from local.graph.request_throttling import Quotas
from local.graph.service_clock import Clock

NOW = datetime(2026, 11, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def test_exports_of_a_caller_are_limited_by_the_day() -> None:
    quotas = Quotas.of(Clock(), exports_per_caller=2)

    assert [quotas.admit_export("a", NOW) for _ in range(3)] == [True, True, False]
    assert quotas.admit_export("b", NOW)
    assert not quotas.admit_export("a", NOW + DAY - timedelta(seconds=1))
    assert quotas.admit_export("a", NOW + DAY)


def test_exports_of_a_tenant_are_limited_by_the_day_for_all_callers() -> None:
    quotas = Quotas.of(Clock(), exports_per_tenant=2)

    assert [quotas.admit_export(caller, NOW) for caller in "abc"] == [True, True, False]


def test_refused_requests_are_not_counted() -> None:
    quotas = Quotas.of(Clock(), exports_per_tenant=2, exports_per_caller=1)

    assert [quotas.admit_export(caller, NOW) for caller in "aaab"] == [True, False, False, True]


def test_other_requests_are_counted_by_the_hour_and_apart() -> None:
    quotas = Quotas.of(Clock(), exports_per_tenant=1, others_per_tenant=1)

    assert quotas.admit_export("a", NOW)
    assert [quotas.admit_other(NOW) for _ in range(2)] == [True, False]
    assert quotas.admit_other(NOW + timedelta(hours=1))


def test_days_are_scaled_by_the_clock() -> None:
    quotas = Quotas.of(Clock(86_400), exports_per_caller=1)

    assert [quotas.admit_export("a", NOW + timedelta(seconds=second)) for second in (0, 0.9, 1)] == [True, False, True]


def test_the_documented_limits_hold_by_default() -> None:
    quotas = Quotas.of(Clock())

    assert sum(quotas.admit_export("a", NOW) for _ in range(1_100)) == 1_000
    assert sum(quotas.admit_other(NOW) for _ in range(10_100)) == 10_000
