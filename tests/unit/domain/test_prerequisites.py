"""What is said of a cluster in which the operator cannot work."""

import pytest

from mlregistry_operator.domain.prerequisites import missing_kinds, too_old


@pytest.mark.parametrize(
    ("version", "told", "because"),
    [
        ({"major": "1", "minor": "28"}, "Kubernetes 1.28, and 1.31 or newer is needed", "it is older"),
        ({"major": "1", "minor": "30+"}, "Kubernetes 1.30, and 1.31", "providers add a sign to the number"),
        ({"major": "1", "minor": "31"}, None, "it is the oldest that will do"),
        ({"major": "2", "minor": "0"}, None, "it is newer"),
        ({}, None, "who says nothing is given the benefit of the doubt"),
    ],
)
def test_an_api_server_that_is_too_old_is_told_with_the_version_that_is_needed(
    version: dict[str, str], told: str | None, because: str
) -> None:
    found = too_old(version)

    assert (found is None) is (told is None), because
    assert (told or "") in (found or ""), because


def test_kinds_that_are_not_served_are_named_with_what_to_do() -> None:
    assert missing_kinds(["mlregistries", "mlassets", "mlassets/status"]) is None
    found = missing_kinds(["mlregistries"])
    assert found is not None
    assert "does not serve mlassets.mlregistry.io in v1alpha1: install the CRDs" in found
