"""What Argo CD's users apply: the settings are the scripts, and the waves are the examples."""

from typing import Any

import pytest
import yaml

from hack.argocd.installation import SNIPPET
from hack.argocd.scripts import KINDS, scripts_of
from hack.generate.__main__ import ARGOCD, ROOT, generated
from hack.world.installation import documents
from hack.world.places import EXAMPLES

DEPLOY = EXAMPLES / "argocd" / "deploy"
WAVE = "argocd.argoproj.io/sync-wave"


@pytest.mark.parametrize("name", ARGOCD)
def test_what_is_generated_for_argo_cd_is_fresh(name: str) -> None:
    path = ROOT / "examples" / "argocd" / name

    assert path.read_text("utf-8") == generated()[path], "make generate"


@pytest.mark.parametrize("kind", KINDS)
def test_the_settings_hold_the_very_scripts(kind: str) -> None:
    scripts, data = scripts_of(kind), settings()

    told = yaml.safe_load(data[f"resource.customizations.actions.mlregistry.io_{kind}"])

    assert data[f"resource.customizations.health.mlregistry.io_{kind}"] == scripts.health
    assert told["discovery.lua"] == scripts.discovery
    assert {one["name"]: one["action.lua"] for one in told["definitions"]} == scripts.actions
    assert len(data) == 2 * len(KINDS)


def test_the_waves_are_the_examples_registry_before_assets() -> None:
    plain = [
        EXAMPLES / "registry.yaml",
        *sorted((EXAMPLES / "assets").glob("*.yaml")),
    ]
    wanted = {(one["kind"], one["metadata"]["name"]): one for one in documents(plain)}
    found = {(one["kind"], one["metadata"]["name"]): one for one in documents(sorted(DEPLOY.glob("*.yaml")))}
    waves = {key: one["metadata"].pop("annotations", {}).get(WAVE, "0") for key, one in found.items()}

    assert found == wanted
    assert {kind: wave for (kind, _), wave in waves.items()} == {
        "Namespace": "0",
        "MLRegistry": "1",
        "MLAsset": "2",
    }


def test_the_application_compares_on_the_server_and_ignores_no_difference() -> None:
    application = yaml.safe_load((EXAMPLES / "argocd" / "application.yaml").read_text("utf-8"))

    annotations = application["metadata"]["annotations"]
    assert annotations["argocd.argoproj.io/compare-options"] == "ServerSideDiff=true"
    assert "ServerSideApply=true" in application["spec"]["syncPolicy"]["syncOptions"]
    assert "ignoreDifferences" not in application["spec"]
    assert ROOT / application["spec"]["sources"][1]["path"] == DEPLOY


def settings() -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load(SNIPPET.read_text("utf-8"))["data"]
    return data
