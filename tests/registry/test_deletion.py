"""Deleting a registry: `Retain` keeps all in Azure, `Delete` takes all in order, and it always can end."""

import random
import time
from collections import Counter
from collections.abc import Callable

import pytest
from support.clouds import ACCOUNTS, GROUP, REGISTRIES, REPLICATIONS, MockCloud
from support.clusters import Cluster, Ref, condition
from support.events import Told
from support.manifests import Manifest, RegistryBuilder, a_registry
from support.watches import History

from hack.world.operators import OperatorProcess

CRASHES = 4
DELETIONS = 12
OLD_LOOP_SECONDS = 2.5  # a deletion looks at its object at least so often
PROMPT_SECONDS = 3.0


@pytest.fixture
def registry(cluster: Cluster, operator: OperatorProcess) -> RegistryBuilder:
    """A registry in three regions that is ready, and that takes its data along when it is deleted."""
    assert operator.runs
    builder = a_registry().in_regions("eastus", "eastus2", "westus").deleted_with_its_data()
    cluster.apply(builder)
    cluster.ready(builder)
    return builder


def owned(cloud: MockCloud) -> list[str]:
    """The ids of everything that a registry is made of."""
    return [one["id"] for kind in (ACCOUNTS, REGISTRIES, REPLICATIONS) for one in cloud.resources(kind)]


def deletions(cloud: MockCloud, since: int) -> list[str]:
    """What was asked to be deleted, in order, by kind and name."""
    asked = [entry["path"] for entry in cloud.arm_writes(since) if entry["method"] == "DELETE"]
    return [path.rpartition("/providers/")[2].split("/", 1)[-1] for path in asked]


@pytest.mark.promise(8)
def test_retain_leaves_everything_in_azure_and_an_event_says_what(
    cluster: Cluster, cloud: MockCloud, registry: RegistryBuilder, told: Told
) -> None:
    cluster.apply(registry.with_spec(deletionPolicy=None))
    ready = cluster.ready(registry)
    there = owned(cloud)

    with cloud.silence(because="Retain leaves Azure alone"):
        cluster.delete(registry)
        cluster.gone(registry, because="nothing has to be done first")

    assert owned(cloud) == there
    said = told(registry, "Retained")
    left = [row["storageAccount"]["id"] for row in ready["status"]["regions"]]
    for resource in (*left, ready["status"]["containerRegistry"]["id"]):
        assert resource in said


@pytest.mark.promise(13)
def test_retain_names_everything_however_much_it_is(
    cluster: Cluster, cloud: MockCloud, operator: OperatorProcess, told: Told
) -> None:
    assert operator.runs
    wide = a_registry().in_regions(
        "eastus", "eastus2", "westus", "westus2", "westus3", "centralus", "northeurope", "westeurope"
    )
    cluster.apply(wide)
    cluster.ready(wide)

    cluster.delete(wide)
    cluster.gone(wide, because="nothing has to be done first")

    said = told(wide, "Retained")
    for account in cloud.accounts().values():
        assert account["id"] in said


@pytest.mark.promise(13)
def test_retain_does_not_claim_to_have_left_what_never_was(
    cluster: Cluster, cloud: MockCloud, operator: OperatorProcess, told: Told
) -> None:
    assert operator.runs
    cloud.delete_resource(GROUP)
    registry = a_registry()
    cluster.apply(registry)
    cluster.wait(
        registry,
        lambda seen: condition(seen, "Ready").get("reason") == "ResourceGroupNotFound",
        because="a registry without a group is told so",
    )

    cluster.delete(registry)
    cluster.gone(registry, because="there is nothing to leave")

    assert GROUP not in told(registry, "Retained")


