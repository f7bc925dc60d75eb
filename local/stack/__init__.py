"""The app and what it needs, as processes on this machine: Azurite, an identity, a Graph and the Functions host."""
