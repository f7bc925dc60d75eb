"""Checks the app settings of every deployment, and the parameters behind them, against the code that reads them."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shared import settings
from shared.exports.states_and_codes import GrantKind
from shared.national_clouds import CLOUDS
from shared.settings_reader import SettingsError
from tests.infra.tree import APP

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared.national_clouds import Cloud
    from tests.infra.snapshots import Snapshot
    from tests.infra.tree import Tree

NOT_IN_AZURE = {
    "GRAPH_ENDPOINT": "takes a loopback address only",
    "EXPORT_DUE_DAYS": "is refused, because EXPORT_DUE took its place",
    "RESOURCE_MANAGER_ENDPOINT": "takes a loopback address only",
    "HTTP_PROXY": "is for addresses without TLS, which only stand-ins have",
    "ALL_PROXY": "is refused unless HTTPS_PROXY is set, and then not read",
    "WEBSITE_AUTH_ENABLED": "is set by the platform",
    "IDENTITY_ENDPOINT": "is set by the platform",
}
SOMETIMES = {
    "EXPORT_ACCOUNT_KEY": "where the grant is storedPolicy",
    "CALLBACK_SIGNING_SECRET": "where there are callbacks",
    "HTTPS_PROXY": "where there is a proxy",
    "NO_PROXY": "where there is a proxy",
    "CONSOLE_CLIENT_ID": "where there is a console",
    "CONSOLE_AUTHORITY": "where there is a console",
    "CONSOLE_SCOPE": "where there is a console",
}
"""The settings that only some deployments need; the code refuses a deployment that needs one and lacks it."""
OF_THE_PLATFORM = {
    "AzureWebJobsStorage__credential": "managedidentity",
    "AzureWebJobsStorage__clientId": r".*/userAssignedIdentities/.*\.clientId]",
    "AzureWebJobsStorage__blobServiceUri": r".*\.primaryEndpoints\.blob]",
    "APPLICATIONINSIGHTS_CONNECTION_STRING": r".*\.ConnectionString]",
    "APPLICATIONINSIGHTS_AUTHENTICATION_STRING": r".*'ClientId=\{0};Authorization=AAD'.*",
    "AzureWebJobsDisableHomepage": "true",
    "APPLICATIONINSIGHTS_CONTROLPLANE_DISABLED": "true",
    "APPLICATIONINSIGHTS_SDKSTATS_DISABLED": "true",
    "APPLICATIONINSIGHTS_STATSBEAT_DISABLED": "true",
    "APPLICATIONINSIGHTS_STATSBEAT_DISABLED_ALL": "true",
    "FUNCTIONS_REQUEST_BODY_SIZE_LIMIT": r"\d+",
    "APPLICATIONINSIGHTS_OPENTELEMETRY_RESOURCE_METRIC_DISABLED": "true",
    "OTEL_METRIC_EXPORT_INTERVAL": r"\d+",
    "OTEL_PYTHON_DISABLED_INSTRUMENTATIONS": "azure_sdk,httpx,requests,urllib,urllib3",
    "PYTHON_APPLICATIONINSIGHTS_ENABLE_TELEMETRY": "true",
    "PYTHON_APPLICATIONINSIGHTS_LOGGER_NAME": "shared",
}
"""The platform's settings of every app, and what each takes: the host's account, telemetry, the home page, bodies."""
OF_DURABLE_IN_STORAGE = {"AzureWebJobsStorage__queueServiceUri", "AzureWebJobsStorage__tableServiceUri"}
"""With the scheduler, the app has no role on queues and tables of the host's account."""
OF_THE_SCHEDULER = {
    "AzureFunctionsJobHost__extensions__durableTask__storageProvider__type",
    "AzureFunctionsJobHost__extensions__durableTask__storageProvider__connectionStringName",
    "DURABLE_TASK_SCHEDULER_CONNECTION_STRING",
}
NOT_ON_FLEX = {
    "FUNCTIONS_EXTENSION_VERSION",
    "FUNCTIONS_WORKER_RUNTIME",
    "WEBSITE_RUN_FROM_PACKAGE",
    "WEBSITE_RUN_FROM_PACKAGE_BLOB_MI_RESOURCE_ID",
}
"""Settings that Elastic Premium needs and Flex Consumption refuses."""
NEVER = re.compile(
    "AzureWebJobsStorage|AzureWebJobsDashboard|APPINSIGHTS_INSTRUMENTATIONKEY|WEBSITE_CONTENT.*|WEBSITE_NODE_DEFAULT_VERSION"
    "|SCM_DO_BUILD_DURING_DEPLOYMENT|ENABLE_ORYX_BUILD|FUNCTIONS_MAX_HTTP_CONCURRENCY|FUNCTIONS_WORKER_PROCESS_COUNT"
    "|WEBSITE_VNET_ROUTE_ALL|WEBSITE_MAX_DYNAMIC_APPLICATION_SCALE_OUT|WEBSITE_TIME_ZONE|WEBSITE_DNS_SERVER"
)
"""With a key, for another plan, or deprecated ("Deprecated properties and settings" of Flex Consumption)."""
CHOICES: dict[str, set[str]] = {
    "AUTH_MODE": set(settings.AUTH_MODES),
    "EXPORT_GRANT": {str(kind) for kind in GrantKind},
    "GRAPH_CLOUD": set(CLOUDS),
}
DOCUMENT = "docs/settings.md"
_READERS = ("shared/settings.py", "shared/settings_reader.py")
"""The first names the settings; the second reads the variables of proxies by itself."""
LEAST, MOST = "settings-at-least", "settings-at-most"
"""The deployments whose settings have the smallest and the largest values that the parameters take."""
_KEY = "a2V5" * 16
_ENDPOINT = re.compile(r"\[reference\('[^']+/(?P<account>[^'/]+)', '[^']+'\)\.primaryEndpoints\.(?P<service>\w+)\]")
_SIGN_IN_HOST = r"\[format\('\{0\}\{1\}', coalesce\(.+\.loginEndpoint\), '(?P<tenant>[^']+)'\)\]"
_NAME = re.compile("[A-Z][A-Z_]{5,}")


