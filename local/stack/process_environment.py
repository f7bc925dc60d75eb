"""What the stand-ins and the app find in their environment: little, and none of it by accident. Decides, no I/O."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

KEPT = ("PATH", "HOME", "USER", "LANG", "LC_ALL", "TZ", "TMPDIR")
"""What a process needs of the developer's shell. Proxies and credentials of theirs stay out."""

SETTING_PREFIXES = ("EXPORT_", "GRAPH_", "RECONCILE_", "CALLBACK_", "OUTCOME_")
SETTING_NAMES = ("AUTH_MODE", "PUBLIC_BASE_URL")


@dataclass(frozen=True)
class Places:
    """Where the app finds what it needs, and the secrets that open it."""

    graph: str
    blobs: str
    tables: str
    identity: str
    ca_bundle: Path
    account_key: str = field(repr=False)
    identity_secret: str = field(repr=False)


def base_environment(caller: Mapping[str, str]) -> dict[str, str]:
    """Return the environment that each process starts with."""
    return {name: caller[name] for name in KEPT if name in caller} | {"PYTHONUNBUFFERED": "1"}


def app_settings(caller: Mapping[str, str]) -> dict[str, str]:
    """Return the app's settings in the caller's environment."""
    return {name: value for name, value in caller.items() if name.startswith(SETTING_PREFIXES) or name in SETTING_NAMES}


def foreign_graph(caller: Mapping[str, str]) -> str:
    """Return the root of the Graph that the caller brings, an empty text where it is to be ours."""
    return caller.get("GRAPH_ENDPOINT", "").strip().rstrip("/")


def asks_for_function_keys(caller: Mapping[str, str]) -> bool:
    """Whether callers of the app show a function key instead of a token."""
    return caller.get("AUTH_MODE", "").strip() == "functionKey"


def app_environment(caller: Mapping[str, str], places: Places) -> dict[str, str]:
    """Return the environment of the app: the caller's settings win over those of the stack."""
    settings = {
        "GRAPH_ENDPOINT": places.graph,
        "EXPORT_BLOB_ENDPOINT": places.blobs,
        "OUTCOME_TABLE_ENDPOINT": places.tables,
        "AUTH_MODE": "entra",
        "EXPORT_POLL_MIN_SECONDS": "1",
        "GRAPH_TIMEOUT_SECONDS": "5",
        "GRAPH_SUBMISSIONS_PER_DAY": "1000000",
        "EXPORT_PERMISSION_WAIT_SECONDS": "3",
        "RECONCILE_SCHEDULE": "*/5 * * * * *",
    }
    given = app_settings(caller)
    # The key is that of our own account, and a deployment whose grants need no key has none.
    if "EXPORT_BLOB_ENDPOINT" not in given and given.get("EXPORT_GRANT") != "userDelegation":
        settings["EXPORT_ACCOUNT_KEY"] = places.account_key
    platform = {
        "IDENTITY_ENDPOINT": f"{places.identity}/MSI/token",
        "IDENTITY_HEADER": places.identity_secret,
        # The sync clients read the one, the aio clients the other.
        "REQUESTS_CA_BUNDLE": str(places.ca_bundle),
        "SSL_CERT_FILE": str(places.ca_bundle),
        "PYTHON_APPLICATIONINSIGHTS_ENABLE_TELEMETRY": "true",
    }
    if not asks_for_function_keys(caller):
        platform["WEBSITE_AUTH_ENABLED"] = "True"
    return base_environment(caller) | settings | given | platform
