"""The certificate: its content, its permissions, and when it is replaced."""

import ipaddress
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from local.stack import self_signed_certificate
from local.stack.self_signed_certificate import certificate_in


def test_it_is_for_the_loopback_address_and_trusts_itself(tmp_path: Path) -> None:
    certificate = certificate_in(tmp_path)

    content = x509.load_pem_x509_certificate(certificate.path.read_bytes())
    names = content.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["localhost"]
    assert names.get_values_for_type(x509.IPAddress) == [ipaddress.ip_address("127.0.0.1")]
    content.verify_directly_issued_by(content)
    assert ssl.create_default_context(cafile=certificate.path).cert_store_stats()["x509_ca"] == 1


def test_its_key_is_for_its_owner_only(tmp_path: Path) -> None:
    assert certificate_in(tmp_path).key_path.stat().st_mode & 0o777 == 0o600


def test_it_is_kept_while_it_is_valid(tmp_path: Path) -> None:
    first = certificate_in(tmp_path).path.read_bytes()

    assert certificate_in(tmp_path).path.read_bytes() == first


def test_it_is_replaced_when_it_expires_soon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(self_signed_certificate, "LIFETIME", timedelta(days=6))
        first = certificate_in(tmp_path).path.read_bytes()

    second = certificate_in(tmp_path).path.read_bytes()

    assert second != first
    assert x509.load_pem_x509_certificate(second).not_valid_after_utc > datetime.now(UTC) + timedelta(days=300)


@pytest.mark.parametrize("broken", ["cert.pem", "key.pem"])
def test_it_is_replaced_when_a_half_is_missing_or_damaged(tmp_path: Path, broken: str) -> None:
    first = certificate_in(tmp_path).path.read_bytes()
    (tmp_path / broken).write_text("damaged", "utf-8")

    assert certificate_in(tmp_path).path.read_bytes() != first
