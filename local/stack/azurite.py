"""Runs Azurite over HTTPS, with token authentication and two accounts."""

import base64
import json
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from local.private_files import write_private
from local.setup.nodejs import MODULES, find_node
from local.stack.child_processes import Child, Family, StartError
from local.stack.loopback_ports import ports_for
from local.stack.readiness_probe import missing_from
from local.stack.self_signed_certificate import Certificate, certificate_in

EXPORTS, RECORDS = "exports", "records"
START_SECONDS = 30.0
KEY_BYTES = 64


class Azurite:
    """An Azurite whose data, keys, certificate and ports are kept in a state folder."""

    def __init__(self, state: Path, family: Family) -> None:
        self._state = state.resolve() / "azurite"
        self._state.mkdir(parents=True, exist_ok=True)
        self._family = family
        self._child: Child | None = None
        self._certificate: Certificate = certificate_in(self._state / "tls")
        self._keys = _keys_in(self._state / "accounts.json")
        self._ports: Mapping[str, int] = {}

    @property
    def account(self) -> str:
        """The name of the account for exports."""
        return EXPORTS

    @property
    def account_key(self) -> str:
        """The key of the account for exports."""
        return self._keys[EXPORTS]

    @property
    def blob_endpoint(self) -> str:
        """The blob endpoint of the account for exports."""
        return self._endpoint("blob", EXPORTS)

    @property
    def records_account(self) -> str:
        """The name of the account for records."""
        return RECORDS

    @property
    def records_key(self) -> str:
        """The key of the account for records."""
        return self._keys[RECORDS]

    @property
    def table_endpoint(self) -> str:
        """The table endpoint of the account for records."""
        return self._endpoint("table", RECORDS)

    @property
    def ca_bundle(self) -> Path:
        """The PEM file that clients must trust."""
        return self._certificate.path

    @property
    def pid(self) -> int:
        """The process id; 0 if it doesn't run."""
        return self._child.pid if self._child else 0

    def start(self) -> Self:
        """Start it and wait until it answers.

        Raises:
            NodeMissingError: there is no Node to run it.
            StartError: it is not installed or did not start.
        """
        self._ports = ports_for(["blob", "queue", "table"], self._state / "ports.json")
        self._child = self._family.start("azurite", self._command(), self._environment())
        self._child.wait_until(self._missing, START_SECONDS)
        return self

    def stop(self) -> None:
        """Stop it with SIGTERM, so that it writes what it holds in memory."""
        if self._child:
            self._family.stop(self._child)
            self._child = None

    def _endpoint(self, service: str, account: str) -> str:
        return f"https://127.0.0.1:{self._ports[service]}/{account}"

    def _environment(self) -> Mapping[str, str]:
        return {"AZURITE_ACCOUNTS": ";".join(f"{name}:{key}" for name, key in self._keys.items())}

    def _command(self) -> list[str | Path]:
        program = MODULES / "azurite" / "dist" / "src" / "azurite.js"
        if not program.exists():
            raise StartError("Azurite is not installed: run `make setup`.")
        options: dict[str, str | Path] = {
            "--location": self._state / "data",
            "--cert": self._certificate.path,
            "--key": self._certificate.key_path,
        }
        for service, port in self._ports.items():
            options |= {f"--{service}Host": "127.0.0.1", f"--{service}Port": str(port)}
        # The SDKs send newer API versions than Azurite knows.
        flags = ["--silent", "--disableTelemetry", "--skipApiVersionCheck", "--oauth", "basic"]
        return [find_node(), program, *flags, *(part for option in options.items() for part in option)]

    def _missing(self) -> str:
        services = [f"https://127.0.0.1:{self._ports[service]}/" for service in ("blob", "table")]
        return next(filter(None, (missing_from(url, trusted=self.ca_bundle) for url in services)), "")


def _keys_in(path: Path) -> Mapping[str, str]:
    if not path.exists():
        keys = {name: base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode() for name in (EXPORTS, RECORDS)}
        write_private(path, json.dumps(keys))
    loaded: Mapping[str, str] = json.loads(path.read_text("utf-8"))
    return loaded
