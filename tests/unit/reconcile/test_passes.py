"""Whole passes over the in-memory world: what a user would see, without a process."""

import asyncio
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.kstatus import Status, kstatus
from support.manifests import RESOURCE_GROUP, a_registry
from support.worlds import CLUSTER_ID, GROUP, TIMING, Fault, Mode, Twins, merge_patch

from mlregistry_operator.api.metadata import ObjectKey
from mlregistry_operator.domain.arm import ArmId, name_of
from mlregistry_operator.domain.identity import OwnIdentity, SecretIdentity
from mlregistry_operator.domain.plan import ActionKind
from mlregistry_operator.reconcile.deletion import delete_registry
from mlregistry_operator.reconcile.registry import reconcile_registry

THREE = a_registry().in_regions("eastus", "westus", "eastus2")
ONE = a_registry()


def account_in(twins: Twins, location: str) -> ArmId:
    """The id of the registry's account in that region."""
    return next(
        target
        for target, one in twins.cloud.resources().items()
        if "storageAccounts" in target and one.location == location
    )


def registry_id(twins: Twins) -> ArmId:
    return next(
        target
        for target in twins.cloud.resources()
        if "/registries/" in target and "replications" not in target
    )


@pytest.mark.promise(1)
@pytest.mark.promise(5)
async def test_a_registry_is_made_in_all_regions_side_by_side() -> None:
    twins = Twins(THREE)

    await twins.look()
    first = [kind for kind, _ in twins.cloud.writes]
    await twins.settle()

    assert sorted(first) == ["CreateContainerRegistry", *["CreateStorageAccount"] * 3]
    assert [kind for kind, _ in twins.cloud.writes[4:]] == ["CreateReplication"] * 2
    assert twins.ready == ("True", "Succeeded")
    assert twins.status["readyRegions"] == "3/3"
    assert [row["state"] for row in twins.status["regions"]] == ["Ready"] * 3
    assert kstatus(twins.body) is Status.CURRENT
    slowest = 2 * (twins.cloud.lro_seconds + twins.cloud.retry_after)  # the registry, then its replications
    assert twins.clock.seconds - 1000 <= slowest


@pytest.mark.promise(8)
async def test_everything_that_was_made_carries_the_owner() -> None:
    twins = Twins(THREE.named("taxi").with_tags(team="fares"))

    await twins.settle()

    ours = [one for one in twins.cloud.resources().values() if one.tags]
    assert len(ours) == 6
    for one in ours:
        assert one.tags["mlregistry-owner"] == f"{CLUSTER_ID}/default/taxi"
        assert one.tags["mlregistry-registry"] == "taxi"
        assert one.tags["mlregistry-location"] == one.location
        assert one.tags["team"] == "fares"


@pytest.mark.promise(2)
@pytest.mark.promise(3)
async def test_what_is_settled_is_left_alone_even_by_another_process() -> None:
    twins = Twins(THREE.with_tags(team="fares"))
    await twins.settle()

    await twins.nothing_is_written()


@pytest.mark.promise(15)
async def test_a_settled_pass_reads_at_most_three_times_per_region() -> None:
    twins = Twins(THREE)
    await twins.settle()
    before = len(twins.board.calls)

    await twins.look()

    reads = [call for call in twins.board.calls[before:] if call.port.startswith("cloud.")]
    assert len(reads) == 5 <= 3 * 3


@pytest.mark.promise(3)
async def test_a_lost_status_comes_back_without_a_write_to_azure() -> None:
    twins = Twins(THREE)
    await twins.settle()
    before, writes = twins.status, len(twins.cloud.writes)
    twins.cluster.lose_status(twins.key)
    twins.restart()

    await twins.settle()

    assert len(twins.cloud.writes) == writes
    assert {**twins.status, "conditions": 0} == {**before, "conditions": 0}
    assert twins.ready == ("True", "Succeeded")


