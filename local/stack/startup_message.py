"""The message that `make run` prints once everything answers."""

import json
import shlex
from pathlib import Path

from local.graph.tenant_directory import SEEDED_USERS
from local.stack.local_stack import Stack

_SED_SCRIPT = r's/.*"token": "\(.*\)".*/\1/p'
"""How sed takes the token out of the announcement file, which has a line for each thing."""


def startup_message(stack: Stack, announcement: Path) -> str:
    """Return the addresses of everything, the console's first, and commands that post a first export."""
    root = stack.api.removesuffix("/api")
    return "\n".join(
        [
            "",
            *_console(stack),
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
            f"In another terminal, export the data of {SEEDED_USERS[0].display_name}, a made-up person:",
            "",
            *_commands(stack, announcement),
            "",
        ]
    )


def _console(stack: Stack) -> list[str]:
    if not stack.console:
        return []
    return [
        f"  Console   {stack.console}",
        "            Choose a made-up person to sign in. To be another one, sign out.",
        "",
    ]


def _keys(stack: Stack) -> str:
    return f"keys in {stack.keys_path}" if stack.durable_key else "without a key"


def _commands(stack: Stack, announcement: Path) -> list[str]:
    """The commands of a caller with all roles. The token is taken from the file, because it is a kilobyte long."""
    body = json.dumps({"subject": {"type": "user", "id": SEEDED_USERS[0].id}, "reference": "TRY-1"})
    curl = ["curl", "-i", f"{stack.api}/exports", "-H", "Content-Type: application/json", "-d", body]
    if not stack.console:
        return [shlex.join([*curl, "-H", f"x-functions-key: {stack.function_key}"])]
    token = shlex.join(["sed", "-n", _SED_SCRIPT, str(announcement)])
    return [f"export TOKEN=$({token})", f'{shlex.join(curl)} -H "Authorization: Bearer $TOKEN"']
