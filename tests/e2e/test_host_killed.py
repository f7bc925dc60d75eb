"""Kills the host at several moments and restarts it: every accepted export still ends exactly once."""

import time

from local.stack.local_stack import Stack
from tests.e2e.caller import Caller
from tests.e2e.host_kills import goes_on_within, kill
from tests.local.waiting import eventually

EXPORTS = 6


def test_every_accepted_export_ends_once(stack: Stack, caller: Caller) -> None:
    subjects = [caller.new_user() for _ in range(EXPORTS)]
    for subject in subjects:
        # Graph delays its answer, so that the kill hits a submission in progress.
        caller.fault("submit", "slow", subject, seconds=1.0)
        caller.fault("submit", "duration", subject, seconds=3.0)
    exports = [caller.post(subject)["id"] for subject in subjects]
    kill(stack, caller)

    assert eventually(lambda: any(caller.operations(subject) for subject in subjects))
    with_graph = [export for subject, export in zip(subjects, exports, strict=True) if caller.operations(subject)]
    under_way = [export for export in map(caller.get, with_graph) if export["stage"] == "Submitting"]
    assert under_way, "the kill finds a submission that Graph has and the row has not"
    kill(stack, caller)

    assert eventually(lambda: any(caller.get(export)["stage"] == "Exporting" for export in exports), 30)
    kill(stack, caller)

    ended = [caller.ended(export) for export in exports]
    assert [export["status"] for export in ended] == ["Succeeded"] * EXPORTS
    for subject, export in zip(subjects, ended, strict=True):
        used = [attempt["operationId"] for attempt in export["attempts"] if attempt["operationId"]]
        assert [operation["id"] for operation in caller.operations(subject)] == used, "none is lost or doubled"
        assert len(used) == 1
        assert export["files"]["count"] > 0
    adopted = [export["attempts"][0]["operationId"] for export in ended if export["id"] in {e["id"] for e in under_way}]
    assert all(adopted), "what was under way is adopted, not done again"


def test_a_step_that_the_hosts_death_interrupted_goes_on_once_it_is_no_longer_hidden(
    stack: Stack, caller: Caller
) -> None:
    subject = caller.quick(caller.new_user())
    caller.fault("operation", "slow", subject, seconds=4.0)
    export = caller.post(subject)["id"]
    assert eventually(lambda: not caller.is_pending("operation", "slow", subject)), "a poll waits for Graph's answer"
    kill(stack, caller)
    back = time.monotonic()
    ended = caller.ended(export)
    assert time.monotonic() - back < goes_on_within(stack), "the reconciler would take a quarter of an hour"
    assert (ended["status"], len(ended["attempts"])) == ("Succeeded", 1)
    assert len(caller.operations(subject)) == 1
