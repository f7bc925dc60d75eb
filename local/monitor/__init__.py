"""Azure Monitor's ingestion for the local stack: it keeps the telemetry that arrives, to be read as tables."""
