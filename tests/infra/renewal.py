"""Generates schemas/: the resource types that infra/ uses, from Microsoft's packages.

`make schemas`, on Linux (x64) with npm. Run it when a template uses another type or version; it downloads 60 MB.
schemas/README.md names the sources.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local.checkout import ROOT
from local.setup.nodejs import find_npm
from tests.infra.mgmt_models import Models
from tests.infra.schemas import FOLDER, WRITTEN
from tests.infra.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Iterable

AZURE_MCP = "@azure/mcp-linux-x64@2.0.5"
PACKAGES = {
    "Microsoft.DurableTask/schedulers@2026-02-01": ("azure-mgmt-durabletask==1.1.0", "Scheduler"),
    "Microsoft.DurableTask/schedulers/taskHubs@2026-02-01": ("azure-mgmt-durabletask==1.1.0", "TaskHub"),
    "Microsoft.DurableTask/schedulers/retentionPolicies@2026-02-01": (
        "azure-mgmt-durabletask==1.1.0",
        "RetentionPolicy",
    ),
    "Microsoft.Insights/actionGroups@2023-01-01": ("azure-mgmt-monitor==7.0.0", "ActionGroupResource"),
    "Microsoft.Insights/metricAlerts@2018-03-01": ("azure-mgmt-monitor==7.0.0", "MetricAlertResource"),
    "Microsoft.Insights/scheduledQueryRules@2023-12-01": ("azure-mgmt-monitor==7.0.0", "ScheduledQueryRuleResource"),
    "Microsoft.Insights/diagnosticSettings@2021-05-01-preview": (
        "azure-mgmt-monitor==6.0.2",
        "v2021_05_01_preview/DiagnosticSettingsResource",
    ),
    "Microsoft.Network/privateDnsZones@2024-06-01": ("azure-mgmt-privatedns==2.0.0", "PrivateZone"),
    "Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01": (
        "azure-mgmt-privatedns==2.0.0",
        "VirtualNetworkLink",
    ),
}
"""The types that the first source lacks: the library that has them, and the class."""

CORRECTED: dict[str, dict[str, Any]] = {
    "OpenAuthenticationAccessPolicies": {"properties": {"policies": {"type": "OpenAuthenticationPolicyMap"}}},
    "OpenAuthenticationPolicyMap": {"properties": {}, "*": "OpenAuthenticationAccessPolicy"},
}
"""Two types of Microsoft.Logic have one name, and the program names them only: told apart here."""

Schema = dict[str, Any]


def main() -> None:
    """Write a file for each namespace and source."""
    used = {
        resource.target
        for file in Tree(ROOT).templates
        for resource in file.resources.values()
        if resource.target not in WRITTEN
    }
    with tempfile.TemporaryDirectory() as scratch:
        found = [
            *from_azure_mcp(sorted(used - set(PACKAGES)), Path(scratch)),
            *from_packages(sorted(used & set(PACKAGES)), Path(scratch)),
        ]
    files = merged(found)
    for old in FOLDER.glob("*.json"):
        old.unlink()
    for name, schema in files.items():
        text = compact(schema)
        (FOLDER / name).write_text(text, "utf-8")
    described = {resource for _, _, schema in found for resource in schema["resources"]}
    if used - described:
        sys.exit(f"Undescribed: {sorted(used - described)}. There are: {sorted(described - used)}")


def merged(found: Iterable[tuple[str, str, Schema]]) -> dict[str, Schema]:
    """One schema for each namespace and source, by its file name."""
    files: dict[str, Schema] = {}
    for name, source, schema in found:
        file = files.setdefault(name, {"source": source, "resources": {}, "types": {}})
        for part in ("resources", "types"):
            for key, value in schema[part].items():
                if file[part].setdefault(key, value) != value:
                    raise ValueError(f"{name} has two different {key}")
    return files


def compact(schema: Schema) -> str:
    """JSON with a line for each type, so that diffs are readable."""
    lines = [f'"source": {json.dumps(schema["source"])}']
    for part in ("resources", "types"):
        entries = [f"{json.dumps(key)}: {json.dumps(schema[part][key])}" for key in sorted(schema[part])]
        lines.append(f'"{part}": {{\n{",".join(chr(10) + entry for entry in entries)[1:]}\n}}')
    return "{\n" + ",\n".join(lines) + "\n}\n"


def from_azure_mcp(types: list[str], scratch: Path) -> list[tuple[str, str, Schema]]:
    """The types from azmcp, which contains those of the Bicep compiler."""
    if not types:
        return []
    run([*find_npm(), "pack", AZURE_MCP, "--silent", "--pack-destination", str(scratch)])
    with tarfile.open(next(scratch.glob("*.tgz"))) as archive:
        archive.extractall(scratch, filter="data")
    program = str(scratch / "package" / "dist" / "azmcp")
    found = []
    for target in types:
        name = target.partition("@")[0]
        answer = json.loads(
            run([program, "bicepschema", "get", "--resource-type", name], AZURE_MCP_COLLECT_TELEMETRY="false")
        )
        schema = from_bicep_types((answer.get("results") or {}).get("BicepSchemaResult") or [])
        found.append((f"{name.partition('/')[0]}.json", f"npm {AZURE_MCP} (MIT)", schema))
    return found


def from_bicep_types(described: list[Schema]) -> Schema:
    """The types in the form of schemas/."""
    types = {part["name"]: _object(part) for part in described if part["$type"] in {"Object", "DiscriminatedObject"}}
    types |= CORRECTED
    resources: Schema = {}
    kept: Schema = {}
    for part in described:
        if part["$type"] == "Resource":
            resources[part["name"]] = _object(part["bodyType"])
            _keep(resources[part["name"]], types, kept)
    return {"resources": resources, "types": kept}


def _keep(shape: Schema, types: dict[str, Schema], kept: Schema) -> None:
    for element in shape.get("elements", {}).values():
        _keep(element, types, kept)
    for described in (*shape.get("properties", {}).values(), {"type": shape.get("*", "")}):
        for name in re.findall(r"[^|\[\]() ]+", described["type"]):
            if name in types and name not in kept:
                kept[name] = types[name]
                _keep(kept[name], types, kept)


def _object(described: Schema) -> Schema:
    if described["$type"] == "DiscriminatedObject":
        discriminator = described["discriminator"]
        base = {part["name"]: _property(part) for part in described["baseProperties"]}
        elements = {}
        for element in described["elements"]:
            kind = _object(element)
            kind["properties"] = base | kind["properties"]
            elements[kind["properties"][discriminator]["type"]] = kind
        return {"discriminator": discriminator, "elements": elements}
    shape: Schema = {"properties": {part["name"]: _property(part) for part in described["properties"]}}
    if described.get("additionalPropertiesType"):
        shape["*"] = described["additionalPropertiesType"]
    return shape


def _property(described: Schema) -> Schema:
    flags = described.get("flags") or ""
    limits = re.findall(r"(minValue|maxValue|minLength|maxLength): (-?\d+)", described.get("modifiers") or "")
    return {
        "type": described["type"],
        **({"required": True} if "Required" in flags else {}),
        **({"readOnly": True} if "ReadOnly" in flags else {}),
        **{name: int(value) for name, value in limits},
    }


def from_packages(types: list[str], scratch: Path) -> list[tuple[str, str, Schema]]:
    """The types that the first source lacks, from the management libraries for Python."""
    models: dict[str, Models] = {}
    found = []
    for target in types:
        package, where = PACKAGES[target]
        folder, _, name = where.rpartition("/")
        if package not in models:
            pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
            run([*pip, "--dest", str(scratch / package), package])
            models[package] = Models()
            with zipfile.ZipFile(next((scratch / package).glob("*.whl"))) as wheel:
                for path in wheel.namelist():
                    if re.search(rf"{folder}/models/_models(_py3)?\.py$", path):
                        models[package].read(wheel.read(path).decode())
        schema = models[package].schema(target, name)
        file = f"{target.partition('/')[0]}.{package.replace('==', '-')}.json"
        found.append((file, f"PyPI {package} (MIT)", schema))
    return found


def run(command: list[str], **environment: str) -> str:
    """The output of a command."""
    done = subprocess.run(  # noqa: S603 - our own arguments
        command, env=os.environ | environment, capture_output=True, text=True, check=False, timeout=300
    )
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    main()