@pytest.mark.parametrize(
    ("status", "because"),
    [
        ({"observedGeneration": "many"}, "a field of another type"),
        ({"regions": [{"location": 7}], "conditions": []}, "rows that are none"),
        ({"containerRegistry": "gone", "observedGeneration": 1}, "a word where an object belongs"),
        ({"fromTheFuture": {"a": 1}, "observedGeneration": 1}, "a field of a later version"),
    ],
)
@pytest.mark.promise(3)
async def test_a_mangled_status_is_written_anew(status: dict[str, Any], because: str) -> None:
    twins = Twins(ONE)
    await twins.settle()
    good, writes = twins.status, len(twins.cloud.writes)
    twins.body["status"] = status
    twins.restart()

    await twins.settle()

    assert {**twins.status, "conditions": 0} == {**good, "conditions": 0}, because
    assert len(twins.cloud.writes) == writes


@pytest.mark.promise(6)
async def test_no_pass_waits_for_azure_and_an_edit_is_taken_up_meanwhile() -> None:
    twins = Twins(a_registry().in_regions("eastus"))
    twins.cloud.lro_seconds = 600
    await twins.passes(2)

    twins.edit(a_registry().in_regions("eastus", "westus"))
    before = twins.clock.seconds
    await twins.passes(2)

    assert twins.clock.seconds == before, "the edit waits for nothing"
    assert twins.status["observedGeneration"] == 2
    assert twins.row("westus")["state"] == "Creating"
    assert twins.row("eastus")["state"] == "Creating"
    assert [kind for kind, _ in twins.cloud.writes].count(ActionKind.CREATE_STORAGE_ACCOUNT) == 2
    assert max(twins.cloud.created.values()) == 1
    assert twins.ready == ("Unknown", "Progressing")
    assert kstatus(twins.body) is Status.IN_PROGRESS


@pytest.mark.promise(6)
async def test_a_write_without_an_answer_holds_up_nothing_else() -> None:
    twins = Twins(a_registry().in_regions("eastus", "westus"))
    twins.cloud.lro_seconds = 0
    slow = await slowest(twins)
    answer = twins.cloud.hold(slow)

    await twins.passes(4)

    assert twins.row("eastus")["state"] == "Ready"
    assert twins.row("westus")["state"] in {"Creating", "Ready"}
    assert [target for _, target in twins.cloud.writes].count(slow) == 1
    answer.set()
    await asyncio.sleep(0)
    await twins.settle()
    assert twins.ready == ("True", "Succeeded")
    assert [target for _, target in twins.cloud.writes].count(slow) == 1


async def slowest(twins: Twins) -> ArmId:
    """The account of westus, as another registry of the same name would get it."""
    other = Twins(a_registry().in_regions("eastus", "westus"))
    await other.settle()
    assert other.key == twins.key
    return account_in(other, "westus")


@pytest.mark.parametrize("mode", [Mode.FAILS, Mode.ANSWER_LOST], ids=lambda mode: mode.name)
@pytest.mark.promise(6)
async def test_a_failed_look_at_an_operation_never_repeats_the_write(mode: Mode) -> None:
    twins = Twins(THREE)
    twins.board.faults.append(Fault(lambda call: call.port == "cloud.operation", mode, times=50))

    await twins.settle()

    assert set(twins.cloud.created.values()) == {1}
    assert len(twins.cloud.writes) == 6
    assert twins.ready == ("True", "Succeeded")


@pytest.mark.promise(6)
async def test_operations_that_may_not_be_read_are_told_by_the_resources() -> None:
    twins = Twins(THREE.deleted_with_its_data())
    twins.cloud.readable_operations = False

    await twins.settle()
    assert twins.ready == ("True", "Succeeded")
    assert len(twins.cloud.writes) == 6
    twins.cluster.delete(twins.key)
    await twins.settle()

    assert twins.cloud.resources() == {}
    assert len(twins.cloud.writes) == 12


