"""The demonstration: exports from the request to the files, shown on the terminal."""
