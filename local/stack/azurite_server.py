"""Runs Azurite: an emulator of Azure Storage, over HTTPS with tokens or over plain HTTP."""

import base64
import json
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

from local.private_files import write_private
from local.setup.nodejs import MODULES, find_node
from local.stack.child_processes import Child, Family, StartError
from local.stack.loopback_ports import ports_for
from local.stack.readiness_probe import missing_from
from local.stack.self_signed_certificate import Certificate

START_SECONDS = 30.0
KEY_BYTES = 64
SERVICES = ("blob", "queue", "table")


class AzuriteServer:
    """An Azurite whose data, keys and ports are kept in a folder.

    Args:
        name: of the process and its log.
        folder: what it keeps is here; made if it is missing.
        family: the family that the process joins.
        accounts: the names of its accounts.
        certificate: what it serves HTTPS with, and takes tokens; without one it serves HTTP.
    """

    def __init__(
        self, name: str, folder: Path, family: Family, accounts: Sequence[str], certificate: Certificate | None = None
    ) -> None:
        self._name = name
        self._folder = folder
        self._folder.mkdir(parents=True, exist_ok=True)
        self._family = family
        self._certificate = certificate
        self._child: Child | None = None
        self._keys = _keys_in(folder / "accounts.json", accounts)
        self._ports: Mapping[str, int] = {}

    @property
    def pid(self) -> int:
        """The process id; 0 if it doesn't run."""
        return self._child.pid if self._child else 0

    def key(self, account: str) -> str:
        """The key of an account."""
        return self._keys[account]

    def endpoint(self, service: str, account: str) -> str:
        """The endpoint of a service for an account."""
        return f"{self._root(service)}/{account}"

    def start(self) -> Self:
        """Start it and wait until it answers.

        Raises:
            NodeMissingError: there is no Node to run it.
            StartError: it is not installed or did not start.
        """
        self.launch()
        self.wait()
        return self

    def launch(self) -> None:
        """Start it without waiting; the endpoints are known from now on.

        Raises:
            NodeMissingError: there is no Node to run it.
            StartError: it is not installed.
        """
        self._ports = ports_for(SERVICES, self._folder / "ports.json")
        self._child = self._family.start(self._name, self._command(), self._environment())

    def wait(self) -> None:
        """Block until it answers.

        Raises:
            StartError: it did not start.
        """
        if self._child:
            self._child.wait_until(self._missing, START_SECONDS)

    def stop(self) -> None:
        """Stop it with SIGTERM, so that it writes what it holds in memory."""
        if self._child:
            self._family.stop(self._child)
            self._child = None

    def _root(self, service: str) -> str:
        return f"{'https' if self._certificate else 'http'}://127.0.0.1:{self._ports[service]}"

    def _environment(self) -> Mapping[str, str]:
        return {"AZURITE_ACCOUNTS": ";".join(f"{name}:{key}" for name, key in self._keys.items())}

    def _command(self) -> list[str | Path]:
        program = MODULES / "azurite" / "dist" / "src" / "azurite.js"
        if not program.exists():
            raise StartError("Azurite is not installed: run `make setup`.")
        options: dict[str, str | Path] = {"--location": self._folder / "data"}
        if self._certificate:
            options |= {"--cert": self._certificate.path, "--key": self._certificate.key_path, "--oauth": "basic"}
        for service, port in self._ports.items():
            options |= {f"--{service}Host": "127.0.0.1", f"--{service}Port": str(port)}
        # The SDKs send newer API versions than Azurite knows.
        flags = ["--silent", "--disableTelemetry", "--skipApiVersionCheck"]
        return [find_node(), program, *flags, *(part for option in options.items() for part in option)]

    def _missing(self) -> str:
        trusted = self._certificate.path if self._certificate else None
        answers = (missing_from(f"{self._root(service)}/", trusted=trusted) for service in SERVICES)
        return next(filter(None, answers), "")


def _keys_in(path: Path, accounts: Sequence[str]) -> Mapping[str, str]:
    if not path.exists():
        keys = {name: base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode() for name in accounts}
        write_private(path, json.dumps(keys))
    loaded: Mapping[str, str] = json.loads(path.read_text("utf-8"))
    return loaded
