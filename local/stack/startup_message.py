"""The message that `make run` prints once everything answers."""

import json
import shlex
from pathlib import Path

from local.graph.tenant_directory import SEEDED_USERS
from local.stack.local_stack import ROLES, Stack


def startup_message(stack: Stack, announcement: Path) -> str:
    """Return the addresses of everything, and a command that posts a first export."""
    root = stack.api.removesuffix("/api")
    return "\n".join(
        [
            "",
            "Everything is running. Ctrl-C stops it.",
            "",
            f"  API       {stack.api}",
            f"  Graph     {stack.graph}",
            f"  Blobs     {stack.azurite.blob_endpoint}",
            f"  Tables    {stack.azurite.table_endpoint}",
            f"  Telemetry {stack.monitor}/_local/envelopes",
            f"  Durable   {root}/runtime/webhooks/durabletask/instances ({_keys(stack)})",
            f"  Trust     {stack.azurite.ca_bundle}",
            f"  Logs      {stack.logs}",
            f"  For tools {announcement}",
            "",
            f"A token with the roles {', '.join(ROLES)}, valid for a week:",
            "",
            stack.token,
            "",
            f"Export the data of {SEEDED_USERS[0].display_name}, a made-up person:",
            "",
            _curl(stack),
            "",
        ]
    )


def _keys(stack: Stack) -> str:
    return f"keys in {stack.keys_path}" if stack.durable_key else "without a key"


def _curl(stack: Stack) -> str:
    body = {"subject": {"type": "user", "id": SEEDED_USERS[0].id}, "reference": "TRY-1"}
    headers = {**stack.credentials, "Content-Type": "application/json"}
    options = [part for name, value in headers.items() for part in ("-H", f"{name}: {value}")]
    return shlex.join(["curl", "-i", f"{stack.api}/exports", *options, "-d", json.dumps(body)])
