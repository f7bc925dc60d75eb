"""What the app tells those who run it: spans, events and metrics, in OpenTelemetry. Nothing of a person is in them."""
