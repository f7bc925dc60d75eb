"""Checks the app settings of the template against the code that reads them."""

from __future__ import annotations

import ast
import re
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shared import settings
from shared.national_clouds import CLOUDS
from tests.infra.nodes import Literal
from tests.infra.tree import APP
from tests.infra.values import Fields, Held, Items, Unknown, Value, member, merged, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.infra.resources import Plan
    from tests.infra.tree import Tree

NOT_IN_AZURE = {
    "GRAPH_ENDPOINT": "takes a loopback address only",
    "EXPORT_DUE_DAYS": "is refused, because EXPORT_DUE took its place",
    "RESOURCE_MANAGER_ENDPOINT": "takes a loopback address only",
    "HTTPS_PROXY": "is set where there is a proxy, like NO_PROXY, and belongs to the whole process",
    "NO_PROXY": "as HTTPS_PROXY",
    "HTTP_PROXY": "is for addresses without TLS, which only stand-ins have",
    "ALL_PROXY": "is refused unless HTTPS_PROXY is set, and then not read",
    "WEBSITE_AUTH_ENABLED": "is set by the platform",
    "IDENTITY_ENDPOINT": "is set by the platform",
}
OF_THE_PLATFORM = {
    "AzureWebJobsStorage__credential",
    "AzureWebJobsStorage__clientId",
    "AzureWebJobsStorage__blobServiceUri",
    "APPLICATIONINSIGHTS_CONNECTION_STRING",
    "APPLICATIONINSIGHTS_AUTHENTICATION_STRING",
    "AzureWebJobsDisableHomepage",
    "APPLICATIONINSIGHTS_CONTROLPLANE_DISABLED",
    "APPLICATIONINSIGHTS_SDKSTATS_DISABLED",
    "APPLICATIONINSIGHTS_STATSBEAT_DISABLED",
    "APPLICATIONINSIGHTS_STATSBEAT_DISABLED_ALL",
    "FUNCTIONS_REQUEST_BODY_SIZE_LIMIT",
    "APPLICATIONINSIGHTS_OPENTELEMETRY_RESOURCE_METRIC_DISABLED",
    "OTEL_METRIC_EXPORT_INTERVAL",
    "OTEL_PYTHON_DISABLED_INSTRUMENTATIONS",
    "PYTHON_APPLICATIONINSIGHTS_ENABLE_TELEMETRY",
    "PYTHON_APPLICATIONINSIGHTS_LOGGER_NAME",
}
"""The platform settings of every app: the host's account, telemetry, the home page, and how long a body may be."""
OF_THE_SCHEDULER = {
    "AzureFunctionsJobHost__extensions__durableTask__storageProvider__type",
    "AzureFunctionsJobHost__extensions__durableTask__storageProvider__connectionStringName",
    "DURABLE_TASK_SCHEDULER_CONNECTION_STRING",
}
OF_DURABLE_IN_STORAGE = {"AzureWebJobsStorage__queueServiceUri", "AzureWebJobsStorage__tableServiceUri"}
"""With the scheduler, the host has no role there."""
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
OF_A_PROXY = {"HTTPS_PROXY", "NO_PROXY"}
_KEY = "a2V5" * 16
_ACCOUNT_ID = f"/subscriptions/{uuid.UUID(int=0)}/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/exports"


@dataclass(frozen=True, slots=True)
class Read:
    """A setting as shared/settings.py reads it."""

    default: str | None = None
    least: int | None = None
    most: int | None = None


def check(tree: Tree) -> Iterator[str]:
    """Yields settings that are missing, unknown or out of place, or whose default or range differs from the code's."""
    read = names_read(tree)
    sample = set(tree.json("local.settings.sample.json")["Values"]) - {
        "AzureWebJobsStorage",
        "FUNCTIONS_WORKER_RUNTIME",
    }
    for name in sorted((set(read) - set(NOT_IN_AZURE) | {"GRAPH_ENDPOINT", "RESOURCE_MANAGER_ENDPOINT"}) ^ sample):
        yield f"local.settings.sample.json and shared/settings.py differ in {name}"
    yield from _same_names(tree, set(read) - set(NOT_IN_AZURE))
    for plan in tree.plans:
        if plan.template == APP and plan is not tree.any(APP):
            yield from _of_plan(plan)
    yield from _same_defaults(tree, read)
    yield from _same_ranges(tree, read)


