"""Certificates of the webhook as they are made, and as they are read from where anybody may have written."""

import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from mlregistry_operator.domain.certificates import BACKDATED, Authority, Held

_NAME_LIMIT: Final = 64
Key = ec.EllipticCurvePrivateKey


class UnusableError(ValueError):
    """What lies there is no certificate that can be served; the message says why."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate and its key as PEM, with the authorities that are trusted; the first has signed it."""

    certificate: bytes
    key: bytes
    held: Held

    @property
    def bundle(self) -> bytes:
        return "".join(one.pem for one in self.held.trusted).encode()


def make(hosts: frozenset[str], now: datetime, validity: timedelta) -> Pair:
    """A certificate for these hosts by an authority of its own, whose key nobody keeps."""
    signing, key = _new_key(), _new_key()
    issuer = _name(f"mlregistry webhook {now:%Y-%m-%dT%H:%M:%SZ}")
    authority = (
        _builder(issuer, issuer, signing, signing, (now, validity))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs=True), critical=True)
        .sign(signing, hashes.SHA256())
    )
    names = x509.SubjectAlternativeName([_general_name(host) for host in sorted(hosts)])
    leaf = (
        _builder(_name(min(hosts)), issuer, key, signing, (now, validity))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(names, critical=False)
        .sign(signing, hashes.SHA256())
    )
    held = Held(_made(leaf), leaf.not_valid_after_utc, hosts, (_authority(authority),))
    return Pair(leaf.public_bytes(serialization.Encoding.PEM), _pem(key), held)


def read(certificate: bytes, key: bytes, bundle: bytes) -> Pair:
    """A pair as somebody has stored it.

    Raises:
        UnusableError: it is no pair, or its authority is not the first of the bundle.
    """
    try:
        leaf = x509.load_pem_x509_certificate(certificate)
        private = serialization.load_pem_private_key(key, password=None)
        authorities = x509.load_pem_x509_certificates(bundle)
    except (ValueError, TypeError) as error:
        raise UnusableError("it is no PEM of a certificate, its key and its authority") from error
    if private.public_key() != leaf.public_key():
        raise UnusableError("the key is not the certificate's")
    try:
        leaf.verify_directly_issued_by(authorities[0])
    except (ValueError, TypeError, InvalidSignature) as error:
        raise UnusableError("its authority has not signed it") from error
    trusted = tuple(_authority(one) for one in authorities)
    return Pair(certificate, key, Held(_made(leaf), leaf.not_valid_after_utc, _hosts(leaf), trusted))


def authorities_in(bundle: bytes) -> tuple[Authority, ...]:
    """The authorities of a bundle; none where it is no bundle."""
    try:
        return tuple(_authority(one) for one in x509.load_pem_x509_certificates(bundle))
    except ValueError:
        return ()


def _made(leaf: x509.Certificate) -> datetime:
    return leaf.not_valid_before_utc + BACKDATED


def _authority(certificate: x509.Certificate) -> Authority:
    pem = certificate.public_bytes(serialization.Encoding.PEM).decode("ascii")
    return Authority(pem, certificate.not_valid_after_utc)


def _hosts(leaf: x509.Certificate) -> frozenset[str]:
    try:
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        return frozenset()
    addresses = map(str, names.get_values_for_type(x509.IPAddress))
    return frozenset([*names.get_values_for_type(x509.DNSName), *addresses])


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common[:_NAME_LIMIT])])


def _new_key() -> Key:
    return ec.generate_private_key(ec.SECP256R1())


def _pem(key: Key) -> bytes:
    plain = serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=signs,
        crl_sign=signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _builder(
    subject: x509.Name, issuer: x509.Name, key: Key, signing: Key, times: tuple[datetime, timedelta]
) -> x509.CertificateBuilder:
    now, validity = times
    authority_id = x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key())
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(now + validity)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(authority_id, critical=False)
    )
