"""Stand-ins for Azure and Microsoft 365 on one machine. `python -m local run` starts them all with the app."""