def names_read(tree: Tree) -> dict[str, Read]:
    """The settings that the code reads."""
    found: dict[str, Read] = {}
    for node in ast.walk(ast.parse(tree.text("shared/settings.py"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
            name = getattr(node.args[0], "value", None)
            if isinstance(name, str) and re.fullmatch("[A-Z][A-Z_]{5,}", name) and name not in found:
                given = {keyword.arg: getattr(keyword.value, "value", None) for keyword in node.keywords}
                if node.func.attr == "text" and len(node.args) > 1:
                    given["default"] = getattr(node.args[1], "value", None)
                default = given.get("default")
                found[name] = Read(None if default is None else str(default), given.get("least"), given.get("most"))
        elif isinstance(node, ast.Compare) and isinstance(node.left, ast.Constant):
            found.setdefault(str(node.left.value), Read())
    return {name: held for name, held in found.items() if re.fullmatch("[A-Z][A-Z_]{5,}", name)}


def app_settings(plan: Plan) -> Fields:
    """The app's settings, wherever the template sets them."""
    parts: list[Value] = [
        made.get("properties") for made in plan.of("Microsoft.Web/sites/config") if made.get("name") == "appsettings"
    ]
    for made in plan.of("Microsoft.Web/sites"):
        listed = made.get("properties", "siteConfig", "appSettings")
        items = listed.values if isinstance(listed, Items) else ()
        parts += [
            Fields({text(member(item, "name")): Held(member(item, "value"), made.resource.line)}) for item in items
        ]
    joined = merged(parts)
    return joined if isinstance(joined, Fields) else Fields()


def _same_names(tree: Tree, wanted: set[str]) -> Iterator[str]:
    plan = tree.any(APP)
    have = app_settings(plan)
    where = APP
    if have.open:
        yield f"{where} has app settings that can't be evaluated"
    durable = OF_THE_SCHEDULER | OF_DURABLE_IN_STORAGE
    for name in sorted(wanted | OF_THE_PLATFORM | durable | NOT_ON_FLEX - set(have.held)):
        if name not in have.held and name not in NOT_ON_FLEX:
            yield f"{where} does not set {name}"
    for name, held in sorted(have.held.items()):
        if NEVER.fullmatch(name):
            yield f"{where} sets {name} (line {held.line}), which has no place in this app"
        elif name not in wanted | OF_THE_PLATFORM | durable | NOT_ON_FLEX | OF_A_PROXY:
            yield f"{where} sets {name} (line {held.line}), which nothing reads"


def _of_plan(plan: Plan) -> Iterator[str]:
    """Checks the settings of one deployment: neither its plan nor the code may refuse any."""
    have = app_settings(plan)
    names = {name for name, held in have.held.items() if held.value is not None}
    flex = any(text(made.get("sku", "tier")) == "FlexConsumption" for made in plan.of("Microsoft.Web/serverfarms"))
    for name in sorted(NOT_ON_FLEX & names if flex else NOT_ON_FLEX - names):
        yield f"{plan.name} {'sets' if flex else 'does not set'} {name}"
    hubs = plan.of("Microsoft.DurableTask/schedulers/taskHubs")
    for name in sorted(OF_THE_SCHEDULER - names if hubs else OF_THE_SCHEDULER & names):
        yield f"{plan.name} {'does not set' if hubs else 'sets'} {name}"
    for name in sorted(OF_DURABLE_IN_STORAGE & names if hubs else OF_DURABLE_IN_STORAGE - names):
        yield f"{plan.name} {'sets' if hubs else 'does not set'} {name}"
    for name in sorted(OF_THE_PLATFORM - names):
        yield f"{plan.name} does not set {name}"
    try:
        settings.read_settings({name: _plausible(name, have) for name in names})
    except settings.SettingsError as error:
        yield f"{plan.name}: {error}"


def _plausible(name: str, settings: Fields) -> str:
    """A setting's value, or a plausible one if only a deployment knows it."""
    value = settings.get(name)
    cloud = settings.get("GRAPH_CLOUD")
    suffix = CLOUDS[cloud if isinstance(cloud, str) and cloud in CLOUDS else "Global"].storage_suffix
    known = text(value)
    if known.startswith("@Microsoft.KeyVault("):
        return f"whsec_{_KEY}" if name == "CALLBACK_SIGNING_SECRET" else _KEY
    if isinstance(value, Unknown):
        examples = {"EXPORT_BLOB_ENDPOINT": f"https://exports.blob.{suffix}/", "PUBLIC_BASE_URL": "",
                    "OUTCOME_TABLE_ENDPOINT": f"https://records.table.{suffix}/",
                    "EXPORT_ACCOUNT_ID": _ACCOUNT_ID}  # fmt: skip
        return examples.get(name, "unknown")
    return known


def _same_defaults(tree: Tree, read: dict[str, Read]) -> Iterator[str]:
    have = app_settings(tree.plan(APP))
    for name, held in read.items():
        value = have.get(name)
        if held.default and isinstance(value, str) and value != held.default:
            yield f"{APP} sets {name} to {value} by default, and shared/settings.py to {held.default}"


def _same_ranges(tree: Tree, read: dict[str, Read]) -> Iterator[str]:
    """Each number must come from a parameter with the range that the code accepts."""
    have = app_settings(tree.any(APP))
    parameters = tree.bicep(tree.root / APP).parameters
    for name, held in read.items():
        if held.least is None:
            continue
        found = re.fullmatch(rf"string\({APP}:(\w+)\)", text(have.get(name)))
        if not found:
            yield f"{APP} sets {name} to something other than one parameter"
            continue
        decorators = parameters[found[1]].decorators
        for limit, wanted in (("minValue", held.least), ("maxValue", held.most)):
            argument: Any = (decorators.get(limit) or (None,))[0]
            if not (isinstance(argument, Literal) and argument.value == wanted):
                yield f"{APP}: @{limit} of {found[1]} is not {wanted}, as shared/settings.py has it for {name}"
