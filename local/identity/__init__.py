"""Stands in for Microsoft Entra ID: managed-identity tokens, callers' tokens, and the keys to check them with."""
