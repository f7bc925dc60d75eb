"""Checks names, and much of what the linter checks with the rules in infra/bicepconfig.json."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.infra.nodes import Call, Literal, Node, Template, walk
from tests.infra.tree import APP

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.infra.declarations import BicepFile
    from tests.infra.tree import Tree

_HOSTS = re.compile(
    r"(core\.windows\.net|vault\.azure\.net|login\.microsoftonline\.com|graph\.microsoft\.com|management\.azure\.com)"
)
"""Hosts of the global cloud; environment() has those of the current cloud."""
_NAMES = {
    "Microsoft.DurableTask/schedulers": r"[a-zA-Z0-9][a-zA-Z0-9-]{1,62}[a-zA-Z0-9]",
    "Microsoft.KeyVault/vaults": r"[a-zA-Z](?!.*--)[a-zA-Z0-9-]{1,22}[a-zA-Z0-9]",
    "Microsoft.OperationalInsights/workspaces": r"[a-zA-Z0-9][a-zA-Z0-9-]{2,61}[a-zA-Z0-9]",
    "Microsoft.Storage/storageAccounts": r"[a-z0-9]{3,24}",
    "Microsoft.Web/serverfarms": r"[a-zA-Z0-9-]{1,60}",
    "Microsoft.Web/sites": r"[a-zA-Z0-9][a-zA-Z0-9-]{0,58}[a-zA-Z0-9]",
}
"""What Azure accepts as the name of a resource ("Naming rules and restrictions for Azure resources")."""


def check(tree: Tree) -> Iterator[str]:
    """Yields style problems."""
    yield from _named(tree)
    extensions = tree.json("infra/bicepconfig.json").get("extensions", {})
    for file in tree.templates:
        if not re.match(r"metadata description = '[^']", file.path.read_text("utf-8")):
            yield f"{file.label} does not say what it is for"
        for name in file.extensions:
            if name not in extensions:
                yield f"{file.label} uses the extension {name}, which infra/bicepconfig.json does not pin"
        for module in file.modules.values():
            if any(entry.key == "name" for entry in module.body.entries):
                yield f"{file.label}:{module.line} names a deployment, so that two at once would collide"
        for resource in file.resources.values():
            if not re.fullmatch(r"[\w.]+(?:/\w+)+@(?:\d{4}-\d\d-\d\d(?:-preview)?|v1\.0)", resource.target):
                yield f"{file.label}:{resource.line} {resource.target} has no fixed API version"
        yield from _expressions(file)


def _named(tree: Tree) -> Iterator[str]:
    """Checks names made of the longest and the shortest values that the parameters allow."""
    for name, environment in (("ab-cd-ef-g", "testtest"), ("ab", "t")):
        for backend in ("azureStorage", "azureManaged"):
            plan = tree.plan(APP, name=name, environmentName=environment, durableBackend=backend)
            for made in plan.made:
                found = re.sub(r"\$\{uniqueString\([^}]*\)\}", "a" * 13, made.name)
                if not re.fullmatch(_NAMES.get(made.type, ".*"), found):
                    yield f"{made.where} would be called {found}, which Azure does not accept"


def _expressions(file: BicepFile) -> Iterator[str]:
    for expression in file.expressions():
        for part in walk(expression):
            for written in _texts(part):
                if _HOSTS.search(written):
                    yield f"{file.label}:{part.line} names a host of one cloud: {written}"
            if isinstance(part, Call) and part.function == "any":
                yield f"{file.label}:{part.line} hides a type with any()"


def _texts(node: Node) -> Iterator[str]:
    for part in node.parts if isinstance(node, Template) else (node,):
        if isinstance(part, Literal) and isinstance(part.value, str):
            yield part.value
