"""Stands in for Microsoft Graph: exports made-up people's data, with the manners of the real service."""
