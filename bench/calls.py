"""Counts the calls to storage and Graph of a `POST`, of a poll and of a whole export, and computes its price."""

from __future__ import annotations

import asyncio
import tempfile
import uuid
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from bench import cost
from bench.product import product_on
from bench.table import Row
from bench.times import BEGIN
from local.stack.azurite import Azurite
from local.stack.child_processes import Family
from shared.exports.next_step import Step
from shared.workflow.reconciler import reconcile

if TYPE_CHECKING:
    from bench.product import Life, Product
    from bench.table import Say

DAYS, FILES = 7, 20
_POST_REACH, _POLL_REACH = 3, 2


@dataclass(frozen=True, slots=True)
class Counts:
    """The number of calls of each kind."""

    post: int
    post_with_key: int
    post_starts: int
    post_graph: int
    polls: Counter[int]
    """The number of polls by how many requests to storage they made."""
    poll_graph: int
    """The most requests to Graph in one poll."""
    life: Life
    reconciler: int
    """The requests of a run that finds nothing to do."""


def measure(say: Say) -> list[Row]:
    """Measures, and returns the rows of the table."""
    say(f"an export of {DAYS} days on a real table, request by request")
    with tempfile.TemporaryDirectory() as folder, Family(Path(folder)) as family:
        counts = asyncio.run(count(Azurite(Path(folder), family).start()))
    return [_post_row(counts), *_poll_rows(counts), *_cost_rows(counts)]


async def count(azurite: Azurite, takes: timedelta = timedelta(days=DAYS)) -> Counts:
    """Counts on Azurite, with an export whose operation takes that long."""
    async with product_on(azurite) as product:
        starts, graph = len(product.monitors.started), product.graph.calls.total()
        post = await _post(product, None)
        starts, graph = len(product.monitors.started) - starts, product.graph.calls.total() - graph
        post_with_key = await _post(product, str(uuid.uuid4()))
        life = await product.live(takes, files=FILES)
        product.clock.now = BEGIN  # nothing is due
        await reconcile(product.services, product.monitors)  # the first one looks whether the index is whole
        product.wire.take()
        await reconcile(product.services, product.monitors)
        reconciler = len(product.wire.take())
    polls = [step for step in life.steps if step.step is Step.POLL]
    return Counts(
        post=post,
        post_with_key=post_with_key,
        post_starts=starts,
        post_graph=graph,
        polls=Counter(len(step.sent) for step in polls),
        poll_graph=max(step.graph_calls for step in polls),
        life=life,
        reconciler=reconciler,
    )


async def _post(product: Product, key: str | None) -> int:
    product.wire.take()
    await product.post(key=key)
    return len(product.wire.take())


def _post_row(counts: Counts) -> Row:
    return Row(
        what="`POST /exports`: storage calls",
        ours=f"{counts.post}; with an idempotency key {counts.post_with_key}; "
        f"besides {counts.post_starts} start of Durable and {counts.post_graph} calls of Graph",
        floor="1 insert and 1 start",
        reach=f"at most {_POST_REACH}",
        met=max(counts.post, counts.post_with_key) <= _POST_REACH,
    )


def _poll_rows(counts: Counts) -> list[Row]:
    plain = min(counts.polls)
    others = "; ".join(f"{calls} calls: {polls}" for calls, polls in sorted(counts.polls.items()))
    return [
        Row(what="one poll: Graph calls", ours=str(counts.poll_graph), reach="1", met=counts.poll_graph == 1),
        Row(
            what="one poll: storage calls",
            ours=f"{plain}: the row is read, and written with the time of the next poll",
            reach=f"at most {_POLL_REACH}",
            met=plain <= _POLL_REACH,
        ),
        Row(
            what=f"the polls of {DAYS} days by their storage calls",
            ours=f"{others}; one a day extends the grant too, and the last one checks the files",
        ),
    ]


def _cost_rows(counts: Counts) -> list[Row]:
    life = counts.life
    durable = cost.Durable.of(life.steps)
    services = Counter(each.service for each in life.sent())
    storage = cost.storage_dollars(life.sent())
    whole = storage + cost.durable_dollars(durable) + cost.execution_dollars(1)
    other = cost.logic_app_dollars(DAYS * 24 * 60)
    idle = cost.idle_dollars(counts.reconciler)
    return [
        Row(
            what=f"a {DAYS}-day export with {FILES} files, from submit to erasure: storage operations",
            ours=f"{len(life.sent())}: {services['table']} of tables, {services['blob']} of blobs; "
            f"Durable itself about {durable.queue_operations} of queues and {durable.table_operations} of tables",
        ),
        Row(
            what="the same at list prices",
            ours=f"${whole:.4f}: ${storage:.4f} storage, ${whole - storage:.4f} Durable and executions",
            alternative=f"${other:.2f}: a logic app, Until loop at 60 s, {cost.LOGIC_APP_ACTIONS} actions a cycle",
            ratio=f"{whole / other:.3f} of the alternative",
        ),
        Row(
            what="a month in which nothing is asked for, at list prices",
            ours=f"${idle:.2f}; paid for by {idle / (other - whole):.1f} exports of {DAYS} days",
            alternative="$0: a logic app that nobody starts",
        ),
    ]
