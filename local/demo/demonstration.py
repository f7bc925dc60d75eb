"""The demonstration: exports from the request to the package, a batch and a webhook, on a stack of its own."""

import json
import textwrap
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

from local.demo.handed_package import HandedPackage, hand_over
from local.demo.polled_export import PolledExport
from local.demo.progress_view import view_of
from local.demo.required_answer import DemoError, require
from local.demo.storage_evidence import evidence_of
from local.demo.telemetry_evidence import TelemetryEvidence
from local.demo.webhook_receiver import HOST, WebhookReceiver, receiving
from local.graph.tenant_directory import SEEDED_PROFILES, SEEDED_USERS, User
from local.monitor.arrived_telemetry import arrived
from local.stack.local_stack import Stack

LIMIT_SECONDS, OTHER_HOST_LIMIT_SECONDS = 60.0, 240.0
"""How long all exports may take. They take longer on another host, whose timers can be half a minute late."""

REFRESH_SECONDS = 0.2

OVERRIDDEN = ("EXPORT_BLOB_ENDPOINT", "EXPORT_ACCOUNT_ID", "EXPORT_ACCOUNT_KEY", "OUTCOME_TABLE_ENDPOINT")
"""Settings that the demonstration ignores: it reads storage itself, and has the keys of its own storage only."""

CALLBACK_SECONDS = 20.0
TELEMETRY_SECONDS = 20.0


@dataclass(frozen=True)
class Batch:
    """A batch and its exports."""

    id: str
    exports: Sequence[PolledExport]


def demonstrate(state: Path, environment: Mapping[str, str], host: str = "") -> int:
    """Run it with a fresh state, on the local host or a given one, and return the exit status: 0 if all succeeded.

    Raises:
        LockedError: another demonstration is running here.
        NodeMissingError: there is no Node for Azurite.
        StartError: a part of the stack did not start.
    """
    print("Starting the app, Azurite, an identity and a Graph (a few seconds)…", flush=True)
    with receiving() as receiver:
        own = {name: value for name, value in environment.items() if name not in OVERRIDDEN}
        own |= {"CALLBACK_ALLOWED_HOSTS": HOST, "CALLBACK_SIGNING_SECRET": receiver.secret}
        with Stack(state, own, host=host, fresh=True) as stack:
            headers = stack.credentials
            with httpx.Client(base_url=stack.api, headers=headers, trust_env=False, timeout=30) as client:
                try:
                    return _run(stack, client, receiver)
                except DemoError as error:
                    print(f"{error}\nThe logs are in {stack.logs}.")
                    return 1


def _run(stack: Stack, client: httpx.Client, receiver: WebhookReceiver) -> int:
    user, profile = SEEDED_USERS[0], SEEDED_PROFILES[0]
    single = [
        _post(client, user.display_name, "user", user.id, "DEMO-1", receiver.url),
        _post(client, profile.display_name, "inboundSharedUserProfile", profile.id, "DEMO-2"),
    ]
    batch = _post_batch(client, SEEDED_USERS[1:3])
    _poll_all(client, [*single, *batch.exports], _limit(stack))
    return _report(stack, client, single, batch, receiver)


def _limit(stack: Stack) -> float:
    return LIMIT_SECONDS if stack.runs_local_host else OTHER_HOST_LIMIT_SECONDS


def _poll_all(client: httpx.Client, exports: Sequence[PolledExport], limit: float) -> None:
    """Poll exports until they have ended, or for `limit` seconds."""
    deadline = time.monotonic() + limit
    with view_of(exports) as view:
        while any(not export.ended for export in exports) and time.monotonic() < deadline:
            for export in exports:
                if export.is_due(time.monotonic()):
                    _poll(client, export)
            view.update()
            time.sleep(REFRESH_SECONDS)


def _post(
    client: httpx.Client, name: str, kind: str, subject: str, reference: str, callback_url: str | None = None
) -> PolledExport:
    body = {"subject": {"type": kind, "id": subject}, "reference": reference, "callbackUrl": callback_url}
    answer = client.post("/exports", json=body)
    require(answer, httpx.codes.ACCEPTED)
    return PolledExport(name, answer.json(), answer.headers, time.monotonic())


