"""Ports: free, distinct, and the same again if possible."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from local.checkout import ROOT
from local.stack import loopback_ports
from local.stack.loopback_ports import is_free, ports_for

TAKE = """
import sys
from pathlib import Path
from local.stack.loopback_ports import ports_for

print(ports_for(["a"], Path(sys.argv[1]))["a"], flush=True)
sys.stdin.read()
"""


@contextmanager
def another_process(memory: Path) -> Iterator[int]:
    """The port that another process is given and doesn't listen on yet."""
    with subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-c", TAKE, memory], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        yield int(process.stdout.readline())
        process.communicate()


def test_ports_are_free_and_distinct(tmp_path: Path) -> None:
    ports = ports_for(["a", "b", "c"], tmp_path / "ports.json")

    assert len(set(ports.values())) == 3
    assert all(is_free(port) for port in ports.values())


def test_the_same_ports_are_used_again(tmp_path: Path) -> None:
    memory = tmp_path / "ports.json"

    assert ports_for(["a", "b"], memory) == ports_for(["a", "b"], memory)


def test_a_port_that_another_program_took_is_replaced(tmp_path: Path) -> None:
    memory = tmp_path / "ports.json"
    first = ports_for(["a", "b"], memory)
    with socket.create_server(("127.0.0.1", first["a"])):
        second = ports_for(["a", "b"], memory)

    assert second["a"] != first["a"]
    assert second["b"] == first["b"]


def test_a_port_that_another_process_was_given_is_not_given_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = tmp_path / "ports.json"
    with another_process(memory) as theirs:
        assert is_free(theirs)
        monkeypatch.setattr(loopback_ports, "FIRST", theirs)
        monkeypatch.setattr(loopback_ports, "LAST", theirs + 50)
        ours = {ports_for(["a"], tmp_path / f"{number}.json")["a"] for number in range(10)}
        assert theirs not in ours
        assert len(ours) == 10
        assert ports_for(["a"], memory)["a"] != theirs


def test_the_ports_of_a_process_that_has_ended_are_given_again(tmp_path: Path) -> None:
    memory = tmp_path / "ports.json"
    with another_process(memory) as theirs:
        pass
    assert ports_for(["a"], memory)["a"] == theirs
