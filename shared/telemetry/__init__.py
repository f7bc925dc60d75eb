"""Spans, events and metrics of the app, in OpenTelemetry. No personal data is in them."""
