"""Kills the host of a stack, and waits for the one that replaces it."""

import httpx

from local.stack.local_stack import Stack
from tests.e2e.caller import Caller
from tests.local.waiting import eventually

HIDDEN_SECONDS = 2
"""How long what a killed host was doing is hidden from the next one in these tests; by host.json it is a minute."""
SOON_AGAIN = {"LOCAL_HOST_HIDDEN_SECONDS": str(HIDDEN_SECONDS)}
"""For the environment of a stack whose host is killed."""
OTHER_HOST_SECONDS = 120
"""How long another host takes at most until it goes on with what a killed one was doing: 80 to 100 s, measured."""


def goes_on_within(stack: Stack) -> float:
    """The seconds after a kill in which a step that was under way is done again."""
    return HIDDEN_SECONDS + 10 if stack.runs_local_host else OTHER_HOST_SECONDS


def kill(stack: Stack, caller: Caller) -> None:
    before = stack.host_pid
    stack.kill_host()
    assert eventually(lambda: stack.host_pid != before and answers(caller), 30)


def answers(caller: Caller) -> bool:
    try:
        return caller.call("GET", "health").status_code == 200
    except httpx.TransportError:
        return False
