"""The steps of an export, one module each."""