@pytest.mark.promise(6)
async def test_after_a_restart_the_noted_operations_are_looked_at() -> None:
    twins = Twins(ONE)
    twins.cloud.lro_seconds = 100
    twins.cloud.invisible = True
    await twins.passes(2)
    noted = {entry["target"] for entry in twins.status["operations"]}
    twins.restart()

    await twins.passes(3)

    assert noted == {target for _, target in twins.cloud.writes}
    assert len(twins.cloud.writes) == 2
    assert {call.subject for call in twins.board.calls if call.port == "cloud.operation"} == noted


@pytest.mark.promise(14)
async def test_a_poll_comes_when_azure_asked_for_it() -> None:
    twins = Twins(ONE)
    twins.cloud.lro_seconds, twins.cloud.retry_after = 100, 17
    await twins.look()
    outcome = await twins.look()

    assert outcome.delay == pytest.approx(17)
    twins.clock.advance(10)
    before = len(twins.board.calls)
    await twins.look()
    assert "cloud.operation" not in {call.port for call in twins.board.calls[before:]}


@pytest.mark.promise(6)
async def test_a_creation_that_ends_as_failed_is_told_and_tried_again() -> None:
    twins = Twins(a_registry().in_regions("eastus", "westus"))
    twins.cloud.doomed = {"westus"}
    for _ in range(20):
        twins.clock.advance((await twins.look()).delay)
        if "Failed" in {row["state"] for row in twins.status["regions"]}:
            break
    assert twins.row("westus")["state"] == "Failed"
    assert twins.ready == ("False", "ProgressingWithRetry")

    twins.cloud.doomed = set()
    await twins.settle()

    assert twins.ready == ("True", "Succeeded")
    kinds = [kind for kind, target in twins.cloud.writes if target.endswith("replications/westus")]
    assert kinds[:3] == ["CreateReplication", "DeleteReplication", "CreateReplication"]


async def test_what_fails_again_and_again_is_tried_ever_more_slowly() -> None:
    twins = Twins(ONE)
    await twins.settle()
    twins.cloud.drift(account_in(twins, "eastus"), minimum_tls_version="TLS1_0")
    twins.board.faults.append(Fault(lambda call: call.port == "cloud.UpdateStorageAccount", times=9))
    tries: list[float] = []
    for _ in range(60):
        calls = len(twins.board.calls)
        outcome = await twins.look()
        if any(call.port == "cloud.UpdateStorageAccount" for call in twins.board.calls[calls:]):
            tries.append(twins.clock.seconds)
        twins.clock.advance(outcome.delay)
        if outcome.delay > TIMING.resync / 2:
            break

    waits = [later - earlier for earlier, later in pairwise(tries)]
    assert len(tries) == 10
    assert all(0.8 * 2**n <= wait <= min(2**n, 60) for n, wait in enumerate(waits[:6]))
    assert all(48 <= wait <= 60 for wait in waits[6:])
    assert twins.ready == ("True", "Succeeded")


@pytest.mark.parametrize("tick", [0.01, 0.1, 0.3, 1.1])
async def test_a_wait_that_ends_while_a_pass_runs_is_not_slept_through(tick: float) -> None:
    twins = Twins(ONE)
    twins.clock.tick = tick
    twins.board.faults.append(Fault(lambda call: call.port == "cloud.CreateStorageAccount", times=5))

    await twins.settle()

    assert twins.ready == ("True", "Succeeded")
    assert twins.clock.seconds - 1000 < TIMING.resync / 2


@dataclass(frozen=True, slots=True)
class Trouble:
    """A call that Azure refuses for good, and what is said of it."""

    code: str
    reason: str
    stalled: bool
    because: str


