"""A Log Analytics workspace in memory: telemetry that arrived, and Kusto queries of any part of it.

`duckdb-kql` translates a query to SQL, with Kusto's rules for nulls, types and letter case; DuckDB runs it.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import duckdb_kql

from tests.infra.log_tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from duckdb_kql import TranslationResult

Row = dict[str, Any]
_CLOCK = re.compile(r"\b(?:ago|now)\(")
_TYPES = {
    "bool": "BOOLEAN",
    "datetime": "TIMESTAMP",
    "dynamic": "JSON",
    "int": "INTEGER",
    "real": "DOUBLE",
    "string": "VARCHAR",
}
"""The types of columns in DuckDB by those in Kusto."""
_SCHEMA = {table: list(columns) for table, columns in TABLES.items()}


class Workspace:
    """A workspace with all tables, even where they are empty."""

    def __init__(self, tables: Mapping[str, Iterable[Row]]) -> None:
        """A workspace with these rows. Columns that the tables don't have are left out.

        Args:
            tables: rows by the names of tables; `TimeGenerated` is aware.
        """
        self._times = {name: sorted(row["TimeGenerated"] for row in tables.get(name, ())) for name in TABLES}
        self._answers: dict[tuple[object, ...], list[Row]] = {}
        self._connection = duckdb_kql.connect(config={"threads": 1})  # more only cost time for so few rows
        for table, columns in TABLES.items():
            types = {name: _TYPES[kind] for name, kind in columns.items()}
            listed = ", ".join(f"{name} {kind}" for name, kind in types.items())
            rows = [
                {name: _stored(row.get(name), kind) for name, kind in columns.items()} for row in tables.get(table, ())
            ]
            self._connection.execute(f"CREATE TABLE all_{table} ({listed})")
            self._connection.execute(
                f"INSERT INTO all_{table} SELECT unnest(from_json_strict(?, ?), recursive := true)",
                [json.dumps(rows), json.dumps([types])],
            )
            self._connection.execute(
                f"CREATE VIEW {table} AS SELECT * FROM all_{table} "  # noqa: S608 - a table of ours
                "WHERE TimeGenerated > getvariable('since') AND TimeGenerated <= getvariable('until')"
            )

    def query(self, kusto: str, since: datetime, until: datetime, now: datetime | None = None) -> list[Row]:
        """The rows that a query gives. Their times are aware, in UTC.

        Args:
            kusto: the query.
            since: only what was generated after this time is there.
            until: only what was generated before or at this time is there.
            now: the time of the query; without it, `until`.
        """
        moment = (now or until) if _CLOCK.search(kusto) else None
        # A rule looks every few minutes, and mostly at the same rows.
        seen = [
            (bisect_right(self._times[name], since), bisect_right(self._times[name], until))
            for name in TABLES
            if name in kusto
        ]
        key = (kusto, moment, *seen)
        if key not in self._answers:
            self._answers[key] = self._ask(kusto, since, until, moment)
        return self._answers[key]

    def _ask(self, kusto: str, since: datetime, until: datetime, moment: datetime | None) -> list[Row]:
        for name, value in (("since", since), ("until", until)):
            self._connection.execute(f"SET VARIABLE {name} = TIMESTAMP '{_utc(value)}'")
        sql = _translate(kusto, moment)
        found = self._connection.execute(sql, sql.parameters or None)
        columns = [column[0] for column in found.description]
        return [dict(zip(columns, map(_read, row), strict=True)) for row in found.fetchall()]


@lru_cache(maxsize=1000)
def _translate(kusto: str, now: datetime | None) -> TranslationResult:
    return duckdb_kql.to_sql(kusto, schema=_SCHEMA, query_now=now)


def _stored(value: Any, kind: str) -> Any:
    """A value as the tables hold it: a text is never null in Kusto."""
    if kind == "datetime":
        return _utc(value)
    return "" if value is None and kind == "string" else value


def _utc(value: datetime) -> str:
    return value.astimezone(UTC).replace(tzinfo=None).isoformat()


def _read(value: Any) -> Any:
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) else value
