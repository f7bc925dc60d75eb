"""What the types of response bodies are made of: ids, times, links, and values that can grow."""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import ConfigDict, Field, with_config
from typing_extensions import TypedDict

Id = Annotated[str, Field(json_schema_extra={"format": "uuid"})]
Time = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
Link = Annotated[str, Field(json_schema_extra={"format": "uri"})]
Count = Annotated[int, Field(ge=0)]


def growing(known: type[StrEnum]) -> Any:  # noqa: ANN401 - pydantic's own type of what Field returns
    """Marks a text whose known values the description lists.

    It is no enumeration, because a later version may add values: many generated clients can't read a response with a
    value that their enumeration lacks.
    """
    return Field(json_schema_extra={"x-extensible-enum": [value.value for value in known]})


@with_config(ConfigDict(use_attribute_docstrings=True))
class ResponseBody(TypedDict):
    """The base of all types of responses: a field's docstring is its description in the OpenAPI document."""
