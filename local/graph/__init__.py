"""Stands in for Microsoft Graph: exports the data of made-up people, and behaves like the real service."""
