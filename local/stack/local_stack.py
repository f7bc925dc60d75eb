"""The local stack: the app and all it needs: Azurite, an identity, a Resource Manager, a Monitor, a Graph, a host."""

import json
import os
import secrets
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from local.checkout import ROOT
from local.host.access_keys import Keys, read_or_make_keys
from local.private_files import write_private
from local.resource_manager.storage_account_resource import account_id
from local.stack.azure_stand_ins import NAMES, StandIns, await_answer, module
from local.stack.child_processes import Family
from local.stack.host_command import HostCommand, given_host, local_host
from local.stack.host_storage import HostStorage
from local.stack.host_supervisor import HostSupervisor
from local.stack.loopback_ports import ports_for
from local.stack.orphaned_processes import stop_orphans
from local.stack.process_environment import (
    AppEndpoints,
    app_environment,
    base_environment,
    uses_function_keys,
)
from local.stack.state_folder_lock import StateFolderLock
from local.stack.trust_bundle import write_bundle

if TYPE_CHECKING:
    from local.stack.azurite import Azurite

ROLES = ("Exports.Submit", "Exports.Read", "Exports.Download", "Exports.Operate", "Exports.Admin")


class Stack:
    """A local stack; use it as a context manager, or call `start` and `stop`.

    Args:
        state: the folder that keeps everything; with the same folder, data, keys and ports are the same again.
        environment: the caller's environment. The app's settings in it override those of the stack.
        announcement: the file with all addresses, for other programs; by default `stack.json` in the state folder.
        app: the folder of the function app: the checkout, or an unpacked deployment package. The local host runs a
            package with no packages but its own.
        host: the command line of another Functions host than the local one, such as `func start --port {port}`. It
            gets a storage of its own, and App Service authentication in front.
        fresh: whether to start with an empty state folder.
    """

    def __init__(
        self,
        state: Path,
        environment: Mapping[str, str],
        *,
        announcement: Path | None = None,
        app: Path = ROOT,
        host: str = "",
        fresh: bool = False,
    ) -> None:
        self._state = state.resolve()
        self._environment = environment
        self._announcement = announcement.resolve() if announcement else self._state / "stack.json"
        self._app = app.resolve()
        self._given_host = host
        self._fresh = fresh
        # Beside the folder, because that may be emptied.
        self._lock = StateFolderLock(self._state.with_name(f"{self._state.name}.lock"))
        self._family: Family | None = None
        self._stand_ins: StandIns | None = None
        self._host: HostSupervisor | None = None
        self._secret = secrets.token_urlsafe(32)
        self._pids: dict[str, int] = {}
        self.azurite: Azurite
        self.app_environment: Mapping[str, str] = {}
        self.api = ""
        self.graph = ""
        self.identity = ""
        self.monitor = ""
        self.resource_manager = ""
        self.token = ""

    def __enter__(self) -> Self:
        """Start it."""
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop it."""
        self.stop()

    @property
    def state(self) -> Path:
        """The folder that keeps everything."""
        return self._state

    @property
    def logs(self) -> Path:
        """The folder of the logs, one for each process."""
        return self._state / "logs"

    @property
    def temporary(self) -> Path:
        """The folder for temporary files of the host and the app."""
        return self._state / "tmp"

    @property
    def host_pid(self) -> int:
        """The process id of the Functions host that runs now."""
        return self._started_host.pid

    @property
    def runs_local_host(self) -> bool:
        """Whether its host is the local one, not one that was given."""
        return not self._given_host

    @property
    def credentials(self) -> Mapping[str, str]:
        """The headers of a caller with all rights, as AUTH_MODE requires them."""
        if uses_function_keys(self._environment):
            return {"x-functions-key": self.function_key}
        return {"Authorization": f"Bearer {self.token}"}

    @property
    def console(self) -> str:
        """The address of the page for people; empty if callers send function keys, because it needs sign-in."""
        return "" if uses_function_keys(self._environment) else f"{self.api}/console"

    @property
    def function_key(self) -> str:
        """The key for functions of the level FUNCTION; empty for a host that asks for none."""
        return self._keys.function if self._keys else ""

    @property
    def durable_key(self) -> str:
        """The system key for the Durable management API; empty for a host that asks for none."""
        return self._keys.durable if self._keys else ""

    @property
    def keys_path(self) -> Path:
        """The file with the host's keys. A host that was given has none, unless it wrote one there itself."""
        return self._host_state / "keys.json"

    @property
    def _keys(self) -> Keys | None:
        return read_or_make_keys(self.keys_path) if self.keys_path.exists() else None

    @property
    def _host_state(self) -> Path:
        return self._state / "host"

    def start(self) -> Self:
        """Start what stands in for Azure, and the host once all of it answers. If a part fails, stop them all.

        Raises:
            LockedError: another run uses the state folder.
            NodeMissingError: there is no Node for Azurite.
            StartError: a part did not start; the message shows the end of its log.
        """
        self._lock.take()
        try:
            self._prepare()
            self._start_all()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Stop everything in reverse order. It does nothing if nothing runs."""
        if self._host:
            self._host.stop_supervising()
            self._host = None
        if self._family:
            self._announcement.unlink(missing_ok=True)
            self._family.close()
            self._family = None
        self._lock.release()

    def kill_host(self) -> None:
        """Kill the host and its workers with SIGKILL; another one replaces it, with the same port and state."""
        self._started_host.kill()

    def token_for(self, roles: Sequence[str], *, name: str = "", object_id: str = "") -> str:
        """Return the bearer token of a caller of the app with these app roles."""
        return self._running_stand_ins.token_for(roles, name=name, object_id=object_id)

    @property
    def _running_stand_ins(self) -> StandIns:
        if self._stand_ins is None:
            raise RuntimeError("The stack is not running.")
        return self._stand_ins

    @property
    def _started_host(self) -> HostSupervisor:
        if self._host is None:
            raise RuntimeError("The stack is not running.")
        return self._host

    def _prepare(self) -> None:
        self._announcement.unlink(missing_ok=True)
        names = stop_orphans(self._state)
        if names:
            print(
                f"Stopped processes that an earlier run left behind: {', '.join(names)}.", file=sys.stderr, flush=True
            )
        if self._fresh:
            shutil.rmtree(self._state, ignore_errors=True)
        self._state.mkdir(parents=True, exist_ok=True)

    def _start_all(self) -> None:
        ports = ports_for(["api", *NAMES, "host"], self._state / "ports.json")
        self.api = f"http://127.0.0.1:{ports['api']}/api"
        self._lock.announce(self.api)
        family = self._family = Family(self._state, self._announcement)
        self._start_stand_ins(family, ports)
        self.temporary.mkdir(exist_ok=True)
        self.app_environment = app_environment(self._environment, self._endpoints())
        if self.runs_local_host:
            issuer = "" if uses_function_keys(self._environment) else self.identity
            host = local_host(self._app, ports["api"], self._host_state, issuer)
        else:
            host = self._prepare_given_host(family, ports)
        self._start_host(family, host)

    def _start_stand_ins(self, family: Family, ports: Mapping[str, int]) -> None:
        # One console, under both names of this machine; an address counts as it was typed.
        console = [self.console, self.console.replace("127.0.0.1", "localhost")] if self.console else []
        stand_ins = self._stand_ins = StandIns(self._state, self._environment, ports, self._secret, console, family)
        self.azurite, self.graph = stand_ins.azurite, stand_ins.graph
        self.identity, self.resource_manager = stand_ins.identity, stand_ins.resource_manager
        self.monitor = stand_ins.monitor
        stand_ins.start()
        self._pids = stand_ins.pids
        self.token = self.token_for(ROLES)

    def _prepare_given_host(self, family: Family, ports: Mapping[str, int]) -> HostCommand:
        """Start what a host needs that is not the local one, and return its command."""
        storage = HostStorage(self._host_state / "storage", family).start()
        self._pids["host_storage"] = storage.pid
        trusted = self._host_state / "trusted.pem"
        write_bundle(trusted, self.azurite.ca_bundle)
        self.app_environment = {
            **self.app_environment,
            "AzureWebJobsStorage": storage.connection_string,
            "REQUESTS_CA_BUNDLE": str(trusted),
            "SSL_CERT_FILE": str(trusted),
        }
        keyed = uses_function_keys(self._environment)
        if not keyed:
            root = f"http://127.0.0.1:{ports['host']}"
            command = module("app_service", ports["api"], "--identity", self.identity, "--host", root)
            front = family.start("app_service", command, base_environment(self._environment))
            await_answer(front, f"{self.api}/health")
            self._pids["app_service"] = front.pid
        port = ports["api"] if keyed else ports["host"]
        path = self._environment.get("PATH", os.defpath)
        return given_host(self._given_host, self._app, port, self._host_state, path)

    def _start_host(self, family: Family, host: HostCommand) -> None:
        health = f"{self.api}/health"
        self._host = HostSupervisor(family, host, self.app_environment, health, self._announce)
        self._host.wait_until_healthy()
        self._announce()
        self._host.supervise()

    def _endpoints(self) -> AppEndpoints:
        return AppEndpoints(
            graph=self.graph,
            blobs=self.azurite.blob_endpoint,
            tables=self.azurite.table_endpoint,
            identity=self.identity,
            resource_manager=self.resource_manager,
            monitor=self.monitor,
            account_id=account_id(self.azurite.account),
            ca_bundle=self.azurite.ca_bundle,
            temporary=self.temporary,
            account_key=self.azurite.account_key,
            identity_secret=self._secret,
        )

    def _announce(self) -> None:
        """Write down where everything is. The file contains a token, so only its owner may read it."""
        content = {
            "api": self.api,
            "console": self.console,
            "token": self.token,
            "graph": self.graph,
            "resourceManager": self.resource_manager,
            "monitor": self.monitor,
            "blobEndpoint": self.azurite.blob_endpoint,
            "tableEndpoint": self.azurite.table_endpoint,
            "caBundle": str(self.azurite.ca_bundle),
            "pids": {**self._pids, "azurite": self.azurite.pid, "host": self.host_pid},
        }
        write_private(self._announcement, json.dumps(content, indent=2))
