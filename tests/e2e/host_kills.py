"""Kills the host of a stack, and waits for the one that replaces it."""

import httpx

from local.stack.local_stack import Stack
from tests.e2e.caller import Caller
from tests.local.waiting import eventually

HIDDEN_SECONDS = 2
"""How long what a killed host was doing is hidden from the next one in these tests; by host.json it is a minute."""
SOON_AGAIN = {"LOCAL_HOST_HIDDEN_SECONDS": str(HIDDEN_SECONDS)}
"""For the environment of a stack whose host is killed."""


def kill(stack: Stack, caller: Caller) -> None:
    before = stack.host_pid
    stack.kill_host()
    assert eventually(lambda: stack.host_pid != before and answers(caller), 30)


def answers(caller: Caller) -> bool:
    try:
        return caller.call("GET", "health").status_code == 200
    except httpx.TransportError:
        return False
