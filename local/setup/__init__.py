"""Prepares the checkout: `python3 -m local.setup`. Standard library only, because nothing is installed yet."""
