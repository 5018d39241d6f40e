"""Bytes that are not what their storage says: damage passes by itself, a wrong Content-MD5 does not."""

from mlregistry_operator.cloud.content import BlobRef
from mlregistry_operator.cloud.ports import CloudError
from mlregistry_operator.domain.failures import Severity
from mlregistry_operator.reconcile.content.mismatches import Mismatches
from mlregistry_operator.reconcile.content.sources import SourceFile

SAID, CAME, OTHER = b"\x01" * 16, b"\x02" * 16, b"\x03" * 16


def file(etag: str = "e1") -> SourceFile:
    return SourceFile("model.bin", 7, BlobRef("drop", "model.bin"), etag, SAID)


def severities(*errors: CloudError) -> list[Severity]:
    return [error.failure.severity for error in errors]


def test_the_same_bytes_twice_are_left_to_a_person_with_the_checksum_to_set() -> None:
    met = Mismatches()

    first, second = met.met(file(), CAME), met.met(file(), CAME)

    assert severities(first, second) == [Severity.RETRY, Severity.SLOW_RETRY]
    assert "ETag e1" in second.failure.sentence
    assert "AgICAgICAgICAgICAgICAg==" in second.failure.sentence


def test_what_differs_each_time_is_damage_and_read_again_soon() -> None:
    met = Mismatches()

    errors = [
        met.met(file(), CAME),
        met.met(file(), OTHER),
        met.met(file("e2"), OTHER),
        met.met(file("e2"), None),
    ]

    assert severities(*errors) == [Severity.RETRY] * 4


def test_a_file_that_came_right_is_forgotten() -> None:
    met = Mismatches()
    met.met(file(), CAME)

    met.over(file())

    assert severities(met.met(file(), CAME)) == [Severity.RETRY]
