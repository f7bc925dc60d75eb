"""The names of the tables. The template makes them (infra/), and withholds the right to make others."""

from __future__ import annotations

from enum import StrEnum


class TableName(StrEnum):
    """A table of the account that keeps the records."""

    EXPORTS = "Exports"
    INDEX = "ExportIndex"
    BATCHES = "Batches"
    SUBSCRIPTIONS = "Subscriptions"
    SECRETS = "CallbackSecrets"
    """Nobody but the app needs a right to it."""
