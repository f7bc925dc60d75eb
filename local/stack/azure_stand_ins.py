"""What stands in for Azure in a stack: Azurite, identity, Resource Manager, Monitor, Graph. All start at once."""

import json
import sys
import urllib.parse
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path

from local.stack.azurite import Azurite
from local.stack.child_processes import Child, Family
from local.stack.process_environment import base_environment, given_graph
from local.stack.readiness_probe import missing_from

NAMES = ("identity", "resource_manager", "monitor", "graph")
"""Those that need a port here; Azurite has ports of its own."""

GRAPH_CLOCK_SCALE = 28_800.0
"""Seconds that pass for Graph in a real second: a user's export, which takes two days, takes 6 s."""

START_SECONDS = 30.0


class StandIns:
    """The stand-ins of one stack, as processes.

    Args:
        state: the folder that keeps everything.
        environment: the caller's environment, which may name another Graph.
        ports: the port of each of `NAMES`.
        secret: what requests for tokens must send.
        console: where people who sign in come back to: the addresses of the console.
        family: the family that the processes join.
    """

    def __init__(
        self,
        state: Path,
        environment: Mapping[str, str],
        ports: Mapping[str, int],
        secret: str,
        console: Sequence[str],
        family: Family,
    ) -> None:
        self._state = state
        self._environment = base_environment(environment)
        self._ports = ports
        self._secret = secret
        self._console = console
        self._family = family
        self._own_graph = not given_graph(environment)
        self.identity, self.resource_manager, self.monitor, graph = (
            f"http://127.0.0.1:{ports[name]}" for name in NAMES
        )
        self.graph = given_graph(environment) or graph
        self.azurite = Azurite(state, family)
        self.pids: dict[str, int] = {}

    def start(self) -> None:
        """Start them and wait until all answer.

        Raises:
            NodeMissingError: there is no Node for Azurite.
            StartError: one did not start; the message shows the end of its log.
        """
        self.azurite.launch()
        started = [
            (self._start_identity(), f"{self.identity}/keys"),
            (self._start_resource_manager(), f"{self.resource_manager}/"),
            (self._start_monitor(), f"{self.monitor}/"),
        ]
        if self._own_graph:
            started.append((self._start_graph(), f"{self.graph}/v1.0/"))
        self.azurite.wait()
        self.pids["azurite"] = self.azurite.pid
        for child, url in started:
            await_answer(child, url)
            self.pids[child.name] = child.pid

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

    def _start_identity(self) -> Child:
        addresses = [f"--redirect-uri={address}" for address in self._console]
        command = module("identity", self._ports["identity"], "--state", self._state / "identity", *addresses)
        return self._family.start("identity", command, {**self._environment, "IDENTITY_HEADER": self._secret})

    def _start_resource_manager(self) -> Child:
        options = ["--identity", self.identity, "--account", self.azurite.account]
        command = module("resource_manager", self._ports["resource_manager"], *options)
        return self._family.start("resource_manager", command, self._environment)

    def _start_monitor(self) -> Child:
        command = module("monitor", self._ports["monitor"], "--state", self._state / "monitor")
        return self._family.start("monitor", command, self._environment)

    def _start_graph(self) -> Child:
        options = ["--identity", self.identity, "--scale", str(GRAPH_CLOCK_SCALE)]
        paths: list[str | Path] = ["--state", self._state / "graph", "--storage-ca", self.azurite.ca_bundle]
        return self._family.start("graph", module("graph", self._ports["graph"], *options, *paths), self._environment)


def module(name: str, port: int, *options: str | Path) -> list[str | Path]:
    """Return the command that runs a module of `local` on a port."""
    return [sys.executable, "-m", f"local.{name}", "--port", str(port), *options]


def await_answer(child: Child, url: str) -> None:
    """Block until a child answers at a URL, whatever it says.

    Raises:
        StartError: it ended, or did not answer in time.
    """
    child.wait_until(lambda: missing_from(url), START_SECONDS)
