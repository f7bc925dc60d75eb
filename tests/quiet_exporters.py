"""What keeps Azure Monitor's exporters from calling anything but the ingestion that a test gives them."""

from local.stack.process_environment import TELEMETRY

QUIET = {name: value for name, value in TELEMETRY.items() if name.endswith(("_DISABLED", "_DISABLED_ALL"))}
"""Settings that turn off what they tell Microsoft about themselves, and that they ask how to behave."""
