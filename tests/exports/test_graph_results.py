"""What a call to Graph can come back with."""

from typing import get_args

from shared.exports.graph_results import (
    Accepted,
    NotDone,
    Operation,
    OperationResult,
    Refused,
    ResolveResult,
    SubmitResult,
    Unclear,
)


def test_every_call_can_go_wrong_in_the_same_three_ways() -> None:
    for result, success in ((SubmitResult, Accepted), (OperationResult, Operation), (ResolveResult, str)):
        assert set(get_args(result)) - {success} == {NotDone, Unclear, Refused}
