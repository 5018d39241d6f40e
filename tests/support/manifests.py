"""Objects that tests apply, built so that each test names only what it is about.

A builder is frozen and every step gives another one: `a_registry("demo").in_regions("eastus", "westus")`.
"""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any, Self

from mlregistry_operator.api.group import API_VERSION, ASSET_KIND, REGISTRY_KIND
from mockcloud import defaults

RESOURCE_GROUP = "ml-registries"  # which every test's cloud has

Manifest = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Builder:
    """An object on its way to the API server."""

    kind: str
    name: str
    namespace: str
    spec: Manifest
    annotations: Mapping[str, str]

    def named(self, name: str) -> Self:
        return replace(self, name=name)

    def in_namespace(self, namespace: str) -> Self:
        return replace(self, namespace=namespace)

    def annotated(self, **annotations: str) -> Self:
        """With annotations of our group: `adopt="..."` is `mlregistry.io/adopt`, underscores are hyphens."""
        ours = {f"mlregistry.io/{name.replace('_', '-')}": text for name, text in annotations.items()}
        return replace(self, annotations={**self.annotations, **ours})

    def with_spec(self, **fields: Any) -> Self:
        """With these top-level fields of the spec as they are given; None removes one."""
        merged = {**self.spec, **fields}
        return replace(self, spec={name: value for name, value in merged.items() if value is not None})

    def manifest(self) -> Manifest:
        """A copy, for the test to damage where it wants to."""
        metadata: Manifest = {"name": self.name, "namespace": self.namespace}
        if self.annotations:
            metadata["annotations"] = dict(self.annotations)
        return {
            "apiVersion": API_VERSION,
            "kind": self.kind,
            "metadata": metadata,
            "spec": deepcopy(self.spec),
        }


@dataclass(frozen=True, slots=True)
class RegistryBuilder(Builder):
    """An MLRegistry."""

    def in_regions(self, *locations: str, primary: str | None = None) -> Self:
        """In these regions and no other; the first is the primary where none is named."""
        known = {row["location"]: row for row in self.spec["replicationLocations"]}
        rows = [known.get(location, {"location": location}) for location in locations]
        return self.with_spec(location=primary or locations[0], replicationLocations=rows)

    def with_storage(
        self, location: str, *, account_type: str | None = None, hns: bool | None = None
    ) -> Self:
        """With storage settings for one of its regions; None leaves a field out."""
        config = {"storageAccountType": account_type, "storageAccountHns": hns}
        given = {name: value for name, value in config.items() if value is not None}
        rows = [
            {**row, "storageConfig": given} if row["location"] == location else row
            for row in self.spec["replicationLocations"]
        ]
        return self.with_spec(replicationLocations=rows)

    def with_tags(self, **tags: str) -> Self:
        """With these tags and no other."""
        return self.with_spec(tags=tags)

    def in_azure(self, **fields: Any) -> Self:
        """With these fields of `spec.azure` beside, or instead of, those it has; None removes one."""
        merged = {**self.spec["azure"], **fields}
        return self.with_spec(azure={name: value for name, value in merged.items() if value is not None})

    def with_secret(self, name: str) -> Self:
        return self.in_azure(credentials={"secretRef": {"name": name}})

    def deleted_with_its_data(self) -> Self:
        return self.with_spec(deletionPolicy="Delete")


def a_registry(name: str = "registry") -> RegistryBuilder:
    """A registry in one region, in the mock's subscription and in the group that every test's cloud has."""
    spec = {
        "location": "eastus",
        "replicationLocations": [{"location": "eastus"}],
        "azure": {"subscriptionId": defaults.SUBSCRIPTION_ID, "resourceGroup": RESOURCE_GROUP},
    }
    return RegistryBuilder(REGISTRY_KIND, name, "default", spec, {})


@dataclass(frozen=True, slots=True)
class AssetBuilder(Builder):
    """An MLAsset."""

    def of_registry(self, name: str, namespace: str | None = None) -> Self:
        ref = {"name": name} | ({"namespace": namespace} if namespace else {})
        return self.with_spec(registryRef=ref)

    def of_type(self, asset_type: str) -> Self:
        return self.with_spec(type=asset_type)

    def at_version(self, version: str) -> Self:
        return self.with_spec(version=version)


def an_asset(name: str = "taxi-fare-1", asset_name: str = "taxi-fare") -> AssetBuilder:
    """A small inline data asset, version 1, of the registry `registry` in its own namespace."""
    spec = {
        "registryRef": {"name": "registry"},
        "type": "Data",
        "assetName": asset_name,
        "version": "1",
        "source": {"inline": "a: b\n"},
    }
    return AssetBuilder(ASSET_KIND, name, "default", spec, {})
