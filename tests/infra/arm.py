"""Writes a deployment as an ARM template, for tools that can't read Bicep.

This is not a compiler's output: unknown values are expressions in brackets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.infra.values import Choice, Fields, Items, Value, text

if TYPE_CHECKING:
    from tests.infra.resources import Made, Plan

_SCHEMA = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"
_BICEPS_OWN = {"parent", "scope", "dependsOn", "name"}


def template(plan: Plan) -> dict[str, Any]:
    """The template."""
    return {
        "$schema": _SCHEMA,
        "contentVersion": "1.0.0.0",
        "resources": [_resource(made) for made in plan.made if not made.type.startswith("Microsoft.Graph/")],
    }


def _resource(made: Made) -> dict[str, Any]:
    properties = {name: _json(held.value) for name, held in made.body.held.items() if name not in _BICEPS_OWN}
    version = made.resource.target.partition("@")[2]
    return {"type": made.type, "apiVersion": version, "name": _expression(made.name), **properties}


def _json(value: Value) -> Any:
    match value:
        case Fields():
            return {name: _json(held.value) for name, held in value.held.items()}
        case Items():
            return [_json(item) for item in value.values]
        case Choice():
            return _json(value.options[0])
        case str() | bool() | int() | None:
            return value
        case _:
            return f"[{text(value)}]"


def _expression(name: str) -> str:
    return f"[{name}]" if "$" in name or "(" in name else name
