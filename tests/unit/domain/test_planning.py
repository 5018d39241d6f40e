"""How everything stands, and the steps that follow."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
from support.manifests import a_registry
from support.scenes import Scene, absent, settled
from support.worlds import refusal

from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.domain import arm
from mlregistry_operator.domain.arm import ArmId
from mlregistry_operator.domain.failures import Severity
from mlregistry_operator.domain.plan import ActionKind, Activity, Assessment, Standing
from mlregistry_operator.domain.planning import plan_registry
from mlregistry_operator.domain.resources import (
    Observed,
    ObservedContainerRegistry,
    OperationPhase,
    OperationState,
)

TWO = a_registry().in_regions("eastus", "westus")
STRANGER = {"mlregistry-owner": "another/cluster/registry"}
RUNNING = OperationState(OperationPhase.RUNNING)


def westus(scene: Scene) -> Assessment:
    return scene.plan().accounts["westus"]


def registry(scene: Scene) -> Assessment:
    return scene.plan().container_registry


def replica(scene: Scene) -> Assessment:
    return scene.plan().replications["westus"]


def registry_seen(scene: Scene, **fields: object) -> Scene:
    assert isinstance(scene.container_registry, ObservedContainerRegistry)
    return scene.but(container_registry=replace(scene.container_registry, **fields))  # type: ignore[arg-type]  # by name


def replica_seen(scene: Scene, **fields: object) -> Scene:
    seen = replace(scene.replication("westus"), **fields)  # type: ignore[arg-type]  # fields by name
    return scene.with_replication("westus", seen)


@dataclass(frozen=True, slots=True)
class Case:
    """A scene, the resource that it is about, and how that stands."""

    because: str
    scene: Scene
    of: Callable[[Scene], Assessment]
    standing: Standing
    action: ActionKind | None = None
    reason: Reason | None = None
    waits: bool = False


SETTLED, ABSENT = settled(TWO), absent(TWO)
ACCOUNT, REPLICA = SETTLED.account("westus").id, SETTLED.replication("westus").id
UNREAD = refusal(ACCOUNT, "ServiceUnavailable", 503)
CASES = [
    Case("an account as declared", SETTLED, westus, Standing.SETTLED),
    Case("a registry as declared", SETTLED, registry, Standing.SETTLED),
    Case("a replication as declared", SETTLED, replica, Standing.SETTLED),
    Case("no account", ABSENT, westus, Standing.ABSENT, ActionKind.CREATE_STORAGE_ACCOUNT),
    Case("no registry", ABSENT, registry, Standing.ABSENT, ActionKind.CREATE_CONTAINER_REGISTRY),
    Case(
        "no replication, nor a registry to replicate",
        ABSENT,
        replica,
        Standing.ABSENT,
        ActionKind.CREATE_REPLICATION,
        waits=True,
    ),
    Case(
        "no replication of a registry that is there",
        SETTLED.with_replication("westus", None),
        replica,
        Standing.ABSENT,
        ActionKind.CREATE_REPLICATION,
    ),
    Case(
        "an account that drifted",
        SETTLED.with_drift("westus", minimum_tls_version="TLS1_0"),
        westus,
        Standing.DIFFERS,
        ActionKind.UPDATE_STORAGE_ACCOUNT,
    ),
    Case(
        "a registry that drifted",
        registry_seen(SETTLED, admin_user_enabled=True),
        registry,
        Standing.DIFFERS,
        ActionKind.UPDATE_CONTAINER_REGISTRY,
    ),
    Case(
        "a replication that lost a tag",
        replica_seen(SETTLED, tags={"mlregistry-owner": SETTLED.owner.tag}),
        replica,
        Standing.DIFFERS,
        ActionKind.UPDATE_REPLICATION,
    ),
    Case(
        "an account being made",
        SETTLED.with_drift("westus", provisioning_state="ResolvingDns"),
        westus,
        Standing.IN_PROGRESS,
    ),
    Case(
        "a registry being changed",
        registry_seen(SETTLED, provisioning_state="Updating"),
        registry,
        Standing.IN_PROGRESS,
    ),
    Case(
        "a replication being made",
        replica_seen(SETTLED, provisioning_state="Creating"),
        replica,
        Standing.IN_PROGRESS,
    ),
    Case(
        "a replication whose registry is being changed waits, whatever it needs",
        replica_seen(
            registry_seen(SETTLED, provisioning_state="Updating"),
            tags={"mlregistry-owner": SETTLED.owner.tag},
        ),
        replica,
        Standing.DIFFERS,
        ActionKind.UPDATE_REPLICATION,
        waits=True,
    ),
    Case(
        "an account whose creation has no answer",
        ABSENT.but(activity=Activity({}, frozenset({ACCOUNT}))),
        westus,
        Standing.IN_PROGRESS,
    ),
    Case(
        "an account whose creation runs and does not show",
        ABSENT.but(activity=Activity({ACCOUNT: RUNNING})),
        westus,
        Standing.IN_PROGRESS,
    ),
    Case(
        "a drifted account with an operation under way",
        SETTLED.with_drift("westus", sku="Standard_GRS").but(activity=Activity({ACCOUNT: RUNNING})),
        westus,
        Standing.IN_PROGRESS,
    ),
    Case(
        "a replication with an operation under way",
        SETTLED.but(activity=Activity({REPLICA: RUNNING})),
        replica,
        Standing.IN_PROGRESS,
    ),
    Case(
        "an operation that is over holds nothing",
        SETTLED.but(activity=Activity({ACCOUNT: OperationState(OperationPhase.SUCCEEDED)})),
        westus,
        Standing.SETTLED,
    ),
    Case(
        "a failed account",
        SETTLED.with_drift("westus", provisioning_state="Failed"),
        westus,
        Standing.BROKEN,
        ActionKind.CREATE_STORAGE_ACCOUNT,
        Reason.CREATION_FAILED,
    ),
    Case(
        "a failed registry",
        registry_seen(SETTLED, provisioning_state="Canceled"),
        registry,
        Standing.BROKEN,
        ActionKind.CREATE_CONTAINER_REGISTRY,
        Reason.CREATION_FAILED,
    ),
    Case(
        "a failed replication has to go first",
        replica_seen(SETTLED, provisioning_state="Failed"),
        replica,
        Standing.BROKEN,
        ActionKind.DELETE_REPLICATION,
        Reason.CREATION_FAILED,
    ),
    Case(
        "a stranger's account",
        SETTLED.with_drift("westus", tags=STRANGER, sku="Standard_GRS"),
        westus,
        Standing.REFUSED,
        reason=Reason.NOT_OWNED,
    ),
    Case(
        "a stranger's registry",
        registry_seen(SETTLED, tags={}),
        registry,
        Standing.REFUSED,
        reason=Reason.NOT_OWNED,
    ),
    Case(
        "a stranger's failed replication is not ours to delete",
        replica_seen(SETTLED, tags={}, provisioning_state="Failed"),
        replica,
        Standing.REFUSED,
        reason=Reason.NOT_OWNED,
    ),
    Case(
        "what Azure cannot change",
        SETTLED.with_drift("westus", hns=True),
        westus,
        Standing.REFUSED,
        reason=Reason.IMMUTABLE_IN_AZURE,
    ),
    Case(
        "an account that could not be read",
        ABSENT.with_account("westus", UNREAD),
        westus,
        Standing.UNSEEN,
        reason=Reason.AZURE_UNAVAILABLE,
    ),
    Case(
        "a registry that could not be read",
        SETTLED.but(container_registry=UNREAD),
        registry,
        Standing.UNSEEN,
        reason=Reason.AZURE_UNAVAILABLE,
    ),
    Case(
        "replications that could not be listed",
        SETTLED.but(replications=UNREAD),
        replica,
        Standing.UNSEEN,
        reason=Reason.AZURE_UNAVAILABLE,
    ),
    Case(
        "a registry whose replications could not be listed is not known to be settled",
        SETTLED.but(replications=UNREAD),
        registry,
        Standing.UNSEEN,
        reason=Reason.AZURE_UNAVAILABLE,
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.because)
def test_each_resource_stands_as_the_table_says(case: Case) -> None:
    found = case.of(case.scene)

    assert found.standing is case.standing, case.because
    assert (found.action.kind if found.action else None) == case.action
    assert (found.failure.reason if found.failure else None) == case.reason
    assert bool(found.action and found.action.waits_for) == case.waits
    if found.action:
        assert found.action.target == found.target
        assert found.action.reason.endswith(".")


def test_the_table_shows_every_standing() -> None:
    assert {case.standing for case in CASES} == set(Standing)


@pytest.mark.promise(1)
def test_what_is_settled_needs_no_step() -> None:
    assert SETTLED.plan().settled()
    assert SETTLED.plan().actions() == ()


@pytest.mark.promise(8)
def test_a_stranger_is_named_with_the_way_to_take_it_over() -> None:
    failure = westus(SETTLED.with_drift("westus", tags=STRANGER)).failure

    assert failure is not None
    assert failure.severity is Severity.SLOW_RETRY
    assert f'mlregistry.io/adopt: "{ACCOUNT}"' in failure.remedy


def test_an_account_under_the_second_name_is_ours_by_its_tag() -> None:
    first, second = SETTLED.desired.accounts["westus"].names[:2]
    target = SETTLED.desired.group.storage_account(second)
    moved = replace(SETTLED.account("westus"), id=target, name=second)
    observed = SETTLED.observed()
    for at_first in (None, replace(SETTLED.account("westus"), tags=STRANGER)):
        sighting = {first: at_first, second: moved}
        scene = replace(observed, accounts={**observed.accounts, "westus": sighting})
        plan = _plan(SETTLED, scene)
        assert (plan.standing, plan.target) == (Standing.SETTLED, target)


def test_while_one_name_could_not_be_read_no_account_is_made() -> None:
    """It might be ours: a second account of the region would be made beside it."""
    first, second = ABSENT.desired.accounts["westus"].names[:2]
    observed = ABSENT.observed()
    scene = replace(observed, accounts={**observed.accounts, "westus": {first: None, second: UNREAD}})

    assert _plan(ABSENT, scene).standing is Standing.UNSEEN


def _plan(scene: Scene, observed: Observed) -> Assessment:
    policy = scene.registry.spec.region_removal_policy
    plan = plan_registry(scene.desired, observed, Activity(), owner=scene.owner, region_removal=policy)
    return plan.accounts["westus"]


@pytest.mark.promise(13)
def test_without_a_group_everything_waits_for_it() -> None:
    made = absent(TWO.in_azure(createResourceGroup=True)).but(group_missing=True).plan()
    refused = ABSENT.but(group_missing=True).plan()

    assert made.group is not None
    assert made.group.action is not None
    assert made.group.action.kind is ActionKind.CREATE_RESOURCE_GROUP
    assert made.group.action.waits_for is None
    assert refused.group is not None
    assert refused.group.action is None
    assert refused.group.failure is not None
    assert refused.group.failure.reason is Reason.RESOURCE_GROUP_NOT_FOUND
    for plan in (made, refused):
        rest = [action for action in plan.actions() if action.kind is not ActionKind.CREATE_RESOURCE_GROUP]
        assert len(rest) == 4
        assert all(action.waits_for for action in rest)


def test_a_group_being_made_is_not_made_again() -> None:
    scene = absent(TWO.in_azure(createResourceGroup=True)).but(group_missing=True)
    plan = scene.but(activity=Activity({}, frozenset({scene.desired.group.id}))).plan()

    assert plan.group is not None
    assert (plan.group.standing, plan.group.action) == (Standing.IN_PROGRESS, None)


@pytest.mark.promise(7)
def test_an_account_left_behind_with_other_settings_says_so() -> None:
    scene = SETTLED.with_drift("westus", hns=True)
    found = scene.plan(retained=frozenset({ACCOUNT.casefold()})).accounts["westus"]

    assert found.failure is not None
    assert found.failure.reason is Reason.RETAINED_ACCOUNT_DIFFERS


def leaving(policy: str, **changes: object) -> Scene:
    """Of two regions eastus is all that is still declared, and everything of westus is still there."""
    one = settled(a_registry().with_spec(regionRemovalPolicy=policy))
    scene = one.but(
        accounts={**one.accounts, "westus": SETTLED.account("westus")}, replications=SETTLED.replications
    )
    return scene.but(**changes)


@pytest.mark.promise(9)
def test_a_region_that_leaves_loses_its_replication_and_keeps_its_account() -> None:
    (departure,) = leaving("Retain").plan().departures.values()

    assert departure.replication is not None
    assert departure.replication.action is not None
    assert departure.replication.action.kind is ActionKind.DELETE_REPLICATION
    assert departure.account is None
    assert departure.retained == SETTLED.account("westus")


@pytest.mark.promise(9)
def test_with_delete_the_account_goes_after_the_replication() -> None:
    scene = leaving("Delete")
    (departure,) = scene.plan().departures.values()
    (later,) = scene.with_replication("westus", None).plan().departures.values()

    assert departure.account is not None
    assert departure.account.action is not None
    assert departure.account.action.kind is ActionKind.DELETE_STORAGE_ACCOUNT
    assert departure.account.action.waits_for
    assert later.replication is None
    assert later.account is not None
    assert later.account.action is not None
    assert later.account.action.waits_for is None


@pytest.mark.promise(9)
def test_while_the_list_cannot_be_read_no_leaving_account_is_deleted() -> None:
    plan = leaving("Delete").but(replications=UNREAD).plan()

    assert not [action for action in plan.actions() if action.waits_for is None]
    assert not plan.settled()


@pytest.mark.promise(9)
@pytest.mark.parametrize("policy", ["Retain", "Delete"])
def test_a_leaving_account_that_cannot_be_read_holds_its_region(policy: str) -> None:
    """It may have the only copy: until it tells, the region keeps its images too."""
    scene = leaving(policy)
    plan = scene.but(accounts={**scene.accounts, "westus": UNREAD}).plan()

    (departure,) = plan.departures.values()
    assert departure.account is not None
    assert departure.account.standing is Standing.UNSEEN
    assert not [action for action in plan.actions() if action.waits_for is None]
    assert departure.replication is not None
    assert departure.replication.action is not None
    assert departure.replication.action.waits_for == "the storage account to be readable"
    assert not plan.settled()


@pytest.mark.promise(8)
def test_nothing_of_strangers_is_taken_down_where_a_region_leaves() -> None:
    scene = leaving("Delete")
    scene = scene.with_drift("westus", tags=STRANGER)
    scene = scene.with_replication("westus", replace(SETTLED.replication("westus"), tags={}))

    assert scene.plan().actions() == ()
    assert scene.plan().settled()


@pytest.mark.promise(7)
def test_the_home_regions_own_entry_is_never_taken_down() -> None:
    one = settled(a_registry())
    ours = replace(one.replication("eastus"), tags=dict(one.desired.container_registry.tags))

    assert one.with_replication("eastus", ours).plan().actions() == ()


def test_what_is_leaving_already_is_not_deleted_again() -> None:
    scene = leaving("Delete")
    going = replace(SETTLED.replication("westus"), provisioning_state="Deleting")
    for busy in (
        scene.with_replication("westus", going),
        scene.but(activity=Activity({}, frozenset({REPLICA}))),
    ):
        (departure,) = busy.plan().departures.values()
        assert departure.replication is not None
        assert (departure.replication.standing, departure.replication.action) == (Standing.IN_PROGRESS, None)


def test_tags_of_others_are_written_back_with_ours() -> None:
    tags = {**SETTLED.account("westus").tags, "theirs": "1", "mlregistry-location": "moved"}
    action = westus(SETTLED.with_drift("westus", tags=tags)).action

    assert action is not None
    assert action.fields == {"tags"}
    assert action.tags["theirs"] == "1"
    assert action.tags["mlregistry-location"] == "westus"


def test_replications_are_those_of_the_registry_that_is_ours() -> None:
    assert replica(SETTLED).target == arm.replication(ArmId(SETTLED.registry_id), "westus")
