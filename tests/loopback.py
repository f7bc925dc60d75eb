"""The TLS setting of the tests' HTTP clients, which call this machine over plain HTTP."""

import ssl

# Without a context, an httpx client loads the system's root certificates, which takes ten times as long as a call.
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