@pytest.mark.promise(10)
def test_delete_takes_replications_then_the_registry_then_the_accounts(
    cluster: Cluster, cloud: MockCloud, registry: RegistryBuilder, history: History
) -> None:
    before = cloud.last_request()
    cloud.settings(lroSeconds=1)

    cluster.delete(registry)
    cluster.gone(registry, because="everything of it can be deleted")

    assert owned(cloud) == [], "the object goes only when all of it is gone"
    assert cloud.resource(GROUP) is not None, "a group that we did not make is not ours to delete"
    kinds = [
        "/replications/" if "/replications/" in one else one.split("/")[0] for one in deletions(cloud, before)
    ]
    assert kinds == ["/replications/"] * 2 + ["registries"] + ["storageAccounts"] * 3
    deleting = [one for one in history.versions(registry) if one["metadata"].get("deletionTimestamp")]
    assert any(condition(one, "Reconciling").get("reason") == "Deleting" for one in deleting)
    assert {row["state"] for row in deleting[-1]["status"]["regions"]} == {"Draining"}


@pytest.mark.promise(4)
def test_a_registry_that_is_deleted_while_it_is_made_leaves_nothing(
    cluster: Cluster, cloud: MockCloud, operator: OperatorProcess
) -> None:
    assert operator.runs
    cloud.settings(lroSeconds=1.5)
    registry = a_registry().in_regions("eastus", "westus").deleted_with_its_data()
    cluster.apply(registry)
    cluster.wait(
        registry, lambda seen: "operations" in seen.get("status", {}), because="creation begins at once"
    )

    cluster.delete(registry)
    cluster.gone(registry, because="what is half made can be deleted")

    assert owned(cloud) == []


@pytest.mark.promise(8)
def test_a_group_that_we_made_goes_with_the_registry_when_it_is_empty(
    cluster: Cluster, cloud: MockCloud, operator: OperatorProcess
) -> None:
    assert operator.runs
    cloud.delete_resource(GROUP)
    registry = a_registry().in_azure(createResourceGroup=True).deleted_with_its_data()
    cluster.apply(registry)
    cluster.ready(registry)

    cluster.delete(registry)
    cluster.gone(registry, because="everything of it can be deleted")

    assert cloud.resource(GROUP) is None


@pytest.mark.promise(8)
@pytest.mark.parametrize("whose", ["somebody else's account in it", "somebody else's group"])
def test_a_group_stays_when_it_is_not_empty_or_not_ours(
    cluster: Cluster, cloud: MockCloud, operator: OperatorProcess, whose: str
) -> None:
    assert operator.runs
    theirs = f"{GROUP}/providers/{ACCOUNTS}/somebodyelse"
    if whose == "somebody else's account in it":
        cloud.delete_resource(GROUP)
    registry = a_registry().in_azure(createResourceGroup=True).deleted_with_its_data()
    cluster.apply(registry)
    cluster.ready(registry)
    if whose == "somebody else's account in it":
        cloud.put_resource(theirs, {"location": "eastus"})

    cluster.delete(registry)
    cluster.gone(registry, because="somebody else's resources do not hold it")

    assert cloud.resource(GROUP) is not None
    assert set(owned(cloud)) <= {theirs}


def everything_removed_by_hand(cloud: MockCloud) -> None:
    for resource in owned(cloud):
        if cloud.resource(resource):  # a replication goes with its registry
            cloud.delete_resource(resource)


def group_removed_by_hand(cloud: MockCloud) -> None:
    cloud.delete_resource(GROUP)


def registry_removed_by_hand(cloud: MockCloud) -> None:
    cloud.delete_resource(cloud.registries()[0]["id"])


@pytest.mark.promise(10)
@pytest.mark.parametrize(
    "removal", [everything_removed_by_hand, group_removed_by_hand, registry_removed_by_hand]
)
def test_deletion_ends_whatever_was_removed_by_hand_before(
    cluster: Cluster,
    cloud: MockCloud,
    registry: RegistryBuilder,
    removal: Callable[[MockCloud], None],
) -> None:
    removal(cloud)

    cluster.delete(registry)
    cluster.gone(registry, because="what is not there need not be deleted")

    assert owned(cloud) == []