def _post_batch(client: httpx.Client, users: Sequence[User]) -> Batch:
    rows = ["type,id,reference", *(f"user,{user.id},DEMO-BATCH" for user in users)]
    answer = client.post("/batches", content="\r\n".join(rows).encode(), headers={"Content-Type": "text/csv"})
    require(answer, httpx.codes.ACCEPTED)
    ids = [item["exportId"] for item in answer.json()["items"]]
    return Batch(answer.json()["id"], [_get(client, user, id_) for user, id_ in zip(users, ids, strict=True)])


def _get(client: httpx.Client, user: User, export_id: str) -> PolledExport:
    answer = client.get(f"/exports/{export_id}")
    require(answer, httpx.codes.OK)
    return PolledExport(f"{user.display_name} (batch)", answer.json(), answer.headers, time.monotonic())


def _poll(client: httpx.Client, export: PolledExport) -> None:
    try:
        answer = client.get(f"/exports/{export.id}")
    except httpx.TransportError:
        # The host is restarting; the next round polls again.
        return
    require(answer, httpx.codes.OK)
    export.take(answer.json(), answer.headers, time.monotonic())


def _report(
    stack: Stack, client: httpx.Client, single: Sequence[PolledExport], batch: Batch, receiver: WebhookReceiver
) -> int:
    """Show what storage holds, the status of the batch and the webhook, and return the exit status."""
    exports = [*single, *batch.exports]
    unfinished = [export for export in exports if not export.ended]
    if unfinished:
        print(f"Not finished after {_limit(stack):.0f} s:")
        for export in unfinished:
            print(f"  {export.summary(time.monotonic())}")
        print(f"The logs are in {stack.logs}.")
        return 1
    evidence = [evidence_of(stack.azurite, export) for export in exports]
    for found in evidence[: len(single)]:
        print(f"\n{found.text()}")
    _show_telemetry(stack, single[0])
    completed = _show_batch(client, batch)
    notified = _show_webhook(receiver)
    good = all(export.succeeded for export in exports) and all(found.has_data for found in evidence)
    package = _show_package(stack, client, single[0])
    print(f"\n{_verdict(good=good, completed=completed, notified=notified, package=package)}")
    return 0 if good and completed and notified and not package.wrong else 1


def _show_telemetry(stack: Stack, export: PolledExport) -> None:
    """Show what arrived at Azure Monitor of an export, once its end is there."""
    deadline = time.monotonic() + TELEMETRY_SECONDS
    while not (found := TelemetryEvidence.of(arrived(stack.monitor), export.id)).is_complete:
        if time.monotonic() > deadline:
            print(f"\nNo telemetry of the end arrived within {TELEMETRY_SECONDS:.0f} s.")
            return
        time.sleep(REFRESH_SECONDS)
    print(f"\n{found.text(export.name)}")


def _show_batch(client: httpx.Client, batch: Batch) -> bool:
    """Show the status of the batch; return whether it is complete."""
    answer = client.get(f"/batches/{batch.id}")
    require(answer, httpx.codes.OK)
    found = answer.json()
    counts = ", ".join(f"{count} {status}" for status, count in found["counts"].items())
    print(f"\nThe batch {batch.id}: {found['status']}, {counts}")
    return bool(found["status"] == "Completed")


def _show_webhook(receiver: WebhookReceiver) -> bool:
    """Show the webhook that arrived; return whether one did."""
    if not receiver.wait(CALLBACK_SECONDS):
        print(f"\nNo webhook arrived within {CALLBACK_SECONDS:.0f} s.")
        return False
    print("\nThe webhook, its signature verified:")
    print(textwrap.indent(json.dumps(receiver.events[0], indent=2), "  "))
    return True


def _show_package(stack: Stack, client: httpx.Client, export: PolledExport) -> HandedPackage:
    """Have the package of an export made, fetch it into a folder beside the state, and show where it is."""
    folder = stack.state.with_name(f"{stack.state.name}-package")
    package = hand_over(client, export.id, folder, stack.azurite.ca_bundle, _limit(stack))
    print(f"\n{package.text(export.name)}")
    return package


def _verdict(*, good: bool, completed: bool, notified: bool, package: HandedPackage) -> str:
    if not good:
        return "Not every export succeeded with files."
    if not (completed and notified):
        return "The exports succeeded, but the batch or the webhook did not report it."
    if package.wrong:
        return f"The exports succeeded, but files of the package are wrong: {', '.join(package.wrong)}."
    return "All exports succeeded, and their files are there. Open the page of the package in a browser."
