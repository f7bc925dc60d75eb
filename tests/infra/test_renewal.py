"""The extracts of resource types: made of what the two sources say, and the same as those that are here."""

import json
from typing import Any

from tests.infra import renewal, schemas
from tests.infra.mgmt_models import Models

DESCRIBED: list[dict[str, Any]] = [
    {
        "$type": "Resource",
        "name": "A.B/c@1",
        "bodyType": {
            "$type": "DiscriminatedObject",
            "discriminator": "name",
            "baseProperties": [{"name": "kind", "type": "string"}],
            "elements": [
                {
                    "$type": "Object",
                    "properties": [
                        {"name": "name", "type": "web", "flags": "Required, DeployTimeConstant"},
                        {"name": "id", "type": "string", "flags": "ReadOnly"},
                        {"name": "properties", "type": "Used[]"},
                    ],
                }
            ],
        },
    },
    {
        "$type": "Object",
        "name": "Used",
        "properties": [{"name": "n", "type": "int", "modifiers": "minValue: 1, maxValue: 5"}],
        "additionalPropertiesType": "string",
    },
    {"$type": "Object", "name": "Unused", "properties": []},
]


def test_bicep_types_become_a_schema() -> None:
    assert renewal.from_bicep_types(DESCRIBED) == {
        "resources": {
            "A.B/c@1": {
                "discriminator": "name",
                "elements": {
                    "web": {
                        "properties": {
                            "kind": {"type": "string"},
                            "name": {"type": "web", "required": True},
                            "id": {"type": "string", "readOnly": True},
                            "properties": {"type": "Used[]"},
                        }
                    }
                },
            }
        },
        "types": {"Used": {"properties": {"n": {"type": "int", "minValue": 1, "maxValue": 5}}, "*": "string"}},
    }


OLD = """
class Base(Model):
    _attribute_map = {"location": {"key": "location", "type": "str"}}
class Rule(Base):
    _validation = {"location": {"required": True}, "state": {"readonly": True}}
    _attribute_map = {
        "location": {"key": "location", "type": "str"},
        "state": {"key": "properties.state", "type": "str"},
        "parts": {"key": "properties.parts", "type": "[Part]"},
        "tags": {"key": "tags", "type": "{str}"},
    }
class Part(Model):
    _attribute_map = {"kind": {"key": "odata\\\\.type", "type": "str"}}
    _subtype_map = {"kind": {"A": "PartA"}}
class PartA(Part):
    _attribute_map = {"kind": {"key": "odata\\\\.type", "type": "str"}, "n": {"key": "n", "type": "int"}}
"""
NEW = """
class Base(_Model):
    id: Optional[str] = rest_field(visibility=["read"])
class Hub(Base):
    properties: Optional["_models.HubProperties"] = rest_field(visibility=["read", "create"])
class HubProperties(_Model):
    ip_allowlist: list[str] = rest_field(name="ipAllowlist", visibility=["read", "create"])
    state: Optional[Union[str, "_models.State"]] = rest_field(visibility=["read"])
"""


def test_older_models_become_a_schema() -> None:
    models = Models()
    models.read(OLD)
    schema = models.schema("A.B/rules@1", "Rule")
    assert schema["resources"]["A.B/rules@1"]["properties"] == {
        "location": {"type": "string", "required": True},
        "properties": {"type": "Rule.properties", "required": True},
        "tags": {"type": "StringMap"},
        "name": {"type": "string", "required": True},
    }
    assert schema["types"]["Rule.properties"]["properties"] == {
        "state": {"type": "string", "readOnly": True},
        "parts": {"type": "Part[]"},
    }
    assert schema["types"]["Part"]["discriminator"] == "odata.type"
    assert schema["types"]["Part"]["elements"]["A"]["properties"]["n"] == {"type": "int"}
    assert schema["types"]["StringMap"] == {"properties": {}, "*": "string"}


def test_newer_models_become_a_schema() -> None:
    models = Models()
    models.read(NEW)
    schema = models.schema("A.B/hubs@1", "Hub")
    assert schema["resources"]["A.B/hubs@1"]["properties"]["id"] == {"type": "string", "readOnly": True}
    assert schema["types"]["HubProperties"]["properties"] == {
        "ipAllowlist": {"type": "string[]", "required": True},
        "state": {"type": "string", "readOnly": True},
    }


def test_one_file_for_each_namespace_and_source() -> None:
    parts: list[tuple[str, str, dict[str, Any]]] = [
        ("A.B.json", "s", {"resources": {"A.B/c@1": {}}, "types": {"T": {}}}),
        ("A.B.json", "s", {"resources": {"A.B/d@1": {}}, "types": {"T": {}}}),
    ]
    (file,) = renewal.merged(parts).values()
    assert set(file["resources"]) == {"A.B/c@1", "A.B/d@1"}
    assert json.loads(renewal.compact(file)) == file


def test_the_extracts_are_as_the_tool_writes_them() -> None:
    found = sorted(schemas.FOLDER.glob("*.json"))
    assert len(found) > 8
    for path in found:
        assert path.read_text() == renewal.compact(json.loads(path.read_text())), path.name
        assert "(MIT)" in json.loads(path.read_text())["source"]
