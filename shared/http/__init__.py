"""The HTTP API: triggers, authentication and app roles, reading of bodies, handlers by resource, responses."""
