"""The host with the sample app in a process of its own, which tests start, call, kill and stop."""

import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar
from uuid import uuid4

import httpx

from tests.loopback import NO_TLS

T = TypeVar("T")

ROOT = Path(__file__).resolve().parents[3]
SAMPLE_APP = Path(__file__).parent / "sample_app"


def until(look: Callable[[], T], seconds: float = 20) -> T:
    """Look repeatedly until what is seen is true."""
    deadline = time.monotonic() + seconds
    while not (seen := look()):
        assert time.monotonic() < deadline, f"it did not happen within {seconds} s"
        time.sleep(0.01)
    return seen


class SampleAppHost:
    """`python -m local.host` with the sample app."""

    def __init__(self, folder: Path, environment: Mapping[str, str] | None = None, *, app: Path = SAMPLE_APP) -> None:
        self.state = folder / "state"
        self.notes = folder / "notes"
        self.notes.mkdir(exist_ok=True)
        self._log_path = folder / "host.log"
        self._app = app
        self._environment = {
            "PATH": os.environ["PATH"],
            "SAMPLE_NOTES": str(self.notes),
            "SAMPLE_SCHEDULE": "0 0 0 1 1 *",
        } | dict(environment or {})

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self.process.poll() is None:
            self.process.terminate()
        self.release()

    def launch(self, *options: str, port: int = 0) -> subprocess.Popen[str]:
        """Start the process without waiting for it to be ready."""
        command = [sys.executable, "-W", "error::ResourceWarning", "-m", "local.host", "--app", str(self._app)]
        command += ["--port", str(port), "--state", str(self.state), *options]
        with self._log_path.open("a", encoding="utf-8") as log:
            return subprocess.Popen(  # noqa: S603  our own command
                command, cwd=ROOT, env=self._environment, stdout=subprocess.PIPE, stderr=log, text=True
            )

    def start(self, *options: str) -> None:
        self.process = self.launch(*options)
        assert self.process.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            assert selector.select(timeout=30), self.log()
        line = self.process.stdout.readline()
        assert line.startswith("ready http://127.0.0.1:"), self.log()
        self.url = line.split()[1]
        self.client = httpx.Client(base_url=self.url, trust_env=False, timeout=20, verify=NO_TLS)

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.send_signal(signal.SIGKILL)
        self.release()

    def release(self) -> int:
        """Wait for the end of the process and close what belongs to it; return its exit status."""
        self.client.close()
        status = self.process.wait(timeout=10)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return status

    def log(self) -> str:
        return self._log_path.read_text(encoding="utf-8")

    def noted(self, name: str) -> list[str]:
        path = self.notes / name
        return path.read_text(encoding="utf-8").splitlines() if path.exists() else []

    def key(self, kind: str, name: str) -> str:
        return str(self._keys()[kind][name])

    def master_key(self) -> str:
        return str(self._keys()["masterKey"])

    def _keys(self) -> dict[str, Any]:
        keys: dict[str, Any] = json.loads((self.state / "keys.json").read_text(encoding="utf-8"))
        return keys

    @property
    def function_key(self) -> str:
        return self.key("functionKeys", "default")

    @property
    def durable_key(self) -> str:
        return self.key("systemKeys", "durabletask_extension")

    def manage(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        """Call the Durable management API with its key."""
        headers = {"x-functions-key": self.durable_key}
        return self.client.request(method, f"/runtime/webhooks/durabletask/{path}", headers=headers, **arguments)

    def begin(self, orchestrator: str, instance_id: str = "", client_input: object = None) -> str:
        """Start an orchestration by the app's own durable client."""
        content = "" if client_input is None else json.dumps(client_input)
        response = self.client.post(f"/api/start/{orchestrator}/{instance_id or uuid4()}", content=content)
        assert response.status_code == 202, response.text
        return str(response.json()["id"])

    def status(self, instance_id: str) -> dict[str, Any]:
        response = self.manage("GET", f"instances/{instance_id}")
        assert response.status_code in (200, 202), response.text
        content: dict[str, Any] = response.json()
        return content

    def ended(self, instance_id: str) -> dict[str, Any]:
        """Wait for the end of an orchestration."""
        until(lambda: self.status(instance_id)["runtimeStatus"] in ("Completed", "Failed", "Terminated"))
        return self.status(instance_id)

    def call(self, name: str, instance_id: str, **arguments: object) -> Any:
        """Call the SDK's durable client inside the app."""
        response = self.client.post(f"/api/client/{name}/{instance_id}", json=arguments)
        assert response.status_code == 200, self.log()
        return response.json()
