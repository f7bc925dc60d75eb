"""Kills the host at several moments and restarts it: every accepted export still ends exactly once."""

from local.stack.local_stack import Stack
from tests.e2e.caller import Caller
from tests.e2e.host_kills import kill
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
    under_way = [export for export in map(caller.get, exports) if export["stage"] == "Submitting"]
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
