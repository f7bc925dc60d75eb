"""The demonstration: two exports from the request to the files, against a stack of its own."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import httpx

from local.demo_evidence import Evidence, evidence_of
from local.demo_view import view_of
from local.followed import Followed
from local.graph.directory import SEEDED_PROFILES, SEEDED_USERS
from local.stack import Stack

LIMIT_SECONDS = 60.0
REFRESH_SECONDS = 0.2

OWN_STORAGE = ("EXPORT_BLOB_ENDPOINT", "EXPORT_ACCOUNT_KEY", "OUTCOME_TABLE_ENDPOINT")
"""Settings that the demonstration leaves out: it reads back what it stored, and has the keys to its own storage."""


class DemoError(Exception):
    """The app answered something that ends the demonstration."""


def demonstrate(state: Path, environment: Mapping[str, str]) -> int:
    """Run it with a fresh state, and return the exit status: 0 if both exports succeeded and brought files.

    Raises:
        LockedError: another demonstration runs here.
        NodeMissingError: there is no Node for Azurite.
        StartError: a part of the stack did not start.
    """
    print("Starting the app, Azurite, an identity and a Graph (a few seconds)…", flush=True)
    own = {name: value for name, value in environment.items() if name not in OWN_STORAGE}
    with Stack(state, own, fresh=True) as stack:
        headers = stack.credentials
        with httpx.Client(base_url=stack.api, headers=headers, trust_env=False, timeout=30) as client:
            try:
                exports = _follow(client)
            except DemoError as error:
                print(f"{error}\nThe logs are in {stack.logs}.")
                return 1
        return _report(stack, exports)


def _follow(client: httpx.Client) -> Sequence[Followed]:
    """Post both exports and follow them to their end, or to that of the time they have."""
    user, profile = SEEDED_USERS[0], SEEDED_PROFILES[0]
    exports = [
        _post(client, "user", user.id, user.display_name, "DEMO-1"),
        _post(client, "inboundSharedUserProfile", profile.id, profile.display_name, "DEMO-2"),
    ]
    deadline = time.monotonic() + LIMIT_SECONDS
    with view_of(exports) as view:
        while any(not export.ended for export in exports) and time.monotonic() < deadline:
            for export in exports:
                if export.is_due(time.monotonic()):
                    _poll(client, export)
            view.update()
            time.sleep(REFRESH_SECONDS)
    return exports


def _post(client: httpx.Client, kind: str, subject: str, name: str, reference: str) -> Followed:
    answer = client.post("/exports", json={"subject": {"type": kind, "id": subject}, "reference": reference})
    _require(answer, httpx.codes.ACCEPTED)
    return Followed(name, answer.json(), answer.headers, time.monotonic())


def _poll(client: httpx.Client, export: Followed) -> None:
    try:
        answer = client.get(f"/exports/{export.id}")
    except httpx.TransportError:
        # The host is being replaced; the next round asks again.
        return
    _require(answer, httpx.codes.OK)
    export.take(answer.json(), answer.headers, time.monotonic())


def _require(answer: httpx.Response, status: int) -> None:
    if answer.status_code != status:
        request = answer.request
        raise DemoError(f"{request.method} {request.url} answered {answer.status_code}: {answer.text}")


def _report(stack: Stack, exports: Sequence[Followed]) -> int:
    """Show what storage itself holds of each export, and return the exit status."""
    unfinished = [export for export in exports if not export.ended]
    if unfinished:
        print(f"Not finished after {LIMIT_SECONDS:.0f} s:")
        for export in unfinished:
            print(f"  {export.summary(time.monotonic())}")
        print(f"The logs are in {stack.logs}.")
        return 1
    evidence = [evidence_of(stack.azurite, export) for export in exports]
    for found in evidence:
        print(f"\n{found.text()}")
    return _verdict(exports, evidence)


def _verdict(exports: Sequence[Followed], evidence: Sequence[Evidence]) -> int:
    good = all(export.succeeded for export in exports) and all(found.has_data for found in evidence)
    print("\nBoth exports succeeded, and their files are there." if good else "\nNot both exports brought files.")
    return 0 if good else 1
