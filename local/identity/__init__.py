"""Stands in for Microsoft Entra ID: tokens of the managed identity and of callers, and the keys to verify them."""
