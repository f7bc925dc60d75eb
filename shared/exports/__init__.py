"""The domain: what an export is and how it moves. Pure: no I/O, no Azure, no clock of its own."""
