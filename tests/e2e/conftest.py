"""Fixtures with the whole product on a local stack, started once per test process."""

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from local.stack.local_stack import Stack
from tests.e2e.caller import Caller, NewStack
from tests.e2e.example_script import HEADINGS, ExampleScript
from tests.e2e.host_kills import SOON_AGAIN
from tests.e2e.misbehaving_relay import MisbehavingRelay
from tests.e2e.secret_search import search_answers, search_histories, search_logs, search_rows, search_telemetry


@pytest.fixture(scope="session")
def new_stack(request: pytest.FixtureRequest, app: Path) -> NewStack:
    """Makes a stack with the app under test, on the host under test, from a state folder and an environment."""
    return partial(Stack, app=app, host=request.config.getoption("--host"))


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory, new_stack: NewStack) -> Iterator[Stack]:
    """The running app: `stack.api` is its address, `stack.credentials` the headers of a caller who may do everything.

    Clients of its storage pass `connection_verify=str(stack.azurite.ca_bundle)`. It doesn't inherit the shell's
    environment, so that the tests run with the defaults; a killed host is made up for sooner. Afterwards it is searched
    for secrets that were left behind.
    """
    environment = {"PATH": os.environ["PATH"], **SOON_AGAIN}
    with new_stack(tmp_path_factory.mktemp("stack"), environment) as running:
        yield running
        search_rows(running)
        search_histories(running)
        search_logs(running)
        search_telemetry(running)


@pytest.fixture(scope="session")
def caller(stack: Stack) -> Iterator[Caller]:
    """A caller who may do everything. Afterwards all its responses are searched for secrets."""
    everything = Caller.of(stack)
    yield everything
    search_answers(everything.answers, stack)


@pytest.fixture(params=HEADINGS)
def any_script(request: pytest.FixtureRequest, tmp_path: Path, stack: Stack) -> Iterator[ExampleScript]:
    """Each example that can be run here."""
    script = ExampleScript.of(request.param, tmp_path, stack)
    yield script
    script.kill()


@pytest.fixture
def bash_script(tmp_path: Path, stack: Stack) -> Iterator[ExampleScript]:
    """The example for curl."""
    script = ExampleScript.of("bash", tmp_path, stack)
    yield script
    script.kill()


@pytest.fixture
def python_script(tmp_path: Path, stack: Stack) -> Iterator[ExampleScript]:
    """The example for Python."""
    script = ExampleScript.of("python", tmp_path, stack)
    yield script
    script.kill()


@pytest.fixture
def relay(stack: Stack) -> Iterator[MisbehavingRelay]:
    """A relay to the stack that passes everything on until it is told otherwise."""
    with MisbehavingRelay(stack) as misbehaving:
        yield misbehaving
