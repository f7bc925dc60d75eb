"""Reads resource types from the source of Azure's management libraries for Python, without installing them.

Two generations of generated classes: one with `_attribute_map` and `_validation`, one with annotated `rest_field`s.
"""

from __future__ import annotations

import ast
from typing import Any

Schema = dict[str, Any]
_SCALARS = {
    "str": "string",
    "int": "int",
    "float": "int",
    "bool": "bool",
    "duration": "string",
    "iso-8601": "string",
    "object": "any",
    "Any": "any",
}


class Models:
    """The classes of one package."""

    def __init__(self) -> None:
        self._classes: dict[str, ast.ClassDef] = {}

    def read(self, source: str) -> None:
        """Adds the classes of a module."""
        for node in ast.parse(source).body:
            if isinstance(node, ast.ClassDef):
                self._classes[node.name] = node

    def schema(self, target: str, name: str) -> Schema:
        """The schema of a resource, in the form of schemas/."""
        types: Schema = {}
        body = self._shape(name, types)
        body["properties"]["name"] = {"type": "string", "required": True}
        return {"resources": {target: body}, "types": types}

    def _shape(self, name: str, types: Schema) -> Schema:
        shape: Schema = {"properties": {}}
        for node in self._with_bases(name):
            values = {
                target.id: ast.literal_eval(statement.value)
                for statement in node.body
                if isinstance(statement, ast.Assign) and isinstance(target := statement.targets[0], ast.Name)
                and target.id in {"_attribute_map", "_validation", "_subtype_map"}
            }  # fmt: skip
            self._mapped(shape, values, types, name)
            self._annotated(shape, node, types)
            if "_subtype_map" in values and node.name == name:
                return self._discriminated(values, types)
        return shape

    def _with_bases(self, name: str) -> list[ast.ClassDef]:
        node = self._classes.get(name)
        if node is None:
            return []
        bases = [base.attr if isinstance(base, ast.Attribute) else getattr(base, "id", "") for base in node.bases]
        return [parent for base in bases for parent in self._with_bases(base)] + [node]

    def _mapped(self, shape: Schema, values: Schema, types: Schema, owner: str) -> None:
        for attribute, mapped in values.get("_attribute_map", {}).items():
            rules = values.get("_validation", {}).get(attribute, {})
            path = [part.replace("\0", ".") for part in mapped["key"].replace("\\.", "\0").split(".")]
            if path == [""]:
                shape["*"] = "any"
                continue
            properties = shape["properties"]
            for step in path[:-1]:
                held = properties.setdefault(step, {"type": f"{owner}.{step}", "required": True})
                properties = types.setdefault(held["type"], {"properties": {}})["properties"]
            properties[path[-1]] = {
                "type": self._type(mapped["type"], types),
                **({"required": True} if rules.get("required") else {}),
                **({"readOnly": True} if rules.get("readonly") else {}),
            }

    def _discriminated(self, values: Schema, types: Schema) -> Schema:
        ((attribute, elements),) = values["_subtype_map"].items()
        key = values["_attribute_map"][attribute]["key"].replace("\\.", ".")
        return {"discriminator": key, "elements": {value: self._shape(name, types) for value, name in elements.items()}}

    def _annotated(self, shape: Schema, node: ast.ClassDef, types: Schema) -> None:
        for statement in node.body:
            if not (isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name)):
                continue
            call = statement.value
            if not (isinstance(call, ast.Call) and getattr(call.func, "id", "").startswith("rest_")):
                continue
            given = {keyword.arg: ast.literal_eval(keyword.value) for keyword in call.keywords
                     if keyword.arg in {"name", "visibility"}}  # fmt: skip
            annotation = ast.unparse(statement.annotation)
            shape["properties"][given.get("name", statement.target.id)] = {
                "type": self._type(annotation, types),
                **({} if annotation.startswith("Optional[") else {"required": True}),
                **({"readOnly": True} if given.get("visibility") == ["read"] else {}),
            }

    def _type(self, written: str, types: Schema) -> str:
        """The type in the form of schemas/; adds the types that it refers to."""
        written = written.strip("'\"").removeprefix("_models.")
        for opening, form in (("Optional[", "{}"), ("list[", "{}[]"), ("List[", "{}[]")):
            if written.startswith(opening):
                return form.format(self._type(written[len(opening) : -1], types))
        if written.startswith("[") and written.endswith("]"):
            return f"{self._type(written[1:-1], types)}[]"
        if written.startswith(("{", "dict[", "Dict[")):
            value = self._type(written.partition("{" if written.startswith("{") else ",")[2].strip(" }]"), types)
            name = f"{value[0].upper()}{value[1:]}Map"
            types[name] = {"properties": {}, "*": value}
            return name
        if written.startswith("Union[str"):
            return "string"
        if written in _SCALARS:
            return _SCALARS[written]
        if written in self._classes and written not in types:
            types[written] = {}  # it may refer to itself
            types[written] = self._shape(written, types)
        return written if written in self._classes else "string"
