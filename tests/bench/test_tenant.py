"""A small tenant: within its limits, nobody starved, and what is quick is the same as every step."""

from dataclasses import replace

from bench.tenant import Plan, plot, simulate
from bench.times import HOUR

PLAN = Plan(a_day=40, days=4, submissions_a_day=40)


def say(_line: str) -> None:
    """Nobody reads it."""


def test_it_keeps_to_its_limits_and_all_exports_end() -> None:
    outcome = simulate(PLAN, say)
    assert outcome.asked == outcome.succeeded == 160
    assert outcome.throttled == 0
    assert outcome.most_submissions <= 40
    assert outcome.longest_wait <= 28 * HOUR
    assert outcome.latest <= 0.05
    assert sum(outcome.by_hour) <= 220 * 160


def test_polls_without_news_are_the_cadence_alone() -> None:
    plan = replace(PLAN, a_day=10)
    assert simulate(plan, say) == simulate(plan, say, every_step=True)


def test_a_limit_that_the_pace_does_not_know_is_counted() -> None:
    unpaced = replace(PLAN, a_day=60, days=1, submissions_a_day=40)
    outcome = simulate(unpaced, say, paced_to=1000)
    assert outcome.throttled > 0
    assert outcome.most_submissions == 40
    assert outcome.succeeded == 60


def test_the_plot_shows_the_limit() -> None:
    assert "Microsoft's limit" in plot(simulate(replace(PLAN, a_day=2, days=1), say))
