"""Shows which declarations of a template a deployment makes something of.

A snapshot has the resources of all modules in one list, without their declarations. So each declaration of a compiled
template gets a marker beside it: a resource of a type that doesn't exist, with the same condition and the same loop.
The markers in a snapshot tell which declarations made something, and are taken out of it.
"""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING

from tools.bicep.differences import RESOURCES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tools.bicep.differences import Content

_TYPE = "Declaration.Marker/declarations"
_MODULE = "Microsoft.Resources/deployments"


def marked(template: Content) -> tuple[Content, set[str]]:
    """The template with markers, and what it declares, such as `vault > deleteLock (Microsoft.Authorization/locks)`."""
    copy = deepcopy(template)
    return copy, set(_mark(copy, ""))


def unmarked(snapshot: Content) -> tuple[Content, set[str]]:
    """The snapshot without markers, and what they are of."""
    resources = snapshot[RESOURCES]
    found = {resource["properties"]["declares"] for resource in resources if resource["type"] == _TYPE}
    return {**snapshot, RESOURCES: [resource for resource in resources if resource["type"] != _TYPE]}, found


def _mark(template: Content, path: str) -> Iterator[str]:
    resources = template["resources"]
    named = isinstance(resources, dict)
    for key, resource in list(resources.items() if named else enumerate(resources)):
        if resource.get("existing"):
            continue
        here = f"{path}{key} ({resource['type']})"
        marker = _marker(here, f"declaration-{key}".replace("::", "-"), resource)
        if named:
            resources[f"declaration::{key}"] = marker
        else:
            resources.append(marker)
        yield here
        if resource["type"] == _MODULE:
            yield from _mark(resource["properties"]["template"], f"{path}{key} > ")


def _marker(declares: str, name: str, resource: Content) -> Content:
    made: Content = {"type": _TYPE, "apiVersion": "2026-01-01", "name": name, "properties": {"declares": declares}}
    if "condition" in resource:
        made["condition"] = resource["condition"]
    if "copy" in resource:
        made["copy"] = {**resource["copy"], "name": name}
        made["name"] = f"[format('{name}-{{0}}', copyIndex())]"
    return made
