"""Checksums of what is released, and a signature over them where a key is given."""

import hashlib
from pathlib import Path

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

SUMS = "SHA256SUMS"
SIGNATURE = "SHA256SUMS.sig"


class KeyUnfitError(Exception):
    """The key cannot sign; the message says why and what to do."""


def write_sums(folder: Path) -> Path:
    """As `sha256sum --check` reads them: of every file in the folder but the sums and their signature."""
    lines = []
    for path in sorted(path for path in folder.iterdir() if path.name not in {SUMS, SIGNATURE}):
        with path.open("rb") as content:
            lines.append(f"{hashlib.file_digest(content, 'sha256').hexdigest()}  {path.name}\n")
    sums = folder / SUMS
    sums.write_text("".join(lines), "utf-8")
    return sums


def sign(sums: Path, key_file: Path) -> Path:
    """A signature that `openssl dgst -sha256 -verify` accepts. Raises KeyUnfitError."""
    try:
        key = serialization.load_pem_private_key(key_file.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise KeyUnfitError(
            f"SIGNING_KEY={key_file} cannot be read as a PEM key without a password"
        ) from error
    content = sums.read_bytes()
    if isinstance(key, ec.EllipticCurvePrivateKey):
        signature = key.sign(content, ec.ECDSA(hashes.SHA256()))
    elif isinstance(key, rsa.RSAPrivateKey):
        signature = key.sign(content, padding.PKCS1v15(), hashes.SHA256())
    else:
        raise KeyUnfitError(
            f"SIGNING_KEY={key_file} is neither an elliptic curve's nor an RSA key: give one of these"
        )
    target = sums.with_name(SIGNATURE)
    target.write_bytes(signature)
    return target
