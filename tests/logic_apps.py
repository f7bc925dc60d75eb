"""Checks for Logic Apps workflows, in docs/callers.md and in infra/."""

import json
import re
from collections.abc import Iterator
from typing import Any

from shared.http.openapi.openapi_document import openapi_document
from tests.openapi_conformance import faults_of
from tools.swagger import Schemas

DOCUMENT = openapi_document()
COMPONENTS = DOCUMENT["components"]["schemas"]
_EXPRESSION = re.compile(r"@\{[^}]*\}")
_INSTEAD = {"subject": {"type": "user", "id": "ana@contoso.example"}, "dueDateTime": "2026-12-01T09:00:00Z"}
"""Fields of a body that a workflow fills with expressions, which are not of the type of their value."""
_FIELD = re.compile(r"body\('(\w+)'\)((?:\?\['\w+'\])+)")


def schema(name: str) -> dict[str, Any]:
    return Schemas(COMPONENTS).plain({"$ref": f"#/components/schemas/{name}"})


def has(described: dict[str, Any], path: list[str]) -> bool:
    """Whether a schema has a nested field."""
    for name in path:
        if name not in described.get("properties", {}):
            return False
        described = described["properties"][name]
    return True


def call_of(method: str, path: str) -> dict[str, Any]:
    """The API call that a request makes, with its ids left open."""
    path = _EXPRESSION.sub("any", path)
    for template, calls in DOCUMENT["paths"].items():
        if re.fullmatch(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(template)), path.partition("?")[0]):
            found: dict[str, Any] = calls[method.lower()]
            return found
    raise LookupError(path)


def parts(value: Any) -> Iterator[Any]:
    yield value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from parts(part)


class Workflow:
    """A workflow's definition, and checks for it."""

    def __init__(self, definition: dict[str, Any]) -> None:
        self.definition = definition

    @property
    def requests(self) -> list[dict[str, Any]]:
        """The HTTP requests of its actions."""
        return [part for part in parts(self.definition) if isinstance(part, dict) and {"method", "uri"} <= set(part)]

    def check_calls(self) -> None:
        """Checks that it makes calls that the API has, with valid headers and body, as a managed identity."""
        assert self.requests
        for request in self.requests:
            call = call_of(request["method"], request["uri"].removeprefix("@{parameters('api')}"))
            assert request["authentication"]["type"] == "ManagedServiceIdentity"
            for header in request.get("headers", {}):
                assert header in {p["name"] for p in DOCUMENT["components"]["parameters"].values()}
            assert ("requestBody" in call) == ("body" in request)
            if "body" in request:
                body = request["body"] | {name: _INSTEAD[name] for name in _INSTEAD.keys() & request["body"].keys()}
                assert faults_of(body, call["requestBody"]["content"]["application/json"]["schema"]) == []

    def check_fields(self, answers: dict[str, str]) -> None:
        """Checks that the fields that it reads are in the schema of the action's response."""
        text = json.dumps(self.definition)
        read = _FIELD.findall(text)
        assert len(read) >= 4
        assert len(read) == text.count("body('")
        for action, path in read:
            assert has(schema(answers[action]), re.findall(r"\['(\w+)'\]", path)), path

    def check_order(self) -> None:
        """Checks that its actions run after others of their group, and that it uses the parameters that it declares."""
        assert self.definition["$schema"].endswith("/2016-06-01/workflowdefinition.json#")
        for group in [p["actions"] for p in parts(self.definition) if isinstance(p, dict) and "actions" in p]:
            for action in group.values():
                assert set(action["runAfter"]) <= set(group)
        used = re.findall(r"parameters\('(\w+)'\)", json.dumps(self.definition))
        assert set(used) == set(self.definition["parameters"])
