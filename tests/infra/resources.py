"""The resources of a deployment, including those of its modules, with their values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.infra.values import Fields, Reference, Value, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.infra.declarations import Resource
    from tests.infra.evaluation import Scope


@dataclass(frozen=True, slots=True)
class Made:
    """A resource as it is deployed."""

    resource: Resource
    scope: Scope
    body: Fields
    sure: bool
    """Whether it is deployed whatever the parameters are."""

    @property
    def where(self) -> str:
        """Its place in the templates, for findings."""
        return f"{self.scope.file.label}:{self.resource.line}"

    @property
    def name(self) -> str:
        """Its full name, including its parents' names."""
        return text(self.scope.name_of(self.resource))

    @property
    def type(self) -> str:
        """Its type, without the version."""
        return self.resource.type

    @property
    def target(self) -> Reference | None:
        """The resource that it is scoped to, if any."""
        found = self.body.get("scope")
        return found if isinstance(found, Reference) else None

    def get(self, *path: str) -> Value:
        """A property."""
        return self.body.get(*path)


@dataclass(frozen=True, slots=True)
class Plan:
    """The resources of one deployment."""

    name: str
    template: str
    made: list[Made]

    def of(self, *types: str) -> list[Made]:
        """The resources of these types."""
        return [made for made in self.made if made.type in types]


def deployed(scope: Scope, *, sure: bool = True) -> list[Made]:
    """The resources that a template creates, without existing ones."""
    return list(_deployed(scope, sure))


def _deployed(scope: Scope, sure: bool) -> Iterator[Made]:  # noqa: FBT001 - one caller, by position
    for resource in scope.file.resources.values():
        if resource.existing:
            continue
        for within in scope.rounds(resource.loop):
            condition = within.value(resource.condition) if resource.condition else True
            body = within.value(resource.body)
            if condition is not False and isinstance(body, Fields):
                yield Made(resource, within, body, sure and condition is True)
    for module in scope.file.modules.values():
        for within in scope.rounds(module.loop):
            condition = within.value(module.condition) if module.condition else True
            inner = within.module(module)
            if condition is not False and inner:
                yield from _deployed(inner, sure and condition is True)
