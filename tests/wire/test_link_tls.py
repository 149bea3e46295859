"""The link over TLS with certificates on both ends. Source: acquirer.md, Framing."""

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from oneclick.acquirer.link import Link, LinkOptions, TlsFiles
from oneclick.acquirer.messages import Answer
from oneclick.clock import SystemClock
from oneclick.errors import SettingsError
from support.wire import PATIENCE_S, link_to, listening, pass_on_to, purchase, simulator


@dataclass(frozen=True)
class Authority:
    """Signs certificates for this test."""

    folder: Path
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @classmethod
    def create(cls, folder: Path, name: str) -> "Authority":
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = _builder(name, name, key).add_extension(
            x509.BasicConstraints(ca=True, path_length=0), critical=True
        )
        usage = x509.KeyUsage(*(index in {5, 6} for index in range(9)))  # signs certificates and lists
        identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        certificate = certificate.add_extension(usage, critical=True).add_extension(identifier, critical=False)
        authority = cls(folder, key, certificate.sign(key, hashes.SHA256()))
        (folder / f"{name}.pem").write_bytes(authority.certificate.public_bytes(serialization.Encoding.PEM))
        return authority

    def issue(self, name: str) -> tuple[Path, Path]:
        """A certificate for 127.0.0.1 and its key, as files."""
        key = ec.generate_private_key(ec.SECP256R1())
        issuer = self.certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
        certificate = (
            _builder(name, str(issuer), key)
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False)
            .sign(self.key, hashes.SHA256())
        )
        certificate_file, key_file = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        key_file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return certificate_file, key_file


def _builder(name: str, issuer: str, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(hours=1))
    )


def _acquirer_side(ours: Authority, certificate: Path, key: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(ours.folder / "ours.pem"))
    context.load_cert_chain(certificate, key)
    context.verify_mode = ssl.CERT_REQUIRED
    return context


async def test_a_payment_goes_over_tls_when_both_ends_know_each_other(tmp_path: Path) -> None:
    ours = Authority.create(tmp_path, "ours")
    tls = _acquirer_side(ours, *ours.issue("acquirer"))
    client = TlsFiles(tmp_path / "ours.pem", *ours.issue("gateway"))
    async with (
        simulator(tmp_path) as running,
        listening(pass_on_to(running.iso_port, 4096), tls) as port,
        link_to(port, tls=client) as link,
    ):
        assert await link.wait_up(PATIENCE_S)
        assert isinstance(await link.ask(purchase(), PATIENCE_S), Answer)


async def test_an_acquirer_whose_certificate_we_do_not_trust_gets_nothing(tmp_path: Path) -> None:
    ours, other = Authority.create(tmp_path, "ours"), Authority.create(tmp_path, "other")
    tls = _acquirer_side(ours, *other.issue("acquirer"))
    client = TlsFiles(tmp_path / "ours.pem", *ours.issue("gateway"))
    async with (
        simulator(tmp_path) as running,
        listening(pass_on_to(running.iso_port, 4096), tls) as port,
        link_to(port, tls=client) as link,
    ):
        assert not await link.wait_up(0.3)


async def test_tls_files_that_cannot_be_read_are_a_settings_error(tmp_path: Path) -> None:
    missing = TlsFiles(tmp_path / "a", tmp_path / "b", tmp_path / "c")
    options = LinkOptions(host="127.0.0.1", port=1, mac_key=bytes(16), tls=missing)
    with pytest.raises(SettingsError):
        await Link(options, SystemClock()).start()
