"""The keys that an identity publishes, by which stand-ins verify its tokens."""

import aiohttp
import jwt

_TIMEOUT = aiohttp.ClientTimeout(total=5)


class KeysUnavailableError(Exception):
    """The identity doesn't publish its keys; the text says why."""


class UnknownKeyError(Exception):
    """The identity has no such key."""


class PublishedKeys:
    """The keys of the identity at `identity` (its root URL), fetched when they are first needed."""

    def __init__(self, identity: str) -> None:
        self._url = f"{identity.rstrip('/')}/keys"
        self._keys: dict[str, jwt.PyJWK] = {}

    async def find(self, token: str) -> jwt.PyJWK:
        """The key that signed a token, as the token says.

        Raises:
            KeysUnavailableError: the keys can't be fetched.
            UnknownKeyError: there is no such key.
            jwt.PyJWTError: it is no token.
        """
        key_id = str(jwt.get_unverified_header(token).get("kid"))
        # An unknown key may be a new one: the identity may have made another since the keys were fetched.
        if key_id not in self._keys:
            self._keys = await self._fetch()
        if key_id not in self._keys:
            raise UnknownKeyError(key_id)
        return self._keys[key_id]

    async def _fetch(self) -> dict[str, jwt.PyJWK]:
        try:
            async with aiohttp.ClientSession(timeout=_TIMEOUT) as session, session.get(self._url) as response:
                response.raise_for_status()
                key_set = jwt.PyJWKSet.from_dict(await response.json())
        except (TimeoutError, aiohttp.ClientError, ValueError, jwt.PyJWTError) as error:
            raise KeysUnavailableError(f"The keys at {self._url} can't be fetched: {error}") from error
        return {key.key_id: key for key in key_set.keys if key.key_id}
