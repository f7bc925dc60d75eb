"""The signing key on disk, and its public half."""

import stat
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from local.identity.signing_key import SigningKey


def test_the_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    state = tmp_path / "not yet there"
    first = SigningKey(state).key_set()

    files = list(state.iterdir())
    assert [file.name for file in files] == ["signing-key.pem"]
    assert stat.S_IMODE(files[0].stat().st_mode) == 0o600
    assert SigningKey(state).key_set() == first


def test_tokens_hold_against_the_published_key(identity_state: Path) -> None:
    key = SigningKey(identity_state)
    token = key.sign({"aud": "someone"})

    published = jwt.PyJWKSet.from_dict(key.key_set())[jwt.get_unverified_header(token)["kid"]]

    assert jwt.decode(token, published, algorithms=["RS256"], audience="someone") == {"aud": "someone"}


def test_the_private_half_is_not_published(identity_state: Path) -> None:
    (published,) = SigningKey(identity_state).key_set()["keys"]

    assert published.keys() & {"d", "p", "q", "dp", "dq", "qi"} == set()


def test_a_key_of_another_kind_is_refused(tmp_path: Path) -> None:
    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (tmp_path / "signing-key.pem").write_bytes(pem)

    with pytest.raises(TypeError, match="does not hold an RSA key"):
        SigningKey(tmp_path)
