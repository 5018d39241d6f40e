"""What others change in Azure: corrected, told field by field, once, and only where it was settled before."""

from datetime import timedelta
from typing import Any

import pytest
from prometheus_client import REGISTRY
from support.manifests import a_registry
from support.worlds import TIMING, Fault, Twins

from mlregistry_operator.domain.arm import ArmId
from mlregistry_operator.telemetry.objects import OBJECTS

REGISTRY_ = a_registry().in_regions("eastus", "westus").with_tags(team="ml")
OBSERVING = REGISTRY_.with_spec(managementPolicy="ObserveOnly")


def account_in(twins: Twins, location: str) -> ArmId:
    return next(
        target
        for target, one in twins.cloud.resources().items()
        if "storageAccounts" in target and one.location == location
    )


def drift(twins: Twins) -> list[dict[str, Any]]:
    return [dict(entry) for entry in twins.status.get("drift", [])]


def told(twins: Twins) -> list[str]:
    return [event.note for event in twins.cluster.events if event.reason == "Drifted"]


async def resync(twins: Twins, *, restart: bool = False) -> None:
    """The next look in an hour, perhaps of another process, and whatever follows from it."""
    if restart:
        twins.restart()
    twins.clock.advance(TIMING.resync)
    await twins.settle()


async def settled() -> Twins:
    twins = Twins(REGISTRY_)
    await twins.settle()
    assert drift(twins) == [], "what is made is no drift"
    return twins


@pytest.mark.promise(2)
@pytest.mark.parametrize("restart", [False, True], ids=["same process", "another process"])
async def test_a_changed_field_is_put_right_and_told_once(*, restart: bool) -> None:
    twins = await settled()
    target = account_in(twins, "westus")
    twins.cloud.drift(target, allow_shared_key_access=True)

    await resync(twins, restart=restart)

    (entry,) = drift(twins)
    assert entry.pop("detectedTime")
    assert entry == {
        "target": target,
        "field": "allowSharedKeyAccess",
        "desired": "false",
        "observed": "true",
        "corrected": True,
    }
    (note,) = told(twins)
    assert "allowSharedKeyAccess is true and should be false" in note
    assert twins.ready == ("True", "Succeeded")
    await twins.nothing_is_written()


async def test_tags_of_ours_are_told_one_by_one_and_tags_of_others_are_none() -> None:
    twins = await settled()
    target = account_in(twins, "westus")
    tags = dict(twins.cloud.resources()[target].tags)
    twins.cloud.drift(target, tags={**tags, "theirs": "stays", "team": "other", "mlregistry-location": ""})

    await resync(twins)

    assert {one["field"]: one["observed"] for one in drift(twins)} == {
        "tags[team]": "other",
        "tags[mlregistry-location]": "",
    }
    twins.cloud.drift(target, tags={**twins.cloud.resources()[target].tags, "more": "too"})
    await resync(twins)
    assert len(drift(twins)) == 2
    assert twins.cloud.resources()[target].tags["theirs"] == "stays"


async def test_what_was_deleted_by_hand_is_made_again_and_told() -> None:
    twins = await settled()
    target = account_in(twins, "westus")
    twins.cloud.remove(target)

    await resync(twins)

    (entry,) = drift(twins)
    assert (entry["target"], entry["field"], entry["observed"]) == (target, "exists", "false")
    assert entry["corrected"]
    assert target in twins.cloud.resources()


@pytest.mark.promise(8)
async def test_a_lost_owner_tag_is_told_and_not_written() -> None:
    twins = await settled()
    target = account_in(twins, "westus")
    twins.cloud.drift(target, tags={})
    before = len(twins.cloud.writes)

    await twins.passes(3)

    (entry,) = drift(twins)
    assert (entry["field"], entry["observed"], entry["corrected"]) == (
        "tags[mlregistry-owner]",
        "absent",
        False,
    )
    assert len(twins.cloud.writes) == before
    assert len(told(twins)) == 1