@dataclass(frozen=True, slots=True)
class Read:
    """A setting as shared/settings.py reads it."""

    default: str | None = None
    least: int | None = None
    most: int | None = None


def check(tree: Tree) -> Iterator[str]:
    """Yields settings that are missing, unknown or out of place, and parameters that don't take what the code takes."""
    read = names_read(tree)
    yield from _sample(tree, set(read))
    deployments = tree.snapshots_of(APP)
    for snapshot in deployments:
        yield from _names(snapshot, set(read))
        yield from _values(snapshot)
        yield from _in_one_place(snapshot)
        try:
            settings_read(snapshot)
        except SettingsError as error:
            yield f"{snapshot.name}: {error}"
    deployed = {name for snapshot in deployments for name in app_settings(snapshot)}
    for name in sorted({*SOMETIMES, *OF_THE_SCHEDULER, *NOT_ON_FLEX} - deployed):
        yield f"no snapshot sets {name}"
    yield from _parameters(tree, read)
    yield from _documented(tree, read)


def names_read(tree: Tree) -> dict[str, Read]:
    """The settings that the code reads."""
    found: dict[str, Read] = {}
    nodes = (node for path in _READERS for node in ast.walk(ast.parse(tree.text(path))))
    for node in nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
            name = getattr(node.args[0], "value", None)
            if isinstance(name, str) and _NAME.fullmatch(name) and name not in found:
                given = {keyword.arg: getattr(keyword.value, "value", None) for keyword in node.keywords}
                if node.func.attr == "text" and len(node.args) > 1:
                    given["default"] = getattr(node.args[1], "value", None)
                default = given.get("default")
                found[name] = Read(
                    None if default is None else _written(default), given.get("least"), given.get("most")
                )
        elif isinstance(node, ast.Compare) and isinstance(node.left, ast.Constant):
            found.setdefault(str(node.left.value), Read())
    return {name: held for name, held in found.items() if _NAME.fullmatch(name)}


def _written(value: object) -> str:
    """A value as a setting has it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def app_settings(snapshot: Snapshot) -> dict[str, str]:
    """The app's settings. What only Azure knows is an expression in brackets; none if that decides which there are."""
    return {
        name: str(value)
        for made in snapshot.of("Microsoft.Web/sites/config")
        if made.name.endswith("/appsettings") and isinstance(made.body["properties"], dict)
        for name, value in made.body["properties"].items()
        if value is not None
    }


def settings_read(snapshot: Snapshot) -> settings.Settings:
    """The settings as the deployed app reads them, with plausible values of what only Azure knows.

    Raises:
        SettingsError: the app would refuse them.
    """
    have = app_settings(snapshot)
    cloud = CLOUDS.get(have.get("GRAPH_CLOUD", ""), CLOUDS["Global"])
    return settings.read_settings({name: _plausible(name, value, cloud) for name, value in have.items()})


def _plausible(name: str, value: str, cloud: Cloud) -> str:
    if "@Microsoft.KeyVault(" in value:
        return f"whsec_{_KEY}" if name == "CALLBACK_SIGNING_SECRET" else _KEY
    if name == "CONSOLE_AUTHORITY":
        return re.sub(_SIGN_IN_HOST, rf"https://{cloud.sign_in_host}/\g<tenant>", value)
    endpoint = _ENDPOINT.fullmatch(value)
    return f"https://{endpoint['account']}.{endpoint['service']}.{cloud.storage_suffix}/" if endpoint else value


def _sample(tree: Tree, read: set[str]) -> Iterator[str]:
    of_the_host = {"AzureWebJobsStorage", "FUNCTIONS_WORKER_RUNTIME"}
    sample = set(tree.json("local.settings.sample.json")["Values"]) - of_the_host
    local = {"GRAPH_ENDPOINT", "RESOURCE_MANAGER_ENDPOINT"}
    of_a_machine = {"HTTPS_PROXY", "NO_PROXY"}
    for name in sorted((read - set(NOT_IN_AZURE) - of_a_machine | local) ^ sample):
        yield f"local.settings.sample.json and shared/settings.py differ in {name}"


