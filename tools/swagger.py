"""Converts schemas of OpenAPI 3.1 to OpenAPI 2.0, as a flow designer shows them. Pure: no I/O."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

_WORDS = {"id": "ID", "url": "URL", "md5": "MD5", "sha256": "SHA-256"}
_NULL = {"type": "null"}
_KEPT = (
    *("type", "format", "enum", "pattern", "default"),
    *("minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems"),
)


class Schemas:
    """Converts schemas to plain ones, without references and without what OpenAPI 2.0 can't express.

    Args:
        components: the schemas that others refer to.
        advanced: the names of fields that the designer shows on demand.
        without: the names of fields that are left out.
    """

    def __init__(
        self, components: Mapping[str, Any], *, advanced: Collection[str] = (), without: Collection[str] = ()
    ) -> None:
        self._components = components
        self._advanced = advanced
        self._without = without

    def plain(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        """The same schema in OpenAPI 2.0."""
        whole = self._whole(schema)
        made = {name: whole[name] for name in _KEPT if whole.get(name) is not None}
        if "const" in whole:
            made["enum"] = [whole["const"]]
        if "description" in whole:
            made["description"] = prose(whole["description"])
        if whole.get("x-nullable"):
            made["x-nullable"] = True
        if "items" in whole:
            made["items"] = self.plain(whole["items"])
        if isinstance(whole.get("additionalProperties"), dict):
            made["additionalProperties"] = self.plain(whole["additionalProperties"])
        if "properties" in whole:
            made |= self._fields(whole)
        return made

    def _fields(self, whole: Mapping[str, Any]) -> dict[str, Any]:
        fields = {name: self._field(name, part) for name, part in whole["properties"].items()}
        shown = {name: field for name, field in fields.items() if name not in self._without}
        required = [name for name in whole.get("required", ()) if name in shown]
        return {"properties": shown} | ({"required": required} if required else {})

    def _field(self, name: str, schema: Mapping[str, Any]) -> dict[str, Any]:
        advanced = {"x-ms-visibility": "advanced"} if name in self._advanced else {}
        return {"x-ms-summary": title(name), **self.plain(schema), **advanced}

    def _whole(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        """The schema with what it refers to, and `x-nullable` in place of null as a type or a choice."""
        own = {name: value for name, value in schema.items() if name not in {"$ref", "oneOf"}}
        if "$ref" in schema:
            return self._whole(self._components[schema["$ref"].rpartition("/")[2]]) | own
        if "oneOf" in schema:
            (part,) = _without_null(schema["oneOf"], _NULL)
            return self._whole(part) | own | {"x-nullable": True}
        if isinstance(schema.get("type"), list):
            (kind,) = _without_null(schema["type"], "null")
            return own | {"type": kind, "x-nullable": True}
        return own


def title(name: str) -> str:
    """A field's name as the designer shows it: `dueDateTime` as `Due Date Time`."""
    words = re.findall(r"[A-Z]?[a-z0-9]+", name)
    return " ".join(_WORDS.get(word.lower(), word[0].upper() + word[1:]) for word in words)


def prose(text: str) -> str:
    """Text without backticks, which the designer would show."""
    return text.replace("`", "")


def _without_null(choices: Sequence[Any], null: object) -> list[Any]:
    """The one choice besides null; ValueError if there are others or no null."""
    left = [choice for choice in choices if choice != null]
    if null not in choices or len(left) != 1:
        raise ValueError("OpenAPI 2.0 can't express a choice of several types.")
    return left
