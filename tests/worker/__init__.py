"""Microsoft's worker, as a library, runs the same apps as the local host, and does the same with them."""