TROUBLES = [
    Trouble("AuthorizationFailed", "AuthorizationFailed", stalled=True, because="a right is missing"),
    Trouble("RequestDisallowedByPolicy", "PolicyDenied", stalled=True, because="a policy says no"),
    Trouble("ScopeLocked", "Locked", stalled=True, because="somebody locked it"),
    Trouble("TooManyTags", "RefusedByAzure", stalled=True, because="only another spec helps"),
    Trouble(
        "ServiceUnavailable", "ProgressingWithRetry", stalled=False, because="a brown-out passes by itself"
    ),
    Trouble("SomethingNew", "ProgressingWithRetry", stalled=False, because="an unknown code may pass"),
]


@pytest.mark.parametrize("port", ["CreateStorageAccount", "storage_account", "replications"])
@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda trouble: trouble.because)
@pytest.mark.promise(13)
async def test_a_lasting_failure_is_told_with_code_and_remedy(trouble: Trouble, port: str) -> None:
    twins = Twins(ONE)
    twins.cloud.lro_seconds = 0
    fault = Fault(lambda call: call.port == f"cloud.{port}", times=10_000, code=trouble.code)
    twins.board.faults.append(fault)

    outcome = await twins.passes(8)
    ready = twins.condition("Ready")

    assert ready is not None
    assert twins.ready == ("False", trouble.reason), trouble.because
    assert f"({trouble.code})" in ready["message"]
    assert (twins.condition("Stalled") is not None) == trouble.stalled
    assert (twins.condition("Reconciling") is not None) == (not trouble.stalled)
    assert outcome.delay > 0.5, "a failure must not spin the loop"
    assert kstatus(twins.body) is (Status.FAILED if trouble.stalled else Status.IN_PROGRESS)


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda trouble: trouble.because)
async def test_a_lasting_failure_is_written_once(trouble: Trouble) -> None:
    twins = Twins(ONE)
    await twins.settle()
    twins.cloud.drift(account_in(twins, "eastus"), minimum_tls_version="TLS1_0")
    twins.board.faults.append(
        Fault(lambda call: call.port == "cloud.UpdateStorageAccount", times=10_000, code=trouble.code)
    )
    await twins.passes(3)
    written, told = len(twins.cluster.status_writes), len(twins.cluster.events)

    await twins.passes(10)

    assert (len(twins.cluster.status_writes), len(twins.cluster.events)) == (written, told)


async def test_a_failure_of_which_the_step_is_gone_neither_stays_nor_spins_the_loop() -> None:
    """A deletion is refused by a lock, and somebody deletes the account by hand."""
    twins = Twins(a_registry().in_regions("eastus", "westus").with_spec(regionRemovalPolicy="Delete"))
    await twins.settle()
    account = account_in(twins, "westus")
    twins.edit(a_registry().in_regions("eastus").with_spec(regionRemovalPolicy="Delete"))
    locked = Fault(lambda call: call.port == "cloud.DeleteStorageAccount", times=99, code="ScopeLocked")
    twins.board.faults.append(locked)
    await twins.passes(12)
    assert twins.ready == ("False", "Locked")

    twins.cloud.remove(account)
    await twins.settle()

    assert twins.ready == ("True", "Succeeded")


async def test_a_failed_write_that_cannot_be_read_any_more_does_not_spin_the_loop() -> None:
    """First the write is refused, then the identity loses even its right to read."""
    twins = Twins(ONE)
    denied = {"cloud.CreateStorageAccount"}
    twins.board.faults.append(
        Fault(lambda call: call.port in denied, times=10_000, code="AuthorizationFailed")
    )
    await twins.passes(6)
    denied |= {"cloud.storage_account", "cloud.container_registry"}
    for _ in range(8):
        outcome = await twins.look()
        assert outcome.delay >= TIMING.patience.slow
        twins.clock.advance(outcome.delay)


@pytest.mark.promise(1)
async def test_a_taken_name_leads_to_the_next_of_its_sequence() -> None:
    pattern = Twins(ONE)
    await pattern.settle()
    first = {name_of(target) for target in pattern.cloud.resources()}
    twins = Twins(ONE)
    twins.cloud.taken = first

    await twins.settle()

    assert twins.ready == ("True", "Succeeded")
    names = {name_of(target) for target in twins.cloud.resources()}
    assert names.isdisjoint(first)
    assert len(names) == 2
    assert len(twins.cloud.writes) == 4
    twins.cluster.lose_status(twins.key)
    twins.restart()
    await twins.settle()
    assert {name_of(target) for target in twins.cloud.resources()} == names
    assert len(twins.cloud.writes) == 4


