"""What callers may ask for: typed arguments, the rules and their order, and no HTTP."""
