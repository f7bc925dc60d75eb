"""The product: everything that runs in Azure."""
