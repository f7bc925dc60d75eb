"""The environment variables that the stand-ins and the app get: an explicit few. Pure functions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from local.identity.client_registration import API_SCOPE, CONSOLE_CLIENT_ID
from local.identity.token_claims import AUTHORITY_PATH

KEPT = ("PATH", "HOME", "USER", "LANG", "LC_ALL", "TZ", "TMPDIR")
"""What a process gets from the developer's shell. Its proxies and credentials are left out."""

SETTING_PREFIXES = ("EXPORT_", "GRAPH_", "RECONCILE_", "CALLBACK_", "OUTCOME_", "CONSOLE_")
HOST_PREFIX = "LOCAL_HOST_"
"""Of the settings of the local Functions host (see `local.host`)."""

INSTRUMENTATION_KEY = "00000000-0000-0000-0000-0000000000aa"
"""Of the stack's Application Insights; it names a resource and protects nothing."""

TELEMETRY = {
    "PYTHON_APPLICATIONINSIGHTS_ENABLE_TELEMETRY": "true",
    # In Azure the spans of a busy instance are sampled; here every one counts.
    "OTEL_TRACES_SAMPLER": "always_on",
    # In milliseconds. What happened can be seen soon, and little is lost with a host that is killed.
    "OTEL_BSP_SCHEDULE_DELAY": "500",
    "OTEL_BLRP_SCHEDULE_DELAY": "500",
    "OTEL_METRIC_EXPORT_INTERVAL": "1000",
    # The rest as in infra/modules/app-settings.bicep.
    "PYTHON_APPLICATIONINSIGHTS_LOGGER_NAME": "shared",
    "APPLICATIONINSIGHTS_STATSBEAT_DISABLED": "true",
    "APPLICATIONINSIGHTS_STATSBEAT_DISABLED_ALL": "true",
    "APPLICATIONINSIGHTS_SDKSTATS_DISABLED": "true",
    "APPLICATIONINSIGHTS_CONTROLPLANE_DISABLED": "true",
    "APPLICATIONINSIGHTS_OPENTELEMETRY_RESOURCE_METRIC_DISABLED": "true",
}
"""How the app's telemetry is set up. OTEL_PYTHON_DISABLED_INSTRUMENTATIONS is left out, so that the app has to keep the
instrumented libraries silent by itself."""

SETTING_NAMES = ("AUTH_MODE", "PUBLIC_BASE_URL", "RESOURCE_MANAGER_ENDPOINT")


@dataclass(frozen=True)
class AppEndpoints:
    """What the app connects to, and the secrets for it."""

    graph: str
    blobs: str
    tables: str
    identity: str
    resource_manager: str
    monitor: str
    account_id: str
    ca_bundle: Path
    temporary: Path
    account_key: str = field(repr=False)
    identity_secret: str = field(repr=False)


def base_environment(caller: Mapping[str, str]) -> dict[str, str]:
    """Return the environment that each process starts with."""
    return {name: caller[name] for name in KEPT if name in caller} | {"PYTHONUNBUFFERED": "1"}


def app_settings(caller: Mapping[str, str]) -> dict[str, str]:
    """Return the app's settings in the caller's environment."""
    return {name: value for name, value in caller.items() if name.startswith(SETTING_PREFIXES) or name in SETTING_NAMES}


def given_graph(caller: Mapping[str, str]) -> str:
    """Return the root URL of the Graph in the caller's environment; an empty text if the stack runs its own."""
    return caller.get("GRAPH_ENDPOINT", "").strip().rstrip("/")


def uses_function_keys(caller: Mapping[str, str]) -> bool:
    """Whether callers of the app send a function key instead of a token."""
    return caller.get("AUTH_MODE", "").strip() == "functionKey"


def app_environment(caller: Mapping[str, str], endpoints: AppEndpoints) -> dict[str, str]:
    """Return the environment of the app: the caller's settings override those of the stack."""
    settings = {
        "GRAPH_ENDPOINT": endpoints.graph,
        "RESOURCE_MANAGER_ENDPOINT": endpoints.resource_manager,
        "EXPORT_BLOB_ENDPOINT": endpoints.blobs,
        "OUTCOME_TABLE_ENDPOINT": endpoints.tables,
        "AUTH_MODE": "entra",
        "EXPORT_POLL_MIN_SECONDS": "1",
        "GRAPH_TIMEOUT_SECONDS": "5",
        "GRAPH_SUBMISSIONS_PER_DAY": "1000000",
        "EXPORT_PERMISSION_WAIT_SECONDS": "3",
        "RECONCILE_SCHEDULE": "*/5 * * * * *",
    }
    given = app_settings(caller)
    # Id and key belong to the stack's own account. A deployment with user-delegation grants has no key.
    if "EXPORT_BLOB_ENDPOINT" not in given:
        settings["EXPORT_ACCOUNT_ID"] = endpoints.account_id
        if given.get("EXPORT_GRANT") != "userDelegation":
            settings["EXPORT_ACCOUNT_KEY"] = endpoints.account_key
    platform = {
        "IDENTITY_ENDPOINT": f"{endpoints.identity}/MSI/token",
        "IDENTITY_HEADER": endpoints.identity_secret,
        # The synchronous clients read the first, the asynchronous ones the second.
        "REQUESTS_CA_BUNDLE": str(endpoints.ca_bundle),
        "SSL_CERT_FILE": str(endpoints.ca_bundle),
        "APPLICATIONINSIGHTS_CONNECTION_STRING": _connection_string(endpoints.monitor),
        **TELEMETRY,
        # The exporter keeps there what it could not send.
        "TMPDIR": str(endpoints.temporary),
        # The next two are as in infra/modules/app-settings.bicep.
        "AzureWebJobsDisableHomepage": "true",
        "FUNCTIONS_REQUEST_BODY_SIZE_LIMIT": "4194304",
    }
    if not uses_function_keys(caller):
        settings |= {
            "CONSOLE_CLIENT_ID": CONSOLE_CLIENT_ID,
            "CONSOLE_AUTHORITY": f"{endpoints.identity}{AUTHORITY_PATH}",
            "CONSOLE_SCOPE": API_SCOPE,
        }
        platform["WEBSITE_AUTH_ENABLED"] = "True"
    host = {name: value for name, value in caller.items() if name.startswith(HOST_PREFIX)}
    return base_environment(caller) | settings | given | platform | host


def _connection_string(monitor: str) -> str:
    """How the exporter finds the ingestion; live metrics go there too."""
    return f"InstrumentationKey={INSTRUMENTATION_KEY};IngestionEndpoint={monitor}/;LiveEndpoint={monitor}/"
