"""Checks what resources are called, and that each template says what it is for."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from shared.exports.ids import GUID

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.infra.snapshots import Resource
    from tests.infra.tree import Tree

LONGEST = "longest-names"
"""The snapshot with the longest names that the parameters allow."""
_HYPHENS = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?"
_DOTS = r"[a-zA-Z0-9](?:[a-zA-Z0-9_.-]*[a-zA-Z0-9_])?"
NAMES = {
    "Microsoft.DurableTask/schedulers": (3, 64, _HYPHENS),
    "Microsoft.Insights/actionGroups": (1, 260, _HYPHENS),
    "Microsoft.Insights/components": (1, 260, _HYPHENS),
    "Microsoft.Insights/activityLogAlerts": (1, 260, _HYPHENS),
    "Microsoft.Insights/metricAlerts": (1, 260, _HYPHENS),
    "Microsoft.Insights/scheduledQueryRules": (1, 260, _HYPHENS),
    "Microsoft.KeyVault/vaults": (3, 24, r"[a-zA-Z](?!.*--)[a-zA-Z0-9-]*[a-zA-Z0-9]"),
    "Microsoft.KeyVault/vaults/secrets": (1, 127, r"[a-zA-Z0-9-]+"),
    "Microsoft.Logic/workflows": (1, 43, r"[\w.()-]+"),
    "Microsoft.ManagedIdentity/userAssignedIdentities": (3, 128, r"[a-zA-Z0-9][\w-]*"),
    "Microsoft.Network/natGateways": (1, 80, _DOTS),
    "Microsoft.Network/networkSecurityGroups": (1, 80, _DOTS),
    "Microsoft.Network/privateEndpoints": (2, 64, _DOTS),
    "Microsoft.Network/publicIPAddresses": (1, 80, _DOTS),
    "Microsoft.Network/virtualNetworks": (2, 64, _DOTS),
    "Microsoft.OperationalInsights/workspaces": (4, 63, _HYPHENS),
    "Microsoft.Resources/resourceGroups": (1, 90, r"[\w.()-]*[\w()-]"),
    "Microsoft.Storage/storageAccounts": (3, 24, r"[a-z0-9]+"),
    "Microsoft.Storage/storageAccounts/blobServices/containers": (3, 63, r"[a-z0-9](?!.*--)[a-z0-9-]*"),
    "Microsoft.Storage/storageAccounts/tableServices/tables": (3, 63, r"[a-zA-Z][a-zA-Z0-9]*"),
    "Microsoft.Web/serverfarms": (1, 60, r"[a-zA-Z0-9-]+"),
    "Microsoft.Web/sites": (2, 60, _HYPHENS),
}
"""Shortest, longest, and which characters, by type ("Naming rules and restrictions for Azure resources")."""


def check(tree: Tree) -> Iterator[str]:
    """Yields names that Azure refuses, two resources of one id, and templates without a description."""
    for snapshot in tree.snapshots.values():
        for made in snapshot.resources:
            yield from _name(made)
        for identifier, times in Counter(made.id.lower() for made in snapshot.resources).items():
            if times > 1:
                yield f"{snapshot.name} has {times} resources with the id {identifier}"
    yield from _without_limits(tree)
    for path in tree.files("infra/**/*.bicep"):
        yield from _template(tree.label(path), path.read_text("utf-8"))


def _own(made: Resource) -> str:
    """The name without those of its parents."""
    return made.name.rpartition("/")[2]


def _name(made: Resource) -> Iterator[str]:
    if made.type not in NAMES or made.name.startswith("["):
        return
    shortest, longest, characters = NAMES[made.type]
    name = _own(made)
    if not (shortest <= len(name) <= longest and re.fullmatch(characters, name)):
        yield f"{made.where} is called {name}, which Azure does not accept"


def _without_limits(tree: Tree) -> Iterator[str]:
    """A type whose names depend on parameters needs its limits above."""
    others = [snapshot for snapshot in tree.snapshots.values() if snapshot.name != LONGEST]
    fixed = {(made.type, _own(made)) for snapshot in others for made in snapshot.resources}
    for made in tree.snapshot(LONGEST).resources:
        name = _own(made)
        if made.type not in NAMES and (made.type, name) not in fixed and not re.fullmatch(GUID, name):
            yield f"{made.where} has a name whose limits these checks don't know"


def _template(label: str, text: str) -> Iterator[str]:
    if not re.match(r"metadata description = '[^']", text):
        yield f"{label} does not say what it is for"
    for number, line in enumerate(text.splitlines(), 1):
        code = re.sub(r"(?<!:)//.*", "", line)
        if re.search(r"\bany\(", code):
            yield f"{label}:{number} hides a type with any()"
        # The linter knows the hosts that environment() has, and Graph's is not among them.
        if "graph.microsoft.com" in code:
            yield f"{label}:{number} names a host of one cloud"