@pytest.mark.promise(10)
@pytest.mark.parametrize("policy", ["Retain", "Delete"])
def test_a_deletion_while_the_operator_is_down_is_done_when_it_is_back(
    cluster: Cluster, cloud: MockCloud, operator: OperatorProcess, registry: RegistryBuilder, policy: str
) -> None:
    cluster.apply(registry.with_spec(deletionPolicy=policy))
    cluster.ready(registry)
    operator.stop()
    cluster.delete(registry)
    assert cluster.find(registry) is not None, "the finalizer holds it"

    operator.start()
    cluster.gone(registry, because="the operator is back")

    assert bool(owned(cloud)) is (policy == "Retain")


@pytest.mark.promise(10)
def test_a_namespace_can_be_deleted_with_a_registry_in_it(
    cluster: Cluster, cloud: MockCloud, operator: OperatorProcess
) -> None:
    assert operator.runs
    namespace = cluster.namespace()
    registry = a_registry().in_namespace(namespace).deleted_with_its_data()
    cluster.apply(registry)
    cluster.ready(registry)

    cluster.delete(Ref("Namespace", namespace))
    cluster.gone(Ref("Namespace", namespace), because="nothing in it is held for ever", seconds=60)

    assert owned(cloud) == []


@pytest.mark.promise(9)
def test_force_detach_leaves_everything_and_asks_nobody(
    cluster: Cluster, cloud: MockCloud, registry: RegistryBuilder, told: Told
) -> None:
    there = owned(cloud)
    cloud.fault(method="DELETE", status=403, errorCode="AuthorizationFailed", times=None)
    cluster.delete(registry)
    cluster.wait(
        registry,
        lambda seen: "AuthorizationFailed" in condition(seen, "Stalled").get("message", ""),
        because="a deletion that Azure refuses says so",
    )

    cluster.annotate(registry, force_detach="true")
    cluster.gone(registry, because="force-detach waits for nobody")

    assert owned(cloud) == there
    assert there[0] in told(registry, "Retained")


@pytest.mark.promise(10)
def test_a_suspended_registry_waits_with_its_deletion_and_says_so(
    cluster: Cluster, cloud: MockCloud, registry: RegistryBuilder, told: Told
) -> None:
    cluster.apply(registry.with_spec(suspend=True))
    frozen = cluster.get(registry)["status"]

    with cloud.silence(because="a suspended registry is left alone"):
        cluster.delete(registry)
        cluster.wait(
            registry,
            lambda _: told(registry, "Suspended"),
            because="the user is told what it waits for",
        )
    assert cluster.get(registry)["status"] == frozen

    cluster.patch(registry, {"spec": {"suspend": False}})
    cluster.gone(registry, because="it is not suspended any more")
    assert owned(cloud) == []


@pytest.mark.promise(10)
def test_a_suspended_registry_that_retains_goes_at_once(
    cluster: Cluster, cloud: MockCloud, registry: RegistryBuilder
) -> None:
    there = owned(cloud)
    cluster.apply(registry.with_spec(suspend=True, deletionPolicy="Retain"))

    cluster.delete(registry)
    cluster.gone(registry, because="there is nothing to wait for")

    assert owned(cloud) == there


@pytest.mark.promise(8)
def test_what_only_observes_never_deletes(
    cluster: Cluster, cloud: MockCloud, registry: RegistryBuilder
) -> None:
    cluster.apply(registry.with_spec(managementPolicy="ObserveOnly"))
    cluster.ready(registry)
    there = owned(cloud)

    with cloud.silence(because="ObserveOnly touches nothing"):
        cluster.delete(registry)
        cluster.gone(registry, because="there is nothing to do")

    assert owned(cloud) == there


@pytest.mark.promise(8)
def test_what_lost_our_tag_is_left_alone(
    cluster: Cluster, cloud: MockCloud, registry: RegistryBuilder
) -> None:
    account = cloud.accounts()["westus"]["id"]
    cloud.patch_resource(account, {"tags": {"mlregistry-owner": None}})

    cluster.delete(registry)
    cluster.gone(registry, because="a stranger's account does not hold it")

    assert owned(cloud) == [account]


