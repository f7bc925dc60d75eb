"""Stands in for Microsoft Entra ID: tokens of the managed identity and of callers, people's sign-in, and keys."""