@pytest.mark.promise(13)
async def test_when_every_name_is_taken_a_person_is_asked() -> None:
    class Everything(set[str]):
        def __contains__(self, name: object) -> bool:
            return True

    twins = Twins(ONE)
    twins.cloud.taken = Everything()

    await twins.passes(5)

    assert twins.ready == ("False", "NameConflict")
    assert len(twins.cloud.writes) == 8, "four names of the account, four of the registry, each once"
    assert len(set(twins.cloud.writes)) == 8


@pytest.mark.promise(8)
async def test_a_strangers_account_is_left_alone_until_it_is_adopted() -> None:
    twins = Twins(ONE)
    await twins.settle()
    account = account_in(twins, "eastus")
    twins.cloud.drift(account, tags={"theirs": "1"}, minimum_tls_version="TLS1_0")
    writes = len(twins.cloud.writes)

    outcome = await twins.passes(4)
    assert twins.ready == ("False", "NotOwned")
    assert len(twins.cloud.writes) == writes
    assert outcome.delay >= TIMING.patience.slow

    twins.edit(ONE.annotated(adopt=account.upper()))
    await twins.settle()
    adopted = twins.cloud.resources()[account]
    assert adopted.tags["theirs"] == "1"
    assert adopted.tags["mlregistry-owner"] == f"{CLUSTER_ID}/default/registry"
    assert twins.ready == ("True", "Succeeded")
    twins.edit(ONE)
    await twins.settle()
    assert twins.ready == ("True", "Succeeded")


@pytest.mark.promise(8)
async def test_other_peoples_tags_stay_and_a_tag_that_leaves_the_spec_leaves_azure() -> None:
    twins = Twins(ONE.with_tags(team="fares", cost="7"))
    await twins.settle()
    account = account_in(twins, "eastus")
    twins.cloud.drift(account, tags={**twins.cloud.resources()[account].tags, "audited": "yes"})
    await twins.nothing_is_written()

    twins.edit(ONE.with_tags(team="taxis"))
    await twins.settle()

    tags = twins.cloud.resources()[account].tags
    assert tags["team"] == "taxis"
    assert tags["audited"] == "yes"
    assert "cost" not in tags
    await twins.nothing_is_written()


@pytest.mark.promise(7)
async def test_what_azure_cannot_change_is_refused_and_nothing_is_tried() -> None:
    twins = Twins(ONE)
    await twins.settle()
    writes = len(twins.cloud.writes)
    twins.edit(ONE.with_storage("eastus", account_type="Premium_LRS"))

    await twins.passes(3)

    assert twins.ready == ("False", "ImmutableInAzure")
    assert twins.condition("Stalled") is not None
    assert len(twins.cloud.writes) == writes


@pytest.mark.promise(13)
async def test_a_missing_group_is_told_with_its_remedy_and_noticed_when_it_comes() -> None:
    twins = Twins(ONE)
    twins.cloud.remove(GROUP.id)

    outcome = await twins.passes(3)

    assert twins.ready == ("False", "ResourceGroupNotFound")
    ready = twins.condition("Ready")
    assert ready is not None
    assert RESOURCE_GROUP in ready["message"]
    assert "createResourceGroup" in ready["message"]
    assert twins.cloud.writes == []
    assert TIMING.patience.slow <= outcome.delay < TIMING.resync / 2
    twins.cloud.put_group(GROUP)
    await twins.settle()
    assert twins.ready == ("True", "Succeeded")


