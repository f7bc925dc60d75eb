"""The HTTP API: what callers send, who they are, what they get back."""
