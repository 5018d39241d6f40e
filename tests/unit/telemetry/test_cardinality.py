"""How many series objects make: so many each, whatever they are called and however often they change."""

from typing import Any

from prometheus_client import REGISTRY

from mlregistry_operator.api.conditions import ConditionType
from mlregistry_operator.api.metadata import ObjectKey
from mlregistry_operator.telemetry.objects import OBJECTS

REGISTRIES, ASSETS, REGIONS = 20, 180, ("eastus", "eastus2", "westus")
OF_A_REGISTRY = ("Ready", "StorageReady", "ContainerRegistryReady", "AccessReady")
OF_AN_ASSET = ("Ready", "ReferencesResolved", "Published", "Replicated")


def series() -> int:
    return sum(len(family.samples) for family in REGISTRY.collect())


def body(conditions: tuple[str, ...], status: str) -> dict[str, Any]:
    return {
        "status": {
            "conditions": [{"type": ConditionType(one), "status": status} for one in conditions],
            "regions": [{"location": location} for location in REGIONS],
        }
    }


def see_all(status: str) -> None:
    for number in range(REGISTRIES):
        key = ObjectKey("ml-platform", f"registry-{number}")
        OBJECTS.saw("MLRegistry", key, body(OF_A_REGISTRY, status))
        OBJECTS.passed("MLRegistry", key, 1.0)
        for location in REGIONS:
            OBJECTS.verified(key, location, 1.0)
    for number in range(ASSETS):
        key = ObjectKey(f"team-{number % 7}", f"asset-{number}")
        OBJECTS.saw("MLAsset", key, body(OF_AN_ASSET, status))
        OBJECTS.passed("MLAsset", key, 1.0)


def test_two_hundred_objects_make_1060_series_and_no_more_when_they_change() -> None:
    OBJECTS.forget_all()
    before = series()
    try:
        for status in ("Unknown", "False", "True"):
            see_all(status)
            conditions = 4 * (REGISTRIES + ASSETS)
            assert series() - before == conditions + REGISTRIES + ASSETS + REGISTRIES * len(REGIONS) == 1060
    finally:
        OBJECTS.forget_all()
    assert series() == before