async def test_a_group_that_goes_between_look_and_write_does_not_spin_the_loop() -> None:
    twins = Twins(ONE)
    twins.board.faults.append(
        Fault(lambda call: call.port.startswith("cloud.Create"), times=2, code="ResourceGroupNotFound")
    )
    await twins.passes(2)
    twins.cloud.remove(GROUP.id)
    outcome = await twins.passes(3)

    assert twins.ready == ("False", "ResourceGroupNotFound")
    assert outcome.delay >= TIMING.patience.slow


async def test_suspend_freezes_all_that_was_said_and_asks_nobody() -> None:
    twins = Twins(ONE.with_secret("azure"))
    twins.cluster.secrets[ObjectKey("default", "azure")] = SECRET
    await twins.settle()
    before, calls = twins.status, len(twins.board.calls)
    del twins.cluster.secrets[ObjectKey("default", "azure")]

    twins.edit(ONE.with_secret("azure").with_spec(suspend=True))
    outcome = await twins.look()

    assert twins.status == before
    assert {call.port for call in twins.board.calls[calls:]} == {"cluster.read"}
    assert outcome.delay >= TIMING.resync * 0.9


async def test_a_registry_that_begins_suspended_says_so_once() -> None:
    twins = Twins(ONE.with_spec(suspend=True))

    await twins.settle()

    assert twins.ready == ("Unknown", "Suspended")
    assert twins.status["observedGeneration"] == 1
    assert twins.cloud.writes == []
    await twins.nothing_is_written()
    twins.edit(ONE)
    await twins.settle()
    assert twins.ready == ("True", "Succeeded")


async def test_observe_only_plans_and_touches_nothing() -> None:
    twins = Twins(ONE.with_spec(managementPolicy="ObserveOnly"))

    await twins.settle()

    assert twins.ready == ("False", "PlanPending")
    assert [entry["action"] for entry in twins.status["plan"]] == [
        "CreateStorageAccount",
        "CreateContainerRegistry",
    ]
    assert all(entry["target"].startswith(GROUP.id) for entry in twins.status["plan"])
    assert twins.cloud.writes == []
    await twins.nothing_is_written()
    twins.edit(ONE)
    await twins.settle()
    twins.edit(ONE.with_spec(managementPolicy="ObserveOnly"))
    await twins.settle()
    assert twins.ready == ("True", "ObserveOnly")


async def test_observe_only_never_says_that_it_goes_on_when_a_person_has_to_act() -> None:
    twins = Twins(a_registry().in_regions("eastus", "westus"))
    await twins.settle()
    account = account_in(twins, "eastus")
    twins.cloud.drift(account, tags={})
    twins.cloud.remove(account_in(twins, "westus"))

    twins.edit(a_registry().in_regions("eastus", "westus").with_spec(managementPolicy="ObserveOnly"))
    await twins.passes(2)

    assert twins.ready == ("False", "NotOwned")
    assert twins.condition("Stalled") is not None


SECRET = {"AZURE_TENANT_ID": b"tenant", "AZURE_CLIENT_ID": b"client", "AZURE_CLIENT_SECRET": b"hush-hush"}


@pytest.mark.promise(13)
async def test_a_missing_secret_is_told_and_its_arrival_is_noticed() -> None:
    twins = Twins(ONE.with_secret("azure"))
    outcome = await twins.look()

    assert twins.ready == ("False", "CredentialsUnavailable")
    assert outcome.delay == TIMING.patience.slow
    twins.cluster.secrets[ObjectKey("default", "azure")] = SECRET
    await twins.settle()
    assert twins.ready == ("True", "Succeeded")
    assert isinstance(twins.clouds.identities[-1], SecretIdentity)
    assert "hush-hush" not in f"{twins.status}{twins.cluster.events}{twins.clouds.identities}"


async def test_without_credentials_the_operators_own_identity_is_used() -> None:
    twins = Twins(ONE)

    await twins.look()

    assert twins.clouds.identities == [OwnIdentity()]


