"""The bundle of our certificate and the machine's."""

import ssl
from pathlib import Path

import pytest

from local.stack.self_signed_certificate import certificate_in
from local.stack.trust_bundle import write_bundle


def trusted(bundle: Path) -> set[str]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(bundle)
    return {ssl.DER_cert_to_PEM_cert(found) for found in context.get_ca_certs(binary_form=True)}


def of_a_machine(folder: Path) -> tuple[Path, str]:
    """A certificate in place of the machine's."""
    path = certificate_in(folder).path
    return path, path.read_text("utf-8")


def test_both_are_trusted_and_each_is_there_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own, (path, text) = certificate_in(tmp_path / "own").path, of_a_machine(tmp_path / "machine")
    both = tmp_path / "machine.pem"
    both.write_text(f"# A comment\n{text}{text}", "utf-8")
    monkeypatch.setenv("SSL_CERT_FILE", str(both))
    write_bundle(tmp_path / "bundle.pem", own)
    assert trusted(tmp_path / "bundle.pem") == {own.read_text("utf-8"), path.read_text("utf-8")}
    assert (tmp_path / "bundle.pem").read_text("utf-8").count("BEGIN") == 2


def test_a_folder_of_certificates_is_read_where_there_is_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, (path, text) = certificate_in(tmp_path / "own").path, of_a_machine(tmp_path / "machine")
    folder = tmp_path / "certs"
    folder.mkdir()
    (folder / "one.pem").write_text(text, "utf-8")
    (folder / "more").mkdir()
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "missing.pem"))
    monkeypatch.setenv("SSL_CERT_DIR", str(folder))
    write_bundle(tmp_path / "bundle.pem", own)
    assert trusted(tmp_path / "bundle.pem") == {own.read_text("utf-8"), path.read_text("utf-8")}


def test_a_machine_that_has_none_leaves_our_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = certificate_in(tmp_path / "own").path
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.setenv(name, str(tmp_path / "missing"))
    write_bundle(tmp_path / "bundle.pem", own)
    assert trusted(tmp_path / "bundle.pem") == {own.read_text("utf-8")}
