"""The simulation can fail: each mutation of the product is noticed, by a check that is meant for it."""

import pytest

from tests.simulation.checks.check import Violation
from tests.simulation.handover_mutations import HANDOVER_MUTATIONS
from tests.simulation.mutation import Mutation
from tests.simulation.mutations import MUTATIONS
from tests.simulation.queue_mutations import QUEUE_MUTATIONS
from tests.simulation.record_mutations import RECORD_MUTATIONS
from tests.simulation.report import attempt
from tests.simulation.step_mutations import STEP_MUTATIONS

MOST_SEEDS = 250
ALL = (*MUTATIONS, *HANDOVER_MUTATIONS, *QUEUE_MUTATIONS, *RECORD_MUTATIONS, *STEP_MUTATIONS)


@pytest.mark.parametrize("mutation", ALL, ids=lambda mutation: mutation.name)
def test_a_defect_is_noticed(mutation: Mutation, monkeypatch: pytest.MonkeyPatch) -> None:
    mutation.put_in(monkeypatch)
    noticed = {violation.check for violation in _first_violations(mutation.seed)}
    assert noticed & mutation.noticed_by, noticed


def _first_violations(likely: int) -> tuple[Violation, ...]:
    seeds = (likely, *range(MOST_SEEDS))
    return next(filter(None, (attempt(seed).violations for seed in seeds)), ())
