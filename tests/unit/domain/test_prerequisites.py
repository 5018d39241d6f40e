"""What is said of a cluster in which the operator cannot work."""

import pytest

from mlregistry_operator.domain.prerequisites import lacking_kinds, too_old


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
    assert (told or "") in (found.told if found else ""), because


SERVED = {"create", "get", "list", "patch", "watch"}
LEAVING = {"get", "list", "watch"}


def test_kinds_that_are_not_served_are_named_with_what_to_do() -> None:
    assert lacking_kinds({"mlregistries": SERVED, "mlassets": SERVED}) is None
    found = lacking_kinds({"mlregistries": SERVED})
    assert found is not None
    assert found.blocks
    assert "does not serve mlassets.mlregistry.io in v1alpha1: install the CRDs" in found.told


@pytest.mark.promise(10)
def test_what_terminates_is_taken_down_although_the_other_kind_is_gone() -> None:
    found = lacking_kinds({"mlregistries": LEAVING})

    assert found is not None
    assert not found.blocks
    assert lacking_kinds({"mlregistries": LEAVING, "mlassets": LEAVING}) is None
