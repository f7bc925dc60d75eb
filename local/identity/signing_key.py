"""The key that signs tokens: made once, kept in the state folder, published as a JWKS."""

import base64
import hashlib
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from local.private_files import write_private

_FILE = "signing-key.pem"


class SigningKey:
    """An RSA key in the folder `state`. It is made on first use, readable by its owner alone."""

    def __init__(self, state: Path) -> None:
        self._private = _load(state / _FILE)
        self._id = _thumbprint(self._private.public_key())

    def sign(self, claims: dict[str, Any]) -> str:
        """Return a token with these claims, signed with RS256."""
        return jwt.encode(claims, self._private, algorithm="RS256", headers={"kid": self._id})

    def key_set(self) -> dict[str, Any]:
        """The public half as a JWKS."""
        key = RSAAlgorithm.to_jwk(self._private.public_key(), as_dict=True)
        return {"keys": [{**key, "kid": self._id, "use": "sig", "alg": "RS256"}]}


def _load(path: Path) -> rsa.RSAPrivateKey:
    if not path.exists():
        _make(path)
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError(f"{path} does not hold an RSA key")
    return key


def _make(path: Path) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.parent.mkdir(parents=True, exist_ok=True)
    write_private(path, pem.decode())


def _thumbprint(key: rsa.RSAPublicKey) -> str:
    der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return base64.urlsafe_b64encode(hashlib.sha256(der).digest()).rstrip(b"=").decode()
