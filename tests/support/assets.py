"""Assets that tests publish, and what tests wait for."""

from typing import Any

from support.clusters import Cluster, condition, is_ready
from support.manifests import AssetBuilder, Manifest, an_asset

REGIONS = ("eastus", "eastus2", "westus")
PATIENCE_SECONDS = 40.0
COMPONENT = "name: train_taxi\ntype: command\ncommand: python train.py\n"


def a_model(name: str, url: str) -> AssetBuilder:
    """A model from blobs."""
    return an_asset(name, name).of_type("Model").with_spec(source=from_blobs(url), model={"format": "Custom"})


def a_data_set(name: str, url: str, form: str = "UriFolder") -> AssetBuilder:
    """A data set from blobs."""
    return an_asset(name, name).with_spec(source=from_blobs(url), data={"format": form})


def a_document(name: str, text: str = "a: b\n") -> AssetBuilder:
    """A small data set that stands in its own spec."""
    return an_asset(name, name).with_spec(source={"inline": text})


def a_component(name: str, text: str = COMPONENT) -> AssetBuilder:
    """A component whose specification stands in its own spec."""
    return an_asset(name, name).of_type("Component").with_spec(source={"inline": text})


def an_environment(name: str, image: str, **right: Any) -> AssetBuilder:
    """An environment from an image; `right` says how a private one is pulled."""
    source = {"image": {"reference": image, **right}}
    spec: dict[str, Any] = {"source": source, "environment": {"osType": "Linux"}}
    return an_asset(name, name).of_type("Environment").with_spec(**spec)


def from_blobs(url: str, sas: dict[str, str] | None = None) -> dict[str, Any]:
    """`spec.source` for blobs; `sas` is the name and key of a Secret."""
    return {"blob": {"url": url} | ({"sasSecretRef": sas} if sas else {})}


def published(cluster: Cluster, asset: AssetBuilder, *, seconds: float = PATIENCE_SECONDS) -> Manifest:
    """Apply it, and what it is when it is Ready."""
    cluster.apply(asset)
    return ready(cluster, asset, seconds=seconds)


def ready(cluster: Cluster, asset: AssetBuilder, *, seconds: float = PATIENCE_SECONDS) -> Manifest:
    """What it is when it is Ready."""
    return cluster.wait(asset, is_ready, because="nothing stands in its way", seconds=seconds)


def refused_for(cluster: Cluster, asset: AssetBuilder, reason: str) -> Manifest:
    """What it is when it is not Ready for that reason, whether a person has to act or not."""
    return cluster.wait(
        asset,
        lambda seen: (
            reason in {condition(seen, one).get("reason") for one in NEGATIVE}
            and condition(seen, "Ready")["status"] == "False"
        ),
        because=f"it is not Ready, and says {reason}",
    )


def stalled_for(cluster: Cluster, asset: AssetBuilder, reason: str) -> Manifest:
    """What it is when it is Stalled for that reason."""
    return cluster.wait(
        asset,
        lambda seen: condition(seen, "Stalled").get("reason") == reason,
        because=f"only a person can help, and it says {reason}",
    )


NEGATIVE = ("Ready", "ReferencesResolved", "Published", "Replicated")