@pytest.mark.parametrize(
    ("damage", "reason", "because"),
    [
        ({"location": None}, "InvalidSpec", "a field that must be there is not"),
        ({"replicationLocations": []}, "InvalidSpec", "no region at all"),
    ],
)
@pytest.mark.promise(13)
async def test_a_spec_that_cannot_be_done_stalls_and_touches_nothing(
    damage: dict[str, Any], reason: str, because: str
) -> None:
    twins = Twins(ONE.with_spec(**damage))

    outcome = await twins.look()

    assert twins.ready == ("False", reason), because
    assert twins.condition("Stalled") is not None
    assert twins.cloud.writes == []
    assert outcome.delay >= TIMING.patience.slow


async def test_nothing_is_made_before_the_finalizer_holds_the_object() -> None:
    twins = Twins(ONE)
    twins.body["metadata"]["finalizers"] = []

    outcome = await twins.look()

    assert twins.cloud.writes == []
    assert twins.status == {}
    assert outcome.delay == TIMING.poll


async def test_an_object_that_is_gone_is_left_in_peace() -> None:
    twins = Twins(ONE)
    del twins.cluster.objects[twins.key]

    for one_pass in (reconcile_registry, delete_registry):
        assert (await one_pass(twins.key, twins.memory, twins.world, twins.content)).gone
    assert twins.cloud.writes == []


async def test_a_label_that_changes_while_a_pass_runs_costs_it_nothing() -> None:
    twins = Twins(ONE)
    touched = Fault(lambda call: _touch(twins, call.port), times=1)
    twins.board.faults.append(touched)

    await twins.look()

    assert twins.status["observedGeneration"] == 1
    assert len(twins.cluster.status_writes) == 1


def _touch(twins: Twins, port: str) -> bool:
    """Changes a label just before the status is written, and disturbs nothing."""
    if port == "cluster.write_status" and "labels" not in twins.body["metadata"]:
        twins.cluster.label(twins.key)
    return False


async def test_an_edit_while_a_pass_runs_is_never_answered_with_the_old_spec() -> None:
    twins = Twins(ONE)

    def edit(port: str) -> bool:
        if port == "cluster.write_status" and twins.body["metadata"]["generation"] == 1:
            twins.edit(ONE.with_tags(team="fares"))
        return False

    twins.board.faults.append(Fault(lambda call: edit(call.port)))
    await twins.look()
    assert twins.status == {}, "nothing is said of a generation that is not the present one"

    await twins.settle()
    assert twins.status["observedGeneration"] == 2
    assert max(twins.cloud.created.values()) == 1


async def test_a_request_to_look_now_is_answered_in_the_status() -> None:
    twins = Twins(ONE)
    await twins.settle()
    twins.edit(ONE.annotated(reconcile_at="now"))

    await twins.settle()

    assert twins.status["lastHandledReconcileAt"] == "now"
    await twins.nothing_is_written()


@pytest.mark.parametrize(
    ("asked", "least", "most", "because"),
    [
        ("10m", 540, 660, "what was asked for, give or take"),
        ("1s", 54, 66, "not more often than the setting allows"),
        ("soon", 3240, 3960, "what cannot be read is ignored"),
    ],
)
async def test_a_settled_registry_is_looked_at_when_its_annotation_says(
    asked: str, least: float, most: float, because: str
) -> None:
    twins = Twins(ONE.annotated(resync_interval=asked))
    twins.cloud.lro_seconds = 0
    outcome = await twins.passes(4)

    assert least <= outcome.delay <= most, because


async def test_a_container_registry_that_is_removed_by_hand_leaves_no_trace_in_the_status() -> None:
    """A merge patch that takes a nested field away has to say so, or it would be written for ever."""
    twins = Twins(ONE)
    await twins.settle()
    assert "loginServer" in twins.status["containerRegistry"]
    twins.cloud.remove(registry_id(twins))
    twins.board.faults.append(
        Fault(lambda call: call.port == "cloud.CreateContainerRegistry", times=99, code="ScopeLocked")
    )
    await twins.passes(3)
    written = len(twins.cluster.status_writes)

    await twins.passes(3)

    assert "loginServer" not in twins.status["containerRegistry"]
    assert len(twins.cluster.status_writes) == written


