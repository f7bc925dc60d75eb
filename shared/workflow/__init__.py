"""The steps of a monitor, and the periodic reconciler and sweeper."""
