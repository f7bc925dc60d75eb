"""What each parameter file deploys, as Microsoft's compiler evaluates it: `make infra` writes these files."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tools.bicep.differences import whole

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FOLDER = "tests/infra/snapshots"
_RESOURCES = "predictedResources"
_PROVIDERS = "/providers/"


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource that is deployed.

    Attributes:
        id: its id. What only Azure knows makes it an expression, in brackets. Resources of Microsoft Graph have none,
            and get their type and a number.
        type: its type, without a version, such as Microsoft.Storage/storageAccounts.
        name: its full name, such as account/default; empty for resources of Microsoft Graph.
        body: all of it: name, location, properties and so on.
        where: the snapshot, the type and the name, for findings.
    """

    id: str
    type: str
    name: str
    body: Any
    where: str

    def get(self, *path: str | int) -> Any:
        """A value in the body, such as get("properties", "rules", 0); None where there is none."""
        value = self.body
        for step in path:
            if isinstance(value, dict) and isinstance(step, str):
                value = value.get(step)
            elif isinstance(value, list) and isinstance(step, int) and -len(value) <= step < len(value):
                value = value[step]
            else:
                return None
        return value

    @property
    def target(self) -> str | None:
        """The id of what an extension resource is on, such as an assignment, a lock or a diagnostic setting.

        None for all other resources, and for one that is on the resource group or the subscription.
        """
        before, _, _ = self.id.rpartition(_PROVIDERS)
        return before if _PROVIDERS in before else None


@dataclass(frozen=True)
class Snapshot:
    """What a parameter file deploys.

    Attributes:
        name: the name of the snapshot, such as prod.
        template: the template, such as infra/main.bicep.
        resources: all resources, also those of modules.
        outputs: the template's outputs.
    """

    name: str
    template: str
    resources: tuple[Resource, ...]
    outputs: dict[str, Any]

    def of(self, *types: str) -> Iterator[Resource]:
        """The resources of these types."""
        return (resource for resource in self.resources if resource.type in types)

    def by_id(self, id_: str) -> Resource | None:
        """The resource with this id, or None."""
        return self._ids.get(id_)

    @cached_property
    def _ids(self) -> dict[str, Resource]:
        return {resource.id: resource for resource in self.resources}


def read(folder: Path) -> dict[str, Snapshot]:
    """Every snapshot in the folder, by name; a variant's changes are put into the snapshot that it changes."""
    files = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.json"))}
    contents = {name: content for name, content in files.items() if _RESOURCES in content}
    return {name: _snapshot(name, content["template"], _whole(content, contents)) for name, content in contents.items()}


def _whole(content: Any, contents: dict[str, Any]) -> Any:
    return whole(_whole(contents[content["base"]], contents), content) if "base" in content else content


def _snapshot(name: str, template: str, content: Any) -> Snapshot:
    seen: Counter[str] = Counter()
    resources = []
    for body in content[_RESOURCES]:
        kind = body["type"].partition("@")[0]
        seen[kind] += 1
        own = body.get("name", "")
        where = f"{name}: {kind} {own}".rstrip()
        resources.append(Resource(body.get("id", f"{kind}#{seen[kind]}"), kind, own, body, where))
    return Snapshot(name, template, tuple(resources), content["outputs"])
