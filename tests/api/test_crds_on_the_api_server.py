"""The CRDs on a real API server: what the schema refuses, and what a user sees with kubectl."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from api.rule_cases import asset, regions, registry
from support.kstatus import Status, kstatus

from hack.controlplane.plane import ControlPlane, ControlPlaneError
from mlregistry_operator.api.objects import MLAsset, MLRegistry
from mlregistry_operator.api.storage import StorageAccountType

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
# What is for Argo CD has kinds of its own, and the same objects again.
FILES = sorted(path for path in EXAMPLES.rglob("*.yaml") if "argocd" not in path.parts)
ORDINARY_WIDTH = 100
MODELS: dict[str, type[MLRegistry] | type[MLAsset]] = {"MLRegistry": MLRegistry, "MLAsset": MLAsset}


@pytest.fixture(scope="module")
def examples(plane: ControlPlane, installed: None) -> Iterator[ControlPlane]:
    """Every example, applied as a user applies them; gone afterwards, namespaces too."""
    for path in FILES:
        plane.kubectl("apply", "-f", path)
    yield plane
    for path in FILES:
        plane.kubectl("delete", "--ignore-not-found", "--wait", "-f", path)


def applied(plane: ControlPlane, thing: dict[str, Any], *how: str) -> dict[str, Any]:
    """What a dry run makes of an object. Raises ControlPlaneError with kubectl's words."""
    said: dict[str, Any] = json.loads(
        plane.kubectl("apply", "--dry-run=server", "-o", "json", *how, "-f", "-", stdin=json.dumps(thing))
    )
    return said


def refusal(plane: ControlPlane, thing: dict[str, Any]) -> str:
    """What kubectl says to an object that is refused."""
    with pytest.raises(ControlPlaneError) as refused:
        applied(plane, thing)
    return str(refused.value)


@pytest.mark.parametrize("how", [(), ("--server-side",)], ids=["client-side", "server-side"])
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_an_example_reads_back_as_it_was_written(
    examples: ControlPlane, path: Path, how: tuple[str, ...]
) -> None:
    wanted = [thing for thing in yaml.safe_load_all(path.read_text()) if thing["kind"] in MODELS]

    for thing in wanted:
        assert (
            applied(examples, thing, *how, "--force-conflicts" if how else "--overwrite")["spec"]
            == thing["spec"]
        )
    assert examples.kubectl("diff", "-f", path) == ""


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_an_example_is_what_the_models_read(examples: ControlPlane, path: Path) -> None:
    for thing in yaml.safe_load_all(path.read_text()):
        if thing["kind"] in MODELS:
            read = MODELS[thing["kind"]].model_validate(thing)
            assert read.spec.model_dump(mode="json", by_alias=True, exclude_unset=True) == thing["spec"]


@pytest.mark.promise(12)
def test_an_object_that_nobody_has_seen_is_not_taken_for_done(examples: ControlPlane) -> None:
    seen = json.loads(examples.kubectl("get", "mlreg", "demo-registry-1", "-n", "ml-platform", "-o", "json"))

    assert seen["status"] == {"observedGeneration": -1}
    assert kstatus(seen) is Status.IN_PROGRESS


def test_thirty_two_regions_are_allowed_and_thirty_three_are_not(
    plane: ControlPlane, installed: None
) -> None:
    many = ["eastus", *(f"region{number}" for number in range(31))]
    applied(plane, registry(replicationLocations=regions(*many)))

    said = refusal(plane, registry(replicationLocations=regions(*many, "onemore")))

    assert "spec.replicationLocations: Too many: 33: must have at most 32 items" in said


def test_a_region_stands_once(plane: ControlPlane, installed: None) -> None:
    said = refusal(plane, registry(replicationLocations=regions("eastus", "westus", "westus")))

    assert 'spec.replicationLocations[2]: Duplicate value: {"location":"westus"}' in said


def test_an_unknown_sku_is_answered_with_the_known_ones(plane: ControlPlane, installed: None) -> None:
    config = {"storageAccountType": "Standard_XYZ"}

    said = refusal(plane, registry(replicationLocations=[{"location": "eastus", "storageConfig": config}]))

    assert 'Unsupported value: "Standard_XYZ"' in said
    assert all(f'"{known}"' in said for known in StorageAccountType)


