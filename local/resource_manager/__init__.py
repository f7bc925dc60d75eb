"""Stands in for Azure Resource Manager: shows the storage account that exports are written to."""
