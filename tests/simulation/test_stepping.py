"""Coroutines in simulated time: they wait for each other and for the clock as ever, and can die anywhere."""

import asyncio
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from tests.simulation.stepping import Die, Died, Ending, GoOn, Raised, Returned, Run, Stepper
from tests.simulation.world.facts import Said
from tests.simulation.world.touches import ACTOR, Touch
from tests.simulation.world.world import World

BEGIN = datetime(2026, 11, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)


class Stage:
    """A world in which each touch takes a second and says who touched; one that is named `deadly` is the end."""

    def __init__(self) -> None:
        self.world = World(Random(1), BEGIN)  # noqa: S311 - no secret comes of it
        self.stepper = Stepper(self.world, self._decide)
        self.endings: dict[str, Ending] = {}
        self.touched: list[tuple[str, str, timedelta]] = []

    def start(self, name: str, coroutine: object, host: int = 0) -> None:
        assert asyncio.iscoroutine(coroutine)
        self.stepper.start(name, host, coroutine, lambda ending: self.endings.update({name: ending}))

    def run(self) -> None:
        while self.stepper.step():
            pass

    def _decide(self, run: Run, touch: Touch) -> GoOn | Die:
        assert ACTOR.get() == run.name
        self.touched.append((run.name, touch.what, self.world.now - BEGIN))
        return Die() if touch.what == "deadly" else GoOn(SECOND, answer=touch.what)


async def test_a_loop_of_its_own_runs_inside_another() -> None:
    stage = Stage()
    stage.start("one", stage.world.before("file"))
    stage.run()
    assert stage.endings == {"one": Returned("file")}
    assert asyncio.get_running_loop() is asyncio.get_event_loop()


def test_what_is_done_at_once_takes_the_time_of_the_longest() -> None:
    stage = Stage()

    async def many() -> object:
        return await asyncio.gather(
            *(stage.world.before(f"file {number}") for number in range(3)), asyncio.sleep(5, "x")
        )

    stage.start("many", many())
    stage.run()
    assert stage.endings == {"many": Returned(["file 0", "file 1", "file 2", "x"])}
    assert stage.touched == [("many #1", f"file {number}", timedelta()) for number in range(3)]
    assert stage.world.now == BEGIN + 5 * SECOND


def test_a_time_out_ends_what_takes_longer() -> None:
    stage = Stage()

    async def late() -> None:
        async with asyncio.timeout(0.5):
            await stage.world.before("file")

    stage.start("late", late())
    stage.run()
    ending = stage.endings["late"]
    assert isinstance(ending, Raised)
    assert isinstance(ending.error, TimeoutError)


def test_a_time_out_that_is_not_needed_takes_no_time() -> None:
    stage = Stage()

    async def quick() -> None:
        async with asyncio.timeout(60):
            await stage.world.before("file")

    stage.start("quick", quick())
    stage.run()
    assert stage.endings == {"quick": Returned(None)}
    assert stage.world.now == BEGIN + SECOND


def test_what_is_handed_to_a_thread_is_done_at_once() -> None:
    stage = Stage()
    stage.start("good", asyncio.to_thread(int, "17"))
    stage.start("bad", asyncio.to_thread(int, "none"))
    stage.run()
    bad = stage.endings["bad"]
    assert stage.endings["good"] == Returned(17)
    assert isinstance(bad, Raised)
    assert isinstance(bad.error, ValueError)


def test_one_that_dies_with_a_lock_lets_the_next_have_it() -> None:
    stage, lock = Stage(), asyncio.Lock()

    async def hold(what: str) -> str:
        async with lock:
            await stage.world.before("file")
            await stage.world.before(what)
            return what

    stage.start("first", hold("deadly"))
    stage.start("second", hold("file"))
    stage.run()
    assert stage.endings == {"first": Died(), "second": Returned("file")}
    assert [(name, what) for name, what, _ in stage.touched] == [
        ("first #1", "file"),
        ("first #1", "deadly"),
        ("second #2", "file"),
        ("second #2", "file"),
    ]


def test_a_host_dies_with_all_that_runs_there() -> None:
    stage, done = Stage(), []

    async def work(name: str) -> None:
        await asyncio.gather(stage.world.before("file"), stage.world.before("file"))
        done.append(name)

    stage.start("here", work("here"), host=0)
    stage.start("there", work("there"), host=1)
    stage.world.schedule.after(SECOND / 2, lambda: stage.stepper.kill(0))
    stage.run()
    assert stage.endings == {"here": Died(), "there": Returned(None)}
    assert done == ["there"]
    assert stage.stepper.is_idle


def test_a_mistake_of_the_simulation_is_not_swallowed() -> None:
    stage = Stage()

    def fail(_ending: Ending) -> None:
        raise ZeroDivisionError

    stage.stepper.start("one", 0, stage.world.before("file"), fail)
    with pytest.raises(ZeroDivisionError):
        stage.run()


def test_a_killed_run_does_not_wait_for_its_other_tasks() -> None:
    stage, swallowed = Stage(), []

    async def child() -> None:
        await stage.world.before("deadly")

    async def parent() -> None:
        task = asyncio.create_task(child())
        try:
            await asyncio.gather(task)
        finally:
            await asyncio.gather(task, return_exceptions=True)

    async def work() -> None:
        try:
            await parent()
        except Exception as error:  # noqa: BLE001 - as the product does
            swallowed.append(error)
        async with asyncio.timeout(60):
            await stage.world.before("file")

    stage.start("work", work())
    stage.run()
    assert stage.endings == {"work": Died()}
    assert [what for _, what, _ in stage.touched] == ["deadly"]


def test_what_a_killed_run_does_in_a_finally_comes_to_nothing() -> None:
    stage = Stage()

    async def careful() -> None:
        try:
            await stage.world.before("deadly")
        finally:
            await stage.world.before("file")

    stage.start("careful", careful())
    stage.run()
    assert stage.endings == {"careful": Died()}
    assert [what for _, what, _ in stage.touched] == ["deadly"]


def test_a_dead_process_says_nothing_while_it_is_closed() -> None:
    stage, heard = Stage(), list[str]()

    async def talkative() -> None:
        try:
            await stage.world.before("deadly")
        finally:
            stage.world.record(Said("log ERROR", "an error of its closing"))

    stage.world.listeners.append(lambda line: heard.append(line.fact.text) if isinstance(line.fact, Said) else None)
    stage.start("talkative", talkative())
    stage.start("other", stage.world.before("file"))
    stage.world.record(Said("log INFO", "before"))
    stage.run()
    stage.world.record(Said("log INFO", "after"))
    assert heard == ["before", "after"]
