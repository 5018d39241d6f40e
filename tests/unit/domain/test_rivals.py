"""Who claims the same names, who goes first, and what must not be adopted."""

from dataclasses import replace
from typing import Any

import pytest

from mlregistry_operator.api.metadata import ObjectKey
from mlregistry_operator.api.relations import ADOPTED_TWICE, ADOPTS_ANOTHERS
from mlregistry_operator.domain.ownership import Owner
from mlregistry_operator.domain.rivals import (
    Claimant,
    claimant_in,
    clashes_of,
    goes_first,
    held_by_others,
    restrained,
    rivals_of,
    shares_group,
)

GROUP = "/subscriptions/1/resourceGroups/g/providers"
ACCOUNT = f"{GROUP}/microsoft.storage/storageaccounts/demo".lower()
CLUSTER = "cluster"


def body(name: str = "victim", namespace: str = "a", **more: Any) -> dict[str, Any]:
    metadata = {"name": name, "namespace": namespace, "uid": f"uid-{name}", **more.pop("metadata", {})}
    spec = {"azure": {"subscriptionId": "1", "resourceGroup": "G"}, "registryName": "Demo"}
    return {"metadata": metadata, "spec": spec, **more}


VICTIM = claimant_in(body(metadata={"creationTimestamp": "2026-11-30T10:00:00Z"}))
YOUNGER = claimant_in(body("younger", "b", metadata={"creationTimestamp": "2026-11-30T10:00:01Z"}))
SAME_SECOND = replace(VICTIM, key=ObjectKey("b", "twin"), uid="uid-twin")


@pytest.mark.parametrize(
    "damaged",
    [
        {},
        {"metadata": None, "spec": []},
        {"metadata": {"name": 7, "annotations": "x"}, "spec": {"azure": 1, "registryName": {}}},
        {"status": {"regions": {"a": 1}, "containerRegistry": [], "retained": [None, 3, {"id": 4}]}},
    ],
)
def test_an_object_that_cannot_be_read_claims_what_can_be_read_of_it(damaged: dict[str, Any]) -> None:
    assert claimant_in(damaged).owned == frozenset()


@pytest.mark.promise(16)
def test_an_unreadable_object_keeps_its_names() -> None:
    broken = body("broken", "b")
    broken["spec"] |= {"replicationLocations": "none", "registryName": "DEMO"}

    assert rivals_of(VICTIM, [claimant_in(broken), VICTIM]) == (claimant_in(broken),)


@pytest.mark.parametrize(
    ("other", "holders", "begun", "first"),
    [
        pytest.param(YOUNGER, (), None, VICTIM, id="nothing is there yet: the oldest"),
        pytest.param(YOUNGER, (YOUNGER,), None, YOUNGER, id="a tag in Azure tells who has something"),
        pytest.param(YOUNGER, (VICTIM, YOUNGER), None, VICTIM, id="both have something: the oldest"),
        pytest.param(YOUNGER, (), YOUNGER, YOUNGER, id="it has begun, and Azure may not show it yet"),
        pytest.param(YOUNGER, (VICTIM,), YOUNGER, VICTIM, id="a tag tells more than what was begun"),
        pytest.param(SAME_SECOND, (), None, SAME_SECOND, id="of the same second: by uid"),
    ],
)
@pytest.mark.promise(16)
def test_both_agree_on_who_goes_first(
    other: Claimant, holders: tuple[Claimant, ...], begun: Claimant | None, first: Claimant
) -> None:
    keys = frozenset(holder.key for holder in holders)
    started = begun.key if begun is not None else None

    assert goes_first(VICTIM, [other], holders=keys, begun=started) is first
    assert goes_first(other, [VICTIM], holders=keys, begun=started) is first


@pytest.mark.promise(16)
def test_nothing_is_adopted_that_is_anothers() -> None:
    owned = replace(YOUNGER, owned=frozenset({ACCOUNT}))
    taker = replace(VICTIM, adopted=frozenset({f"{ACCOUNT}/x", f"{ACCOUNT}2", "/tagged"}))
    rival = replace(SAME_SECOND, adopted=frozenset({f"{ACCOUNT}2"}))

    found = [
        (one.relation, one.target, one.who)
        for one in clashes_of(taker, [taker, owned, rival], {"/tagged": owned.key})
    ]

    assert found == [
        (ADOPTS_ANOTHERS, f"{ACCOUNT}/x", owned.key),
        (ADOPTED_TWICE, f"{ACCOUNT}2", rival.key),
        (ADOPTS_ANOTHERS, "/tagged", owned.key),
    ]


@pytest.mark.promise(16)
@pytest.mark.parametrize(
    ("tag", "who", "because"),
    [
        ("cluster/b/younger", ObjectKey("b", "younger"), "an object that is there"),
        ("cluster/b/gone", None, "its object is gone: what it left may be taken over"),
        ("lost/b/younger", None, "another cluster, which may be lost"),
        ("cluster/a/victim", None, "it is one's own"),
        ("cluster/unseen/x", ObjectKey("unseen", "x"), "it may be there, and is not seen"),
        ("nonsense", None, "somebody else's words"),
    ],
)
def test_an_owner_tag_counts_where_its_object_is_there(tag: str, who: ObjectKey | None, because: str) -> None:
    owner = Owner(CLUSTER, "a", "victim", adopted=frozenset({ACCOUNT}))

    held = held_by_others({ACCOUNT.upper(): tag}, owner, [VICTIM, YOUNGER], lambda name: name != "unseen")

    assert held.get(ACCOUNT.casefold()) == who, because
    after = restrained(owner, replace(VICTIM, adopted=owner.adopted), [VICTIM, YOUNGER], held)
    assert (ACCOUNT in after.adopted) is (who is None)
    assert (ACCOUNT in after.barred) is (who is not None)


def test_a_group_is_shared_with_whoever_declares_it() -> None:
    assert shares_group(VICTIM, [VICTIM, replace(YOUNGER, claim=(*VICTIM.claim[:2], "other"))])
    assert not shares_group(VICTIM, [VICTIM, replace(YOUNGER, claim=("1", "other", "demo"))])
