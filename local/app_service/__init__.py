"""What App Service does before a request reaches the Functions host: it verifies tokens and names the caller.

The local host does it itself. In front of any other host, `python -m local.app_service` does it as a reverse proxy.
"""