async def test_events_tell_what_happened_and_never_that_all_is_as_it_was() -> None:
    twins = Twins(a_registry().in_regions("eastus", "westus"))
    await twins.settle()
    reasons = [note.reason for note in twins.cluster.events]

    assert reasons.count("CreateStorageAccount") == 2
    assert reasons.count("RegionReady") == 2
    assert reasons.count("Succeeded") == 1
    assert all(len(note.note) <= 1024 for note in twins.cluster.events)


LOCATIONS = ("eastus", "westus", "eastus2")


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[str, ...]]:
    """Sets of replica regions that a registry goes through, the primary always among them."""
    replicas = st.lists(st.sampled_from(LOCATIONS[1:]), unique=True, max_size=2)
    return [("eastus", *draw(replicas)) for _ in range(draw(st.integers(1, 3)))]


@given(
    history=histories(),
    doomed=st.sets(st.sampled_from(["failed", "foreign-tag", "drift", "gone"]), max_size=2),
    victim=st.integers(0, 9),
    policy=st.sampled_from(["Retain", "Delete"]),
    impatient=st.integers(1, 12),
)
@settings(max_examples=60, deadline=None)
@pytest.mark.promise(1)
@pytest.mark.promise(2)
def test_from_any_state_finitely_many_passes_lead_to_rest(
    history: list[tuple[str, ...]], doomed: set[str], victim: int, policy: str, impatient: int
) -> None:
    asyncio.run(_through(history, doomed, victim, policy, impatient))


async def _through(
    history: list[tuple[str, ...]], doomed: set[str], victim: int, policy: str, impatient: int
) -> None:
    """Edits come before the one before has settled; resources are damaged; then it must come to rest."""
    base = a_registry().with_spec(regionRemovalPolicy=policy)
    twins = Twins(base.in_regions(*history[0]))
    for regions in history:
        twins.edit(base.in_regions(*regions))
        await twins.passes(impatient)
    targets = sorted(target for target, one in twins.cloud.resources().items() if one.tags)
    if targets:
        _damage(twins, targets[victim % len(targets)], doomed)
    twins.edit(base.in_regions(*history[-1]).with_tags(last="edit"))
    await twins.settle()

    assert twins.ready == ("True", "Succeeded")
    assert {row["location"] for row in twins.status["regions"]} == set(history[-1])
    replications = {one.location for target, one in twins.cloud.resources().items() if "replic" in target}
    assert replications - {"eastus"} == set(history[-1]) - {"eastus"}
    await twins.nothing_is_written()


def _damage(twins: Twins, target: ArmId, how: set[str]) -> None:
    seen = twins.cloud.resources()[target]
    moving = seen.provisioning_state != "Succeeded"
    if "failed" in how and "replications" in target and not moving:
        twins.cloud.drift(target, provisioning_state="Failed")
    if "foreign-tag" in how:
        twins.cloud.drift(target, tags={**seen.tags, "theirs": "1"})
    if "drift" in how and "storageAccounts" in target:
        twins.cloud.drift(target, allow_blob_public_access=True, public_network_access="Disabled")
    if "gone" in how and not moving:
        twins.cloud.remove(target)


def test_the_twin_merges_patches_as_the_rfc_says() -> None:
    """The example of RFC 7396, section 3."""
    target = {"title": "Goodbye!", "author": {"givenName": "John", "familyName": "Doe"}, "tags": ["a"]}
    patch = {"title": "Hello!", "phone": "+1", "author": {"familyName": None}, "tags": ["b"]}

    assert merge_patch(target, patch) == {
        "title": "Hello!",
        "author": {"givenName": "John"},
        "tags": ["b"],
        "phone": "+1",
    }
