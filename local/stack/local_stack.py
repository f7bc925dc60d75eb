"""The local stack: the app and all that it needs: Azurite, an identity, a Resource Manager, a Graph, a host."""

import json
import secrets
import shutil
import sys
import urllib.parse
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from local.checkout import ROOT
from local.host.access_keys import read_or_make_keys
from local.private_files import write_private
from local.resource_manager.storage_account_resource import account_id
from local.stack.azurite import Azurite
from local.stack.child_processes import Child, Family
from local.stack.host_interpreter import interpreter_for
from local.stack.host_supervisor import HostSupervisor
from local.stack.loopback_ports import ports_for
from local.stack.orphaned_processes import stop_orphans
from local.stack.process_environment import (
    AppEndpoints,
    app_environment,
    base_environment,
    given_graph,
    uses_function_keys,
)
from local.stack.readiness_probe import missing_from
from local.stack.state_folder_lock import StateFolderLock

ROLES = ("Exports.Submit", "Exports.Read", "Exports.Download", "Exports.Operate", "Exports.Admin")
GRAPH_CLOCK_SCALE = 28_800.0
"""Seconds that pass for Graph in a real second: a user's export, which takes two days, takes 6 s."""

START_SECONDS = 30.0


class Stack:
    """A local stack; use it as a context manager, or call `start` and `stop`.

    Args:
        state: the folder that keeps everything; with the same folder, data, keys and ports are the same again.
        environment: the caller's environment. The app's settings in it override those of the stack.
        announcement: the file with all addresses, for other programs; by default `stack.json` in the state folder.
        app: the folder of the function app: the checkout, or an unpacked deployment package, which then runs with no
            packages but its own.
        fresh: whether to start with an empty state folder.
    """

    def __init__(
        self,
        state: Path,
        environment: Mapping[str, str],
        *,
        announcement: Path | None = None,
        app: Path = ROOT,
        fresh: bool = False,
    ) -> None:
        self._state = state.resolve()
        self._environment = environment
        self._announcement = announcement.resolve() if announcement else self._state / "stack.json"
        self._app = app.resolve()
        self._fresh = fresh
        # Beside the folder, because that may be emptied.
        self._lock = StateFolderLock(self._state.with_name(f"{self._state.name}.lock"))
        self._family: Family | None = None
        self._host: HostSupervisor | None = None
        self._secret = secrets.token_urlsafe(32)
        self._pids: dict[str, int] = {}
        self.azurite: Azurite
        self.app_environment: Mapping[str, str] = {}
        self.api = ""
        self.graph = ""
        self.identity = ""
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
    def host_pid(self) -> int:
        """The process id of the Functions host that runs now."""
        return self._started_host.pid

    @property
    def credentials(self) -> Mapping[str, str]:
        """The headers of a caller with all rights, as AUTH_MODE requires them."""
        if uses_function_keys(self._environment):
            return {"x-functions-key": read_or_make_keys(self.keys_path).function}
        return {"Authorization": f"Bearer {self.token}"}

    @property
    def keys_path(self) -> Path:
        """The file with the host's keys."""
        return self._state / "host" / "keys.json"

    def start(self) -> Self:
        """Start the parts one after another, each once the one before it answers. If one fails, stop them all.

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
        """Kill the host with SIGKILL; another one replaces it, with the same port and state."""
        self._started_host.kill()

    def token_for(self, roles: Sequence[str], *, name: str = "", object_id: str = "") -> str:
        """Return the bearer token of a caller of the app with these app roles."""
        wanted = {"roles": ",".join(roles), "name": name, "oid": object_id}
        query = urllib.parse.urlencode({key: value for key, value in wanted.items() if value})
        request = urllib.request.Request(  # noqa: S310 - the loopback address of our own identity
            f"{self.identity}/token?{query}", headers={"X-IDENTITY-HEADER": self._secret}
        )
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10) as answer:
            token: str = json.load(answer)["access_token"]
        return token

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
        ports = ports_for(["api", "identity", "resource_manager", "graph"], self._state / "ports.json")
        roots = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
        self.api, self.identity = f"{roots['api']}/api", roots["identity"]
        self.resource_manager = roots["resource_manager"]
        self.graph = given_graph(self._environment) or roots["graph"]
        self._lock.announce(self.api)

        family = self._family = Family(self._state, self._announcement)
        self.azurite = Azurite(self._state, family).start()
        self._pids = {"azurite": self.azurite.pid}
        self._start_identity(family, ports["identity"])
        self._start_resource_manager(family, ports["resource_manager"])
        if self.graph == roots["graph"]:
            self._start_graph(family, ports["graph"])
        self._start_host(family, ports["api"])

    def _start_identity(self, family: Family, port: int) -> None:
        environment = base_environment(self._environment) | {"IDENTITY_HEADER": self._secret}
        child = family.start("identity", self._module("identity", port), environment)
        self._wait_for(child, f"{self.identity}/keys")
        self.token = self.token_for(ROLES)

    def _start_resource_manager(self, family: Family, port: int) -> None:
        options = ["--identity", self.identity, "--account", self.azurite.account]
        command = [sys.executable, "-m", "local.resource_manager", "--port", str(port), *options]
        child = family.start("resource_manager", command, base_environment(self._environment))
        self._wait_for(child, f"{self.resource_manager}/")

    def _start_graph(self, family: Family, port: int) -> None:
        options = ["--identity", self.identity, "--scale", str(GRAPH_CLOCK_SCALE)]
        command = [*self._module("graph", port), *options, "--storage-ca", self.azurite.ca_bundle]
        child = family.start("graph", command, base_environment(self._environment))
        self._wait_for(child, f"{self.graph}/v1.0/")

    def _start_host(self, family: Family, port: int) -> None:
        endpoints = AppEndpoints(
            graph=self.graph,
            blobs=self.azurite.blob_endpoint,
            tables=self.azurite.table_endpoint,
            identity=self.identity,
            resource_manager=self.resource_manager,
            account_id=account_id(self.azurite.account),
            ca_bundle=self.azurite.ca_bundle,
            account_key=self.azurite.account_key,
            identity_secret=self._secret,
        )
        interpreter = interpreter_for(self._app, self._state / "host" / "path")
        _, *module = self._module("host", port)
        command = [*interpreter.command, *module, "--app", self._app]
        if not uses_function_keys(self._environment):
            command += ["--identity", self.identity]
        self.app_environment = app_environment(self._environment, endpoints)
        environment = {**self.app_environment, **interpreter.environment}
        self._host = HostSupervisor(family, command, environment, f"{self.api}/health", self._announce)
        self._host.wait_until_healthy()
        self._announce()
        self._host.supervise()

    def _module(self, name: str, port: int) -> list[str | Path]:
        return [sys.executable, "-m", f"local.{name}", "--port", str(port), "--state", self._state / name]

    def _wait_for(self, child: Child, url: str) -> None:
        child.wait_until(lambda: missing_from(url), START_SECONDS)
        self._pids[child.name] = child.pid

    def _announce(self) -> None:
        """Write down where everything is. The file contains a token, so only its owner may read it."""
        content = {
            "api": self.api,
            "token": self.token,
            "graph": self.graph,
            "resourceManager": self.resource_manager,
            "blobEndpoint": self.azurite.blob_endpoint,
            "tableEndpoint": self.azurite.table_endpoint,
            "caBundle": str(self.azurite.ca_bundle),
            "pids": {**self._pids, "host": self.host_pid},
        }
        write_private(self._announcement, json.dumps(content, indent=2))
