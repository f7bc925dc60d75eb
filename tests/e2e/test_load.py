"""Five hundred posts, thirty-two at once: none is lost, duplicated or answered with a server error.

The end of the run shows how fast they were. Under `make test` other tests run at the same time.
"""

import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import httpx
import pytest

from tests.e2e.caller import Caller
from tests.local.waiting import eventually

POSTS, AT_ONCE = 500, 32


@pytest.mark.timeout(400)
def test_none_is_lost_or_doubled(caller: Caller, record_property: Callable[[str, object], None]) -> None:
    reference = f"LOAD-{uuid4()}"
    # Unknown users: each export ends as Failed after one submission, so that Graph's speed doesn't matter.
    subjects = [str(uuid4()) for _ in range(POSTS)]

    with httpx.Client(headers=caller.headers, timeout=60, limits=httpx.Limits(max_connections=AT_ONCE)) as client:

        def post(subject: str) -> tuple[int, str, float]:
            body = {"subject": {"type": "user", "id": subject}, "reference": reference}
            began = time.perf_counter()
            answer = client.post(f"{caller.stack.api}/exports", json=body)
            return answer.status_code, answer.json().get("id", ""), time.perf_counter() - began

        began = time.perf_counter()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            answers = list(pool.map(post, subjects))
        took = time.perf_counter() - began

    assert {status for status, _, _ in answers} == {202}
    ids = {export_id for _, export_id, _ in answers}
    assert len(ids) == POSTS
    seconds = sorted(second for _, _, second in answers)
    record_property(
        f"{POSTS} posts, {AT_ONCE} at once",
        f"{POSTS / took:.0f} a second; "
        f"median {statistics.median(seconds):.2f} s, 95th percentile {seconds[int(POSTS * 0.95)]:.2f} s",
    )
    assert eventually(lambda: listed(caller, reference, "Failed") == ids, 240, pause=2), "each has its one outcome"
    assert listed(caller, reference) == ids


def listed(caller: Caller, reference: str, status: str = "") -> set[str]:
    parameters = {"reference": reference, "top": "100"} | ({"status": status} if status else {})
    page = caller.call("GET", "exports", params=parameters).json()
    found = [export["id"] for export in page["value"]]
    while "nextLink" in page:
        page = caller.call("GET", page["nextLink"]).json()
        found += [export["id"] for export in page["value"]]
    assert len(found) == len(set(found))
    return set(found)
