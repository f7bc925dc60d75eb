"""How the tests' HTTP clients call this machine: without TLS."""

import ssl

# A client of httpx without a context reads all of the system's roots, which takes ten times as long as a call.
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
