"""The demonstration that `python -m local demo` runs: exports from the request to the files."""
