"""A caller of the running app, with control over the local Graph.

It checks every response against the OpenAPI document, and keeps it for the search for secrets.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

import httpx

from local.stack.local_stack import Stack
from tests.local import waiting
from tests.loopback import NO_TLS
from tests.openapi_conformance import departures

PATIENCE = 60.0
PROXYS_OWN = {502, 503}
"""What the proxy in front of another host answers without a body if the host is away or dies meanwhile."""

NewStack = Callable[[Path, Mapping[str, str]], Stack]
"""Makes a stack from a state folder and an environment: the fixture `new_stack`."""


@dataclass
class Caller:
    """Calls the API with `headers`, and the local Graph's control API."""

    stack: Stack
    headers: dict[str, str]
    answers: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, stack: Stack) -> Self:
        """A caller who may do everything."""
        return cls(stack, dict(stack.credentials))

    def with_roles(self, *roles: str, object_id: str = "") -> "Caller":
        """Another caller, with these app roles."""
        token = self.stack.token_for(roles, object_id=object_id or str(uuid4()))
        return Caller(self.stack, {"Authorization": f"Bearer {token}"}, self.answers)

    def call(self, method: str, path: str, **request: Any) -> httpx.Response:
        url = path if path.startswith("http") else f"{self.stack.api}/{path}"
        given, timeout = request.pop("headers", {}), request.pop("timeout", 30)
        answer = httpx.request(method, url, headers=self.headers | given, timeout=timeout, verify=NO_TLS, **request)
        if answer.status_code in PROXYS_OWN and not (answer.content or self.stack.runs_local_host):
            raise httpx.RemoteProtocolError("The proxy in front says that the host is away.", request=answer.request)
        self.answers.append(f"{answer.headers!r}\n{answer.text}")
        asked = answer.request.url.raw_path.decode()
        assert departures(method, asked, answer.status_code, answer.headers, answer.content) == []
        return answer

    def post(self, subject: str, kind: str = "user", **more: Any) -> dict[str, Any]:
        """Creates an export and returns it as it was accepted."""
        answer = self.call("POST", "exports", json={"subject": {"type": kind, "id": subject}, **more})
        assert answer.status_code == 202, answer.text
        export: dict[str, Any] = answer.json()
        return export

    def get(self, export_id: str) -> dict[str, Any]:
        export: dict[str, Any] = self.call("GET", f"exports/{export_id}").json()
        return export

    def exports_of(self, reference: str) -> list[dict[str, Any]]:
        """The exports with this reference."""
        found: list[dict[str, Any]] = self.call("GET", "exports", params={"reference": reference}).json()["value"]
        return found

    def ended(self, export_id: str) -> dict[str, Any]:
        """Polls the export until it has ended, as Retry-After says."""
        return self._done(f"exports/{export_id}")

    def packaged(self, export_id: str, language: str = "en") -> dict[str, Any]:
        """Has a package of the export made, and polls until it is made or has failed."""
        self.call("POST", f"exports/{export_id}/package", json={"language": language})
        return self._done(f"exports/{export_id}/package?language={language}")

    def _done(self, path: str) -> dict[str, Any]:
        patience = PATIENCE * waiting.factor
        deadline = time.monotonic() + patience
        while True:
            answer = self.call("GET", path)
            found: dict[str, Any] = answer.json()
            if "Retry-After" not in answer.headers:
                return found
            assert time.monotonic() < deadline, f"Not done in {patience:.0f} s: {found}"
            time.sleep(int(answer.headers["Retry-After"]))

    def new_user(self, name: str = "") -> str:
        """Adds a user to the directory and returns its object id."""
        object_id = str(uuid4())
        principal_name = f"{name or object_id}@contoso.example"
        self._graph("PUT", f"users/{object_id}", {"userPrincipalName": principal_name})
        return object_id

    def new_profile(self) -> str:
        """Adds an inbound shared user profile and returns its id."""
        user_id = str(uuid4())
        self._graph("PUT", f"inboundSharedUserProfiles/{user_id}", {"userPrincipalName": f"{user_id}@fabrikam.example"})
        return user_id

    def fault(self, call: str, name: str, subject: str, **more: Any) -> None:
        """Injects a fault into one of Graph's calls for a subject, once unless `times` is given."""
        self._graph("POST", "faults", {"call": call, "fault": name, "subject": subject, "times": 1, **more})

    def is_pending(self, call: str, name: str, subject: str) -> bool:
        """Whether an injected fault is still to happen for a subject."""
        faults = httpx.get(f"{self.stack.graph}/_local/faults", timeout=10, verify=NO_TLS).json()
        return {"call": call, "fault": name, "subject": subject} in faults

    def quick(self, subject: str) -> str:
        """Makes the subject's exports take half a second, and returns the subject."""
        self._graph("POST", "faults", {"call": "submit", "fault": "duration", "subject": subject, "seconds": 0.5})
        return subject

    def operations(self, subject: str) -> list[dict[str, Any]]:
        """The operations that Graph has started for the subject."""
        found = httpx.get(f"{self.stack.graph}/_local/operations", timeout=10, verify=NO_TLS).json()
        return [operation for operation in found if operation["subject"] == subject]

    def _graph(self, method: str, path: str, body: dict[str, Any]) -> None:
        url = f"{self.stack.graph}/_local/{path}"
        httpx.request(method, url, json=body, timeout=10, verify=NO_TLS).raise_for_status()
