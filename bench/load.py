"""Measures `POST /exports` on the local host, many at once, compared with the least that such a call can be."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from bench.table import Row
from local.checkout import ROOT
from local.stack.local_stack import Stack

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.table import Say

AT_ONCE = 32
_POSTS, _ROUNDS = 320, 7
_MOST_LATENCY, _LEAST_THROUGHPUT = 1.5, 0.7
_ACCEPTED = 202


@dataclass(frozen=True, slots=True)
class Load:
    """The median latency of concurrent calls in seconds, and the calls per second."""

    latency: float
    throughput: float


def measure(say: Say) -> list[Row]:
    """Measures, and returns the rows of the table.

    Our app runs with a monitor that ends at once (`bench/posting`), so that only the calls are measured; and then as a
    whole, with the work of its monitors on the same host.
    """
    folder = ROOT / "bench"
    with tempfile.TemporaryDirectory() as state:
        bare, posting, whole = (
            Stack(Path(state) / name, _environment(), app=app)
            for name, app in (("bare", folder / "bare"), ("posting", folder / "posting"), ("whole", ROOT))
        )
        with bare, posting:
            rounds = _rounds(say, [posting, bare])
        with whole:
            say("the posts with their monitors on the same host")
            post(whole, AT_ONCE)
            together = post(whole, _POSTS)
    return _rows(rounds, together)


def post(stack: Stack, count: int) -> Load:
    """Creates exports of that many people, 32 at once."""
    url = f"{stack.api}/exports"
    limits = httpx.Limits(max_connections=AT_ONCE)
    with httpx.Client(headers=dict(stack.credentials), timeout=60, limits=limits) as client:

        def one(subject: str) -> float:
            began = time.perf_counter()
            body = {"subject": {"type": "user", "id": subject}, "reference": "DSR-2026-0042"}
            answer = client.post(url, json=body)
            if answer.status_code != _ACCEPTED:
                # A connection that Azurite has just closed fails a call now and then: a caller calls again.
                answer = client.post(url, json=body)
            if answer.status_code != _ACCEPTED:
                raise RuntimeError(f"{url} answered {answer.status_code}: {answer.text}")
            return time.perf_counter() - began

        subjects = [str(uuid.uuid4()) for _ in range(count)]
        began = time.perf_counter()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            seconds = list(pool.map(one, subjects))
    return Load(statistics.median(seconds), count / (time.perf_counter() - began))


def _rounds(say: Say, stacks: Sequence[Stack]) -> list[list[Load]]:
    for stack in stacks:  # the first make the tables
        post(stack, 1)
        post(stack, AT_ONCE)
    rounds = []
    for number in range(1, _ROUNDS + 1):
        say(f"{_POSTS} posts, {AT_ONCE} at once, round {number} of {_ROUNDS}")
        rounds.append([post(stack, _POSTS) for stack in stacks])
    return rounds


def _rows(rounds: Sequence[Sequence[Load]], together: Load) -> list[Row]:
    latency = statistics.median(ours.latency / bare.latency for ours, bare in rounds)
    throughput = statistics.median(ours.throughput / bare.throughput for ours, bare in rounds)
    latencies = [statistics.median(each[n].latency for each in rounds) for n in range(2)]
    throughputs = [statistics.median(each[n].throughput for each in rounds) for n in range(2)]
    return [
        Row(
            what=f"`POST /exports`, {AT_ONCE} at once: latency",
            ours=f"{latencies[0] * 1000:.0f} ms",
            floor=f"{latencies[1] * 1000:.0f} ms: a bare function with one insert and one start",
            ratio=f"{latency:.2f} of the floor",
            reach=f"at most {_MOST_LATENCY} of the floor",
            met=latency <= _MOST_LATENCY,
        ),
        Row(
            what="the same: throughput",
            ours=f"{throughputs[0]:.0f} a second",
            floor=f"{throughputs[1]:.0f} a second",
            ratio=f"{throughput:.2f} of the floor",
            reach=f"at least {_LEAST_THROUGHPUT} of the floor",
            met=throughput >= _LEAST_THROUGHPUT,
        ),
        Row(
            what="the same with the monitors of the posts at work on the same host",
            ours=f"{together.latency * 1000:.0f} ms; {together.throughput:.0f} a second",
        ),
    ]


def _environment() -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "AUTH_MODE": "functionKey"}