@pytest.mark.promise(4)
def test_crashes_during_a_deletion_leave_nothing_behind(
    cluster: Cluster,
    cloud: MockCloud,
    operator: OperatorProcess,
    registry: RegistryBuilder,
    moments: random.Random,
) -> None:
    cloud.settings(lroSeconds=2)
    before = cloud.last_request()
    cluster.delete(registry)

    for _ in range(CRASHES):
        operator.start(wait=False)
        time.sleep(moments.uniform(0.0, 2.5))
        operator.kill()
    operator.start()
    cluster.gone(registry, because="the last operator is left alone")

    assert owned(cloud) == []
    asked = Counter(deletions(cloud, before))
    assert set(asked.values()) == {1}, "what is being deleted shows it, and what is deleted is not there"


@pytest.mark.promise(13)
def test_a_deletion_that_azure_refuses_says_why_and_goes_on_when_it_may(
    cluster: Cluster, cloud: MockCloud, registry: RegistryBuilder
) -> None:
    account = cloud.accounts()["westus"]
    cloud.settings(locks=[account["id"]])

    cluster.delete(registry)
    held: Manifest = cluster.wait(
        registry,
        lambda seen: condition(seen, "Stalled").get("reason") == "Locked",
        because="a lock needs a person",
    )
    message = condition(held, "Stalled")["message"]
    assert account["name"] in message
    assert "ScopeLocked" in message
    assert "Remove the lock" in message

    cloud.settings(locks=[])
    cluster.gone(registry, because="the lock is gone, and the next try finds it so")
    assert owned(cloud) == []


@pytest.mark.promise(8)
def test_a_new_object_is_not_taken_for_the_one_that_had_its_name(
    cluster: Cluster, cloud: MockCloud, registry: RegistryBuilder
) -> None:
    """Somebody loses patience with a deletion, takes the finalizer away and declares the registry again."""
    cloud.fault(method="DELETE", status=403, errorCode="AuthorizationFailed", times=None)
    cluster.delete(registry)
    cluster.wait(registry, lambda seen: condition(seen, "Stalled"), because="the deletion is refused")
    cluster.patch(registry, {"metadata": {"finalizers": None}})
    cluster.gone(registry, because="nothing holds it any more")
    cloud.clear_faults()

    with cloud.silence(because="the new one finds everything as it declares it"):
        cluster.apply(registry)
        cluster.ready(registry)
        looked = time.monotonic() + OLD_LOOP_SECONDS
        cluster.wait(registry, lambda _: time.monotonic() > looked, because="the old loop would look again")


@pytest.mark.promise(17)
def test_however_many_deletions_wait_they_hold_up_nobody_else(
    cluster: Cluster, operator: OperatorProcess
) -> None:
    """A deletion that waits holds a worker of the watch for as long as it takes: there must be no limit."""
    assert operator.runs
    waiting = [
        a_registry(f"waiting-{number}").deleted_with_its_data().with_spec(suspend=True)
        for number in range(DELETIONS)
    ]
    for one in waiting:
        cluster.create(one.manifest())
    for one in waiting:
        cluster.wait(one, lambda seen: seen["metadata"].get("finalizers"), because="the operator has seen it")
        cluster.delete(one)

    other = a_registry("other")
    cluster.apply(other)
    cluster.ready(other)

    for one in waiting:
        assert cluster.find(one), "each has waited all the time"
        cluster.patch(one, {"spec": {"suspend": False}})
    for one in waiting:
        cluster.gone(one, because="it is not suspended any more")


@pytest.mark.promise(10)
def test_objects_that_went_without_a_word_do_not_hold_up_the_operators_end(
    cluster: Cluster, operator: OperatorProcess, registry: RegistryBuilder
) -> None:
    operator.restart()
    cluster.look_now(registry)
    cluster.patch(registry, {"metadata": {"finalizers": None}})
    cluster.delete(registry)
    cluster.gone(registry, because="its finalizer may have been put back, and is let go then")

    assert operator.stop(grace=PROMPT_SECONDS)