def test_a_misspelled_field_is_not_swallowed(plane: ControlPlane, installed: None) -> None:
    said = refusal(plane, registry(replicationRegions=regions("westus")))

    assert 'unknown field "spec.replicationRegions"' in said


def test_what_is_missing_is_named(plane: ControlPlane, installed: None) -> None:
    said = refusal(plane, registry(azure=None, location=None))

    assert "spec.azure: Required value" in said
    assert "spec.location: Required value" in said


def test_a_version_is_text(plane: ControlPlane, installed: None) -> None:
    said = refusal(plane, asset(version=3))

    assert 'spec.version: Invalid value: "integer": spec.version in body must be of type string' in said


def test_the_list_of_assets_has_its_columns_and_fits_the_screen(examples: ControlPlane) -> None:
    examples.kubectl(
        "patch", "mla", "taxi-fare-3", "-n", "team-a", "--subresource=status", "--type=merge", "--patch",
        json.dumps({"status": {"readyRegions": "2/3", "conditions": [_condition("Ready", "False")]}}),
    )  # fmt: skip

    head, *rows = examples.kubectl("get", "mlassets", "-n", "team-a").splitlines()

    assert head.split() == ["NAME", "REGISTRY", "TYPE", "ASSET", "VERSION", "REGIONS", "READY", "AGE"]
    assert any("2/3" in row and "False" in row for row in rows)
    assert max(map(len, [head, *rows])) <= ORDINARY_WIDTH


def test_the_list_of_registries_has_its_columns(examples: ControlPlane) -> None:
    narrow = examples.kubectl("get", "mlregistries", "-n", "ml-platform").splitlines()
    wide = examples.kubectl("get", "mlreg", "-n", "ml-platform", "-o", "wide").splitlines()

    assert narrow[0].split() == ["NAME", "LOCATION", "REGIONS", "ASSETS", "READY", "AGE"]
    assert {"REASON", "REGISTRY", "LOGINSERVER"} <= set(wide[0].split())


def test_assets_can_be_asked_for_by_registry_and_type(examples: ControlPlane) -> None:
    found = examples.kubectl(
        "get",
        "mla",
        "-A",
        "--field-selector=spec.registryRef.name=demo-registry-1,spec.type=Model",
        "-o",
        "name",
    )

    assert found.split() == ["mlasset.mlregistry.io/taxi-fare-3"]


def test_they_are_found_as_mlops_and_never_under_all(examples: ControlPlane) -> None:
    assert "demo-registry-1" in examples.kubectl("get", "mlops", "-n", "ml-platform")
    assert "demo-registry-1" not in examples.kubectl("get", "all", "-n", "ml-platform")


def test_a_field_is_explained_where_the_user_looks(plane: ControlPlane, installed: None) -> None:
    told = plane.kubectl("explain", "mlregistry.spec.location").split()

    wanted = MLRegistry.model_fields["spec"].annotation
    assert wanted is not None
    assert " ".join(wanted.model_fields["location"].description.split()) in " ".join(told)


def test_a_status_cannot_be_smuggled_in_with_the_spec(plane: ControlPlane, installed: None) -> None:
    made = applied(plane, {**registry(), "status": {"observedGeneration": 7}})

    assert made["status"] == {"observedGeneration": -1}


PAGES = [ROOT / "README.md", *sorted((ROOT / "docs" / "spec").glob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_what_the_documentation_shows_can_be_applied(
    plane: ControlPlane, installed: None, page: Path
) -> None:
    blocks = re.findall(r"```yaml\n(apiVersion: mlregistry.+?)```", page.read_text(), re.DOTALL)

    assert blocks, "the page shows an object"
    for block in blocks:
        thing = yaml.safe_load(block)
        thing["metadata"]["namespace"] = "default"
        assert applied(plane, thing)["spec"] == thing["spec"]


def _condition(kind: str, status: str) -> dict[str, Any]:
    return {
        "type": kind,
        "status": status,
        "reason": "Progressing",
        "message": "It goes on.",
        "observedGeneration": 1,
        "lastTransitionTime": "2026-11-24T00:00:00Z",
    }
