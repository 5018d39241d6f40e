"""What a release says of itself: bill of materials, checksums, signature."""

import json
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from hack.controlplane.runs import ROOT
from hack.release.bills import bill
from hack.release.sums import KeyUnfitError, sign, write_sums

LOCK = (ROOT / "requirements" / "runtime.txt").read_text("utf-8")


def test_the_bill_names_every_locked_library_with_its_version_and_hashes() -> None:
    document = json.loads(bill(LOCK, "mlregistry-operator", "1.2.3"))

    components = {one["name"]: one for one in document["components"]}
    locked = {line.partition("==")[0] for line in LOCK.splitlines() if "==" in line.partition(";")[0]}
    assert components.keys() == locked
    assert components["kopf"]["purl"] == f"pkg:pypi/kopf@{components['kopf']['version']}"
    for one in components.values():
        assert one["externalReferences"][0]["hashes"]
    assert document["metadata"]["component"]["version"] == "1.2.3"


def test_the_same_lock_gives_the_same_bill() -> None:
    assert bill(LOCK, "a", "1") == bill(LOCK, "a", "1")
    assert bill(LOCK, "a", "1") != bill(LOCK, "a", "2")


@pytest.mark.parametrize("lock", ["kopf>=1.45 --hash=sha256:" + "0" * 64, "kopf==1.45"])
def test_a_library_that_is_not_locked_is_refused_by_name(lock: str) -> None:
    with pytest.raises(ValueError, match="kopf is not locked"):
        bill(lock, "a", "1")


def test_checksums_and_signature_are_accepted_by_the_usual_programs(tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (tmp_path / "key.pem").write_bytes(private)
    dist = tmp_path / "dist"
    dist.mkdir()
    (dist / "chart.tgz").write_bytes(b"a chart")

    sums = write_sums(dist)
    signature = sign(sums, tmp_path / "key.pem")

    subprocess.run(["sha256sum", "--check", "--quiet", sums.name], cwd=dist, check=True)  # noqa: S607
    key.public_key().verify(signature.read_bytes(), sums.read_bytes(), ec.ECDSA(hashes.SHA256()))
    write_sums(dist)
    assert [line.split()[1] for line in sums.read_text("utf-8").splitlines()] == ["chart.tgz"]


def test_a_key_that_cannot_sign_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "SHA256SUMS").write_text("")
    (tmp_path / "key.pem").write_text("no key")

    with pytest.raises(KeyUnfitError, match="cannot be read as a PEM key"):
        sign(tmp_path / "SHA256SUMS", tmp_path / "key.pem")
