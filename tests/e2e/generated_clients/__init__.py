"""Programs that use clients generated from the OpenAPI document."""
