"""Ports: free, distinct, and the same again if possible."""

import socket
from pathlib import Path

from local.stack.loopback_ports import is_free, ports_for


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
