"""Series of single objects: they come with the watch, follow it, and go with the object."""

from typing import Any

import pytest
from prometheus_client import REGISTRY

from mlregistry_operator.api.metadata import ObjectKey
from mlregistry_operator.telemetry.objects import OBJECTS

KEY = ObjectKey("ml-platform", "demo")
TODAY = "2030-01-01T00:00:00Z"


@pytest.fixture(autouse=True)
def _nothing_left() -> Any:
    yield
    OBJECTS.forget_all()


def body(*regions: str, **conditions: str) -> dict[str, Any]:
    return {
        "status": {
            "conditions": [{"type": kind, "status": status} for kind, status in conditions.items()],
            "regions": [{"location": location} for location in regions],
        }
    }


def series(name: str) -> set[tuple[str, ...]]:
    return {
        tuple(sample.labels.values())
        for family in REGISTRY.collect()
        if family.name == name
        for sample in family.samples
    }


def test_conditions_are_told_as_the_api_server_has_them() -> None:
    OBJECTS.saw("MLRegistry", KEY, body(Ready="False", Reconciling="True"))
    of_it = ("MLRegistry", "ml-platform", "demo")
    assert series("mlregistry_condition") == {(*of_it, "Ready", "False"), (*of_it, "Reconciling", "True")}

    OBJECTS.saw("MLRegistry", KEY, body(Ready="True"))
    assert series("mlregistry_condition") == {(*of_it, "Ready", "True")}, (
        "the old status is no series any more"
    )


def test_kinds_of_one_name_are_told_apart_and_go_apart() -> None:
    OBJECTS.saw("MLRegistry", KEY, body(Ready="True"))
    OBJECTS.saw("MLAsset", KEY, body(Ready="True"))
    OBJECTS.lost("MLRegistry", KEY)
    assert {labels[0] for labels in series("mlregistry_condition")} == {"MLAsset"}


def test_an_object_without_a_status_has_no_series() -> None:
    OBJECTS.saw("MLAsset", KEY, {})
    assert series("mlregistry_condition") == set()


def test_the_last_proof_in_a_region_goes_with_the_region_and_with_the_registry() -> None:
    OBJECTS.saw("MLRegistry", KEY, body("eastus", "westus"))
    OBJECTS.verified(KEY, "eastus", 1.0)
    OBJECTS.verified(KEY, "westus", 2.0)
    OBJECTS.verified(ObjectKey("ml-platform", "unknown"), "westus", 2.0)
    assert series("mlregistry_region_verified_timestamp_seconds") == {
        ("ml-platform", "demo", "eastus"),
        ("ml-platform", "demo", "westus"),
    }

    OBJECTS.saw("MLRegistry", KEY, body("eastus"))
    assert series("mlregistry_region_verified_timestamp_seconds") == {("ml-platform", "demo", "eastus")}
    OBJECTS.lost("MLRegistry", KEY)
    assert series("mlregistry_region_verified_timestamp_seconds") == set()


def test_a_process_that_no_longer_reconciles_tells_of_nothing() -> None:
    OBJECTS.saw("MLRegistry", KEY, body(Ready="True"))
    OBJECTS.forget_all()
    assert series("mlregistry_condition") == set()


def test_drift_is_told_since_when_the_oldest_was_seen_that_is_not_put_right() -> None:
    def drifted(*entries: tuple[str, bool]) -> dict[str, Any]:
        rows = [{"detectedTime": seen, "corrected": corrected} for seen, corrected in entries]
        return {"status": {"drift": rows}}

    def since() -> float | None:
        name = "mlregistry_drift_uncorrected_since_timestamp_seconds"
        return REGISTRY.get_sample_value(name, {"namespace": "ml-platform", "name": "demo"})

    put_right, old, new = ("1970-01-01T00:01:00Z", True), ("1970-01-01T00:02:00Z", False), (TODAY, False)
    OBJECTS.saw("MLRegistry", KEY, drifted(put_right, new, old))
    assert since() == 120.0

    OBJECTS.saw("MLRegistry", KEY, drifted(put_right))
    assert since() is None