def _names(snapshot: Snapshot, read: set[str]) -> Iterator[str]:
    """Each setting that its plan, its backend or the code needs must be there, and no other."""
    have = set(app_settings(snapshot))
    if not have:
        yield f"{snapshot.name} has no app settings, or only Azure can tell which"
    flex = any(made.get("sku", "tier") == "FlexConsumption" for made in snapshot.of("Microsoft.Web/serverfarms"))
    scheduler = any(snapshot.of("Microsoft.DurableTask/schedulers/taskHubs"))
    wanted = read - set(NOT_IN_AZURE) - set(SOMETIMES) | set(OF_THE_PLATFORM)
    wanted |= (set() if flex else NOT_ON_FLEX) | (OF_THE_SCHEDULER if scheduler else OF_DURABLE_IN_STORAGE)
    for name in sorted(wanted - have):
        yield f"{snapshot.name} does not set {name}"
    for name in sorted(have - wanted - set(SOMETIMES)):
        if NEVER.fullmatch(name):
            yield f"{snapshot.name} sets {name}, which has no place in this app"
        elif name in NOT_ON_FLEX:
            yield f"{snapshot.name} sets {name}, which Flex Consumption refuses"
        elif name in OF_THE_SCHEDULER:
            yield f"{snapshot.name} sets {name}, but has no task hub"
        elif name in OF_DURABLE_IN_STORAGE:
            yield f"{snapshot.name} sets {name}, but keeps Durable's data in a task hub"
        else:
            yield f"{snapshot.name} sets {name}, which nothing reads"


def _values(snapshot: Snapshot) -> Iterator[str]:
    have = app_settings(snapshot)
    for name, takes in OF_THE_PLATFORM.items():
        if name in have and not re.fullmatch(takes, have[name]):
            yield f"{snapshot.name} sets {name} to {have[name]}, not to {takes}"


def _in_one_place(snapshot: Snapshot) -> Iterator[str]:
    """Source: "Create or update application settings" (REST, Web Apps): it replaces all of them."""
    for made in snapshot.of("Microsoft.Web/sites"):
        if made.get("properties", "siteConfig", "appSettings"):
            yield f"{made.where} has settings in siteConfig, which those of appsettings replace"


def _parameters(tree: Tree, read: dict[str, Read]) -> Iterator[str]:
    """What a deployment may choose comes from the parameter that names the setting, and takes what the code takes."""
    parameters = {
        setting: (name, held)
        for name, held in tree.parameters(APP).items()
        for setting in re.findall(r"\(([A-Z_]{6,})\)", held["description"])
    }
    least, most = (app_settings(tree.snapshot(name)) for name in (LEAST, MOST))
    for setting, held in read.items():
        if setting not in parameters:
            if held.least is not None or setting in CHOICES:
                yield f"{APP}: no parameter's description names ({setting})"
            continue
        name, parameter = parameters[setting]
        default = parameter.get("defaultValue")
        if held.default is not None and _written(default) != held.default:
            yield f"{APP}: {name} is {default} by default, and {setting} {held.default} in shared/settings.py"
        if held.least is not None:
            yield from _range(f"{APP}: {name}", parameter, (held.least, held.most))
            if (least.get(setting), most.get(setting)) != (str(held.least), str(held.most)):
                yield f"{APP}: {setting} is not {name}'s value: {held.least} in {LEAST} and {held.most} in {MOST}"
        elif setting in CHOICES:
            if set(parameter.get("allowedValues", ())) != CHOICES[setting]:
                yield f"{APP}: {name} does not take just {', '.join(sorted(CHOICES[setting]))}, as {setting} does"
        elif held.default is not None and least.get(setting) == most.get(setting):
            yield f"{APP}: {setting} is the same in {LEAST} and {MOST}, whatever {name} is"


def _range(where: str, parameter: dict[str, Any], wanted: tuple[int, int | None]) -> Iterator[str]:
    for limit, number in zip(("minValue", "maxValue"), wanted, strict=True):
        if parameter.get(limit) != number:
            yield f"{where} has the {limit} {parameter.get(limit)}, and shared/settings.py {number}"


def _documented(tree: Tree, read: dict[str, Read]) -> Iterator[str]:
    """The page on settings must give the code's defaults and ranges."""
    rows = re.findall(r"^\| `([A-Z_]+)` \| `?(.*?)`? \| (.*) \|$", tree.text(DOCUMENT), re.MULTILINE)
    for setting, default, takes in rows:
        held = read.get(setting, Read())
        if held.default and default != held.default:
            yield f"{DOCUMENT}: {setting} is {default} by default, and {held.default} in shared/settings.py"
        if held.least is not None and f"{held.least:,} to {held.most:,}" not in takes:
            yield f"{DOCUMENT} does not say that {setting} takes {held.least:,} to {held.most:,}"
