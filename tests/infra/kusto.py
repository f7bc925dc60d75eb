"""What Kusto queries use, and their errors, as the language service of Azure's editors sees them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.infra.log_tables import TABLES
from tests.node_programs import MODULES, run_node

if TYPE_CHECKING:
    from collections.abc import Iterable

SCRIPT = Path(__file__).with_name("kusto.cjs")
PACKAGE = "@kusto/language-service-next"


@dataclass(frozen=True, slots=True)
class Comparison:
    """A comparison with a text.

    Attributes:
        column: the column, or the property as `Properties.name`, also where a column was made of it.
        operator: the operator, such as `==` or `!startswith`.
        value: the text.
    """

    column: str
    operator: str
    value: str


@dataclass(frozen=True, slots=True)
class Pipeline:
    """What a pipeline uses, with the pipelines and the `let` statements in it.

    Attributes:
        tables: the tables of the workspace that it reads.
        compared: its comparisons with texts.
        properties: the properties that it takes, as `Properties.name`.
        own_compared: those of its comparisons that are in no pipeline within it.
        own_properties: those of its properties that no pipeline within it takes.
    """

    tables: frozenset[str]
    compared: tuple[Comparison, ...]
    properties: frozenset[str]
    own_compared: tuple[Comparison, ...]
    own_properties: frozenset[str]


@dataclass(frozen=True, slots=True)
class Read:
    """What is known of a query.

    Attributes:
        faults: its errors and warnings, with their lines.
        columns: the columns of its rows, and their types.
        pipelines: its pipelines.
    """

    faults: tuple[str, ...]
    columns: dict[str, str]
    pipelines: tuple[Pipeline, ...]


def read(queries: Iterable[str]) -> list[Read]:
    """What each query uses, and its errors.

    Raises:
        FileNotFoundError: the language service is not installed.
        RuntimeError: it failed.
    """
    return list(_read_all(tuple(queries)))


@lru_cache(maxsize=8)
def _read_all(queries: tuple[str, ...]) -> tuple[Read, ...]:
    if not (MODULES / PACKAGE).exists():
        raise FileNotFoundError(f"{PACKAGE} is not installed: run `make test`, or `python3 -m local.setup --checkers`.")
    given = json.dumps({"tables": TABLES, "queries": queries})
    done = run_node(str(SCRIPT), str(MODULES), folder=SCRIPT.parent, given=given)
    if done.returncode:
        raise RuntimeError(f"The queries could not be analysed: {done.stderr[-400:]}")
    return tuple(_read(text, found) for text, found in zip(queries, json.loads(done.stdout), strict=True))


def _read(text: str, found: dict[str, Any]) -> Read:
    faults = tuple(f"line {text[:start].count(chr(10)) + 1}: {message}" for start, message in found["diagnostics"])
    pipelines = found["pipelines"]
    return Read(faults, dict(found["columns"]), tuple(_pipeline(pipelines, at) for at in range(len(pipelines))))


def _pipeline(pipelines: list[dict[str, Any]], at: int) -> Pipeline:
    within, more = {at}, [at]
    while more:
        new = set(pipelines[more.pop()]["uses"]) - within
        within |= new
        more += new
    parts = [pipelines[each] for each in sorted(within)]
    return Pipeline(
        tables=frozenset(table for part in parts for table in part["tables"]),
        compared=tuple(Comparison(*each) for part in parts for each in part["compared"]),
        properties=frozenset(name for part in parts for name in part["properties"]),
        own_compared=tuple(Comparison(*each) for each in pipelines[at]["compared"]),
        own_properties=frozenset(pipelines[at]["properties"]),
    )
