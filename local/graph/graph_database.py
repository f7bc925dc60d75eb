"""Opens the SQLite file that the service's state lives in."""

import os
import sqlite3
from pathlib import Path

_FILE = "graph.sqlite3"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS users (
    id TEXT PRIMARY KEY,
    user_principal_name TEXT NOT NULL COLLATE NOCASE UNIQUE,
    display_name TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS profiles (
    id TEXT PRIMARY KEY,
    user_principal_name TEXT NOT NULL,
    display_name TEXT NOT NULL,
    home_tenant_id TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS operations (
    id TEXT PRIMARY KEY,
    subject_type TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    storage_location TEXT NOT NULL,
    submitted TEXT NOT NULL,
    due TEXT NOT NULL,
    ending TEXT NOT NULL,
    completed TEXT
);
"""


def open_database(state: Path) -> sqlite3.Connection:
    """A connection to the state under `state`, made there if need be.

    Only its owner may read the file: it holds the SAS of each export that is under way. Each statement is a
    transaction, and is kept once it is done, whatever happens to the process.
    """
    state.mkdir(parents=True, exist_ok=True)
    path = state / _FILE
    # SQLite gives its journal files the rights of the file itself, so that one has to be made first.
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.executescript(_SCHEMA)
    return connection
