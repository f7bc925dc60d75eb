"""Opens the SQLite file that holds the service's state."""

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
    """Connect to the database in the folder `state`; make it if it is not there.

    Only its owner may read the file: it holds the SAS of each running export. Each statement is a transaction, which
    survives the end of the process.
    """
    state.mkdir(parents=True, exist_ok=True)
    path = state / _FILE
    # SQLite gives its journal files the permissions of this file, so it has to exist first.
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.executescript(_SCHEMA)
    return connection
