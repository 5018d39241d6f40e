"""Whatever was edited on the way, the last edit counts: Azure ends as a fresh create of it would leave it."""

import asyncio
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.kstatus import Status, kstatus
from support.manifests import RegistryBuilder, a_registry
from support.worlds import Twins

from mlregistry_operator.domain.arm import ArmId, name_of

PRIMARY, OTHERS = "eastus", ("eastus2", "westus", "westus2")
IN_PLACE = ("Standard_LRS", "Standard_GRS", "Standard_RAGRS")
MANY_PASSES = 300


@dataclass(frozen=True, slots=True)
class Edit:
    """One spec that somebody applies, and how many passes it is left in peace."""

    regions: tuple[str, ...]
    tags: dict[str, str]
    redundancy: tuple[str, ...]
    access: str
    regional: str
    suspend: bool
    passes: int

    def spec(self, removal: str) -> RegistryBuilder:
        builder = (
            a_registry()
            .in_regions(PRIMARY, *self.regions)
            .with_tags(**self.tags)
            .with_spec(
                regionRemovalPolicy=removal,
                publicNetworkAccess=self.access,
                containerRegistry={"regionalEndpoints": self.regional},
                suspend=self.suspend,
            )
        )
        for location, sku in zip((PRIMARY, *self.regions), self.redundancy, strict=False):
            builder = builder.with_storage(location, account_type=sku)
        return builder


edits = st.builds(
    Edit,
    regions=st.lists(st.sampled_from(OTHERS), unique=True, max_size=3).map(tuple),
    tags=st.dictionaries(st.sampled_from(["team", "stage"]), st.sampled_from(["a", "b"]), max_size=2),
    redundancy=st.tuples(*[st.sampled_from(IN_PLACE)] * 4),
    access=st.sampled_from(["Enabled", "Disabled"]),
    regional=st.sampled_from(["Enabled", "Disabled"]),
    suspend=st.booleans(),
    passes=st.integers(0, 8),
)


@pytest.mark.promise(1)
@pytest.mark.promise(2)
@given(
    history=st.lists(edits, min_size=1, max_size=5),
    last=edits,
    removal=st.sampled_from(["Retain", "Delete"]),
    forgets=st.booleans(),
)
@settings(max_examples=25, deadline=None)
def test_any_sequence_of_edits_ends_where_a_fresh_create_of_the_last_one_ends(
    history: list[Edit], last: Edit, removal: str, *, forgets: bool
) -> None:
    asyncio.run(_compare(history, last, removal, forgets=forgets))


async def _compare(history: list[Edit], last: Edit, removal: str, *, forgets: bool) -> None:
    final = last.spec(removal).with_spec(suspend=False)
    edited, fresh = Twins(history[0].spec(removal)), Twins(final)
    for edit in history:
        edited.edit(edit.spec(removal))
        await edited.passes(edit.passes)
    if forgets:
        edited.cluster.lose_status(edited.key)
        edited.restart()
    edited.edit(final)
    await edited.settle(MANY_PASSES)
    await fresh.settle(MANY_PASSES)

    declared = {PRIMARY, *last.regions}
    assert edited.ready == fresh.ready == ("True", "Succeeded")
    assert kstatus(edited.body) is Status.CURRENT
    assert _resources(edited, declared) == _resources(fresh, declared)
    assert _rows(edited) == _rows(fresh)
    left = {one.location for one in edited.cloud.resources().values()} - declared
    assert not left or removal == "Retain", "nothing stays where nothing is to stay"
    away = [target for target, one in edited.cloud.resources().items() if one.location not in declared]
    assert not [target for target in away if "replications" in target], "images go nowhere else"
    told = {one["id"].casefold() for one in edited.status.get("retained", [])}
    assert forgets or {target.casefold() for target in away} == told, "what was left is told"
    await edited.nothing_is_written()


def _resources(twins: Twins, declared: set[str]) -> dict[ArmId, Any]:
    """Everything in the declared regions, with all its fields; the home region's own entry is Azure's."""
    return {
        target: one
        for target, one in twins.cloud.resources().items()
        if one.location in declared and not target.endswith(f"/replications/{PRIMARY}")
    }


def _rows(twins: Twins) -> list[tuple[str, str, str]]:
    return [
        (row["location"], row["state"], name_of(ArmId(row["storageAccount"]["id"])))
        for row in twins.status["regions"]
    ]
