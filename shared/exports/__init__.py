"""The domain: what an export is, what to do next for it, and how it changes. Pure: no I/O, no Azure, no clock."""
