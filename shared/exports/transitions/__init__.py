"""How an export changes. Each module is one thing that happens.

Its functions take an export and return the changed one, whose new events are in `unsaved`. What a module decides before
that (which deliveries are due, which grants to revoke) stands beside it.
"""
