"""The self-signed certificate that Azurite uses on the loopback address."""

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from local.private_files import write_private

LIFETIME = timedelta(days=365)
RENEWAL = timedelta(days=7)
"""A certificate that expires within this time is replaced; no stack is meant to run for longer."""


@dataclass(frozen=True)
class Certificate:
    """The paths of a certificate and its private key, both PEM. The certificate is its own trust anchor."""

    path: Path
    key_path: Path


def certificate_in(folder: Path, host: str = "localhost") -> Certificate:
    """Return the certificate in a folder; make it (key of mode 0600) if there is none or it expires soon.

    One that is made is for `host` and the loopback address.
    """
    certificate = Certificate(folder / "cert.pem", folder / "key.pem")
    if not _usable(certificate):
        folder.mkdir(parents=True, exist_ok=True)
        _create(certificate, host)
    return certificate


def _usable(certificate: Certificate) -> bool:
    try:
        content = x509.load_pem_x509_certificate(certificate.path.read_bytes())
        key = serialization.load_pem_private_key(certificate.key_path.read_bytes(), password=None)
    except (FileNotFoundError, ValueError):
        return False
    now = datetime.now(UTC)
    return content.not_valid_after_utc - now > RENEWAL and content.public_key() == key.public_key()


def _create(certificate: Certificate, host: str) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    write_private(certificate.key_path, pem.decode())
    write_private(certificate.path, _self_signed(key, host).public_bytes(serialization.Encoding.PEM).decode())


def _self_signed(key: ec.EllipticCurvePrivateKey, host: str) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    usage = x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=True,
        crl_sign=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
    names = x509.SubjectAlternativeName([x509.DNSName(host), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + LIFETIME)
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
