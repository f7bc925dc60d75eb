"""What `make bench` counts on the wire, held: calls of a `POST`, of a poll and of a whole export."""

from collections import Counter
from datetime import timedelta

from bench.calls import count
from bench.cost import Durable
from local.stack.azurite import Azurite
from shared.exports.next_step import Step


async def test_the_calls_of_an_export(azurite: Azurite) -> None:
    counts = await count(azurite, timedelta(days=2))

    assert (counts.post, counts.post_with_key, counts.post_starts, counts.post_graph) == (2, 3, 1, 0)
    steps = counts.life.steps
    polls = [took for took in steps if took.step is Step.POLL]
    assert {took.graph_calls for took in polls} == {1}
    assert counts.polls == {2: len(polls) - 2, 3: 1, 30: 1}, "one extends the grant, the last one checks 20 files too"
    assert counts.life.graph_calls == len(polls) + 1
    assert counts.life.lateness <= timedelta(days=2) * 0.05
    assert counts.reconciler == 10, (
        "how far it has come (read, written), who is next in the queue (two), what is queued, open (two lists), to be "
        "handed over or due, whether the index is whole"
    )

    others = Counter(took.step for took in steps if took.step is not Step.POLL)
    assert others == {Step.QUEUE: 1, Step.SUBMIT: 1, Step.ERASE: 1}, "with a slot the attempt is prepared at once"
    sent = {took.step: len(took.sent) for took in steps}
    assert sent[Step.QUEUE] <= 11, "6 for the slot and 5 for the attempt"
    assert sent[Step.SUBMIT] == 4, "the row and the claim are read, the row is written before and after Graph is called"
    assert Durable.of(steps).executions < 4 * len(steps)
