"""What is allowed and yet worth a word: warnings that kubectl prints beside its answer, never a refusal.

Advice is given when an edit brings the matter up, not again with every later one.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from mlregistry_operator.api import patterns
from mlregistry_operator.api.base import ApiModel
from mlregistry_operator.api.group import ASSET_KIND, REGISTRY_KIND
from mlregistry_operator.api.policies import DeletionPolicy, PublicNetworkAccess
from mlregistry_operator.api.regions import KNOWN_REGIONS
from mlregistry_operator.api.registry import MLRegistrySpec
from mlregistry_operator.api.registry_rules import REGION_ITEM, SOURCE_ITEM
from mlregistry_operator.api.rule import places

MAX_LENGTH: Final = 256  # the API server may cut longer warnings


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """One unusual wish. `at` and `field` are as in a rule; `unwise` sees the object that stands there."""

    id: str
    kind: str
    at: str
    field: str
    sentence: str
    unwise: Callable[[Any], bool]

    def given_to(self, old: ApiModel | None, new: ApiModel) -> Iterator[str]:
        """The warning for every place where the edit brings the matter up."""
        for place in places(self.at, old, new):
            was_so = place.old is not None and self.unwise(place.old)
            if self.unwise(place.new) and not was_so:
                yield f"{place.path}{self.field}: {self.sentence}".removeprefix(".")


def _safer_in_a_replica(spec: MLRegistrySpec) -> bool:
    primary = spec.region(spec.location)
    return (
        primary is not None
        and not primary.sku.zone_redundant
        and any(region.sku.zone_redundant for region in spec.replication_locations)
    )


def _suspended(kind: str, prefix: str) -> Advice:
    return Advice(
        id=f"{prefix}suspended",
        kind=kind,
        at="spec",
        field=".suspend",
        sentence="nothing is read, changed or reported until it is false again",
        unwise=lambda spec: spec.suspend,
    )


ADVICE: Final = (
    Advice(
        id="one-region",
        kind=REGISTRY_KIND,
        at="spec",
        field=".replicationLocations",
        sentence="there is only the primary region: while it is out, no asset can be read",
        unwise=lambda spec: len(spec.replication_locations) == 1,
    ),
    Advice(
        id="primary-without-zones",
        kind=REGISTRY_KIND,
        at="spec",
        field=".replicationLocations",
        sentence="the primary region has no zone redundancy while another has; what is published lies in the"
        " primary alone at first",
        unwise=_safer_in_a_replica,
    ),
    Advice(
        id="unknown-region",
        kind=REGISTRY_KIND,
        at=REGION_ITEM,
        field=".location",
        sentence="this version does not know the region; check the spelling with az account list-locations",
        unwise=lambda region: region.location not in KNOWN_REGIONS,
    ),
    Advice(
        id="deletion-takes-all",
        kind=REGISTRY_KIND,
        at="spec",
        field=".deletionPolicy",
        sentence="with Delete, deleting this object deletes the registry and all its content in Azure",
        unwise=lambda spec: spec.deletion_policy is DeletionPolicy.DELETE,
    ),
    Advice(
        id="region-removal-takes-all",
        kind=REGISTRY_KIND,
        at="spec",
        field=".regionRemovalPolicy",
        sentence="with Delete, removing a region deletes its storage account once its content is safe"
        " elsewhere",
        unwise=lambda spec: spec.region_removal_policy is DeletionPolicy.DELETE,
    ),
    Advice(
        id="private-network",
        kind=REGISTRY_KIND,
        at="spec",
        field=".publicNetworkAccess",
        sentence="with Disabled, the operator itself needs a private way to every storage account and"
        " registry",
        unwise=lambda spec: spec.public_network_access is PublicNetworkAccess.DISABLED,
    ),
    Advice(
        id="retention-stays",
        kind=REGISTRY_KIND,
        at="spec",
        field=".immutability",
        sentence="retention can be lengthened later, but neither shortened nor removed",
        unwise=lambda spec: spec.immutability is not None,
    ),
    Advice(
        id="allowed-source-of-a-lake",
        kind=REGISTRY_KIND,
        at=SOURCE_ITEM,
        field=".url",
        sentence="it lets nothing in, for sources have blob addresses: write blob where its host has dfs",
        unwise=lambda source: re.match(patterns.LAKE_URL, source.url) is not None,
    ),
    _suspended(REGISTRY_KIND, ""),
    Advice(
        id="image-by-tag",
        kind=ASSET_KIND,
        at="spec.source.image",
        field=".reference",
        sentence="a tag can move: it is resolved once, and status.digest says to what; name a digest instead",
        unwise=lambda image: "@sha256:" not in image.reference,
    ),
    Advice(
        id="asset-deletion-takes-all",
        kind=ASSET_KIND,
        at="spec",
        field=".deletionPolicy",
        sentence="with Delete, deleting this object deletes the content in every region, for good",
        unwise=lambda spec: spec.deletion_policy is DeletionPolicy.DELETE,
    ),
    _suspended(ASSET_KIND, "asset-"),
)


def advice_for(kind: str) -> tuple[Advice, ...]:
    """The warnings of one kind."""
    return tuple(note for note in ADVICE if note.kind == kind)