async def test_a_new_spec_is_no_drift_even_where_its_update_fails_at_first() -> None:
    twins = await settled()
    twins.board.faults.append(Fault(lambda call: call.port == "cloud.UpdateStorageAccount", times=3))

    twins.edit(REGISTRY_.with_tags(team="other").in_regions("eastus", "westus", "northeurope"))
    await twins.settle()

    assert twins.ready == ("True", "Succeeded")
    assert drift(twins) == []


async def test_drift_beside_a_region_in_trouble_is_told_all_the_same() -> None:
    twins = await settled()
    twins.cloud.drift(account_in(twins, "eastus"), sku="Premium_LRS")
    await twins.passes(2)
    assert twins.ready[0] == "False"

    twins.cloud.drift(account_in(twins, "westus"), allow_blob_public_access=True)
    await twins.passes(3)

    fields = {one["field"]: one["corrected"] for one in drift(twins)}
    assert fields == {"storageAccountType": False, "allowBlobPublicAccess": True}


@pytest.mark.promise(8)
async def test_what_only_observes_tells_drift_and_writes_nothing_to_azure() -> None:
    twins = await settled()
    twins.edit(OBSERVING)
    await twins.settle()
    target, writes = account_in(twins, "westus"), len(twins.cloud.writes)
    twins.cloud.drift(target, minimum_tls_version="TLS1_0")

    await resync(twins)

    (entry,) = drift(twins)
    assert not entry["corrected"]
    assert twins.ready == ("False", "PlanPending")
    assert len(twins.cloud.writes) == writes
    await twins.nothing_is_written()

    twins.cloud.drift(target, minimum_tls_version="TLS1_2")
    await resync(twins)
    assert drift(twins)[0]["corrected"], "whoever put it right"


@pytest.mark.promise(2)
async def test_old_entries_go_with_the_next_write_and_cause_none() -> None:
    twins = await settled()
    twins.cloud.drift(account_in(twins, "westus"), allow_shared_key_access=True)
    await resync(twins)
    twins.clock.advance(timedelta(days=8).total_seconds())

    await twins.nothing_is_written()
    assert len(drift(twins)) == 1

    twins.edit(REGISTRY_.annotated(reconcile_at="now"))
    await twins.settle()
    assert drift(twins) == []


async def test_the_last_sixteen_are_shown() -> None:
    twins = await settled()
    for number in range(20):
        twins.cloud.drift(account_in(twins, "westus"), public_network_access=f"Odd{number}")
        await resync(twins)

    assert [one["observed"] for one in drift(twins)] == [f"Odd{number}" for number in range(4, 20)]
    assert len(told(twins)) == 20


async def test_a_metric_counts_by_kind_and_field_and_tells_since_when() -> None:
    twins = await settled()
    labels = {"resource": "storageAccounts", "field": "tags"}
    since = (
        "mlregistry_drift_uncorrected_since_timestamp_seconds",
        {"namespace": "default", "name": "registry"},
    )
    counted = REGISTRY.get_sample_value("mlregistry_drift_total", labels) or 0.0
    target = account_in(twins, "westus")
    twins.cloud.drift(target, tags={**twins.cloud.resources()[target].tags, "team": "other"})
    twins.board.faults.append(Fault(lambda call: call.port == "cloud.UpdateStorageAccount"))

    twins.clock.advance(TIMING.resync)
    await twins.look()
    detected = twins.clock.now().replace(microsecond=0)
    OBJECTS.saw("MLRegistry", twins.key, twins.body)
    assert REGISTRY.get_sample_value(*since) == detected.timestamp()

    await twins.settle()
    OBJECTS.saw("MLRegistry", twins.key, twins.body)
    assert REGISTRY.get_sample_value("mlregistry_drift_total", labels) == counted + 1
    assert REGISTRY.get_sample_value(*since) is None
    OBJECTS.forget_all()


async def test_a_difference_of_which_the_status_says_nothing_is_no_drift() -> None:
    twins = await settled()
    twins.cloud.drift(account_in(twins, "westus"), allow_shared_key_access=True)
    twins.cluster.lose_status(twins.key)

    await resync(twins, restart=True)

    assert drift(twins) == []
    assert twins.ready == ("True", "Succeeded")
