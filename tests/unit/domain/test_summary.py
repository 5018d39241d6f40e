"""What is said of a registry: always sane, always the same for the same, and never more than is true."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.conditions import assert_conditions_sane
from support.kstatus import Status, kstatus
from support.manifests import a_registry
from support.scenes import Scene, absent, read, settled
from support.worlds import GROUP, refusal

from mlregistry_operator.api.conditions import Condition, ConditionType
from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.api.registry_status import MLRegistryStatus, OperationEntry
from mlregistry_operator.domain.arm import ArmId
from mlregistry_operator.domain.conditions import Verdict, conditions
from mlregistry_operator.domain.ending import ending_status, left_behind
from mlregistry_operator.domain.events import transitions
from mlregistry_operator.domain.failures import Failure, Severity
from mlregistry_operator.domain.meanings import MEANINGS
from mlregistry_operator.domain.patches import dump, status_patch
from mlregistry_operator.domain.plan import Activity, Standing
from mlregistry_operator.domain.resources import (
    ObservedContainerRegistry,
    ObservedReplication,
    OperationPhase,
    OperationState,
)
from mlregistry_operator.domain.summary import PassResult, failed_status, summarise, suspended_status
from mlregistry_operator.domain.teardown import plan_teardown

NOW = datetime(2026, 11, 24, 8, 0, 0, 123456, tzinfo=UTC)
VOLATILE = re.compile(r"20\d\d-|\d\d:\d\d|[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}|https?://")
CODES = sorted(MEANINGS)
LOCATIONS = ("eastus", "westus", "eastus2")
WHOLE = settled(a_registry().in_regions(*LOCATIONS))

states = st.sampled_from(
    ["as declared", "absent", "drifted", "immutable", "moving", "failed", "foreign", "unread"]
)


@st.composite
def scenes(draw: st.DrawFn) -> Scene:
    """Every resource in any state, under any policy; in half of them all is as declared."""
    registry = (
        a_registry()
        .in_regions(*LOCATIONS)
        .with_spec(
            managementPolicy=draw(st.sampled_from(["Full", "ObserveOnly"])),
            regionRemovalPolicy=draw(st.sampled_from(["Retain", "Delete"])),
        )
    )
    registry = registry.in_azure(createResourceGroup=draw(st.booleans()))
    scene = settled(registry)
    if draw(st.booleans()):
        return scene
    for location in LOCATIONS:
        scene = scene.with_account(location, _account(scene, location, draw(states)))
    scene = scene.but(container_registry=_registry(scene, draw(states)))
    if draw(st.integers(0, 9)) == 0:
        scene = scene.but(replications=unread(scene.registry_id))
    else:
        for location in LOCATIONS[1:]:
            scene = scene.with_replication(location, _replication(scene, location, draw(states)))
    if draw(st.integers(0, 9)) == 0:
        nothing = absent(registry)
        scene = scene.but(
            group_missing=True, accounts=nothing.accounts, container_registry=None, replications={}
        )
    return scene


def unread(target: str) -> Failure:
    return refusal(ArmId(target), "ServiceUnavailable", 503)


def _account(scene: Scene, location: str, state: str) -> Any:
    seen = scene.account(location)
    fields: dict[str, dict[str, Any]] = {
        "as declared": {},
        "drifted": {"minimum_tls_version": "TLS1_0"},
        "immutable": {"hns": True},
        "moving": {"provisioning_state": "Creating"},
        "failed": {"provisioning_state": "Failed"},
        "foreign": {"tags": {}},
    }
    if state == "unread":
        return unread(seen.id)
    return replace(seen, **fields[state]) if state in fields else None


def _registry(scene: Scene, state: str) -> Any:
    seen = scene.container_registry
    assert isinstance(seen, ObservedContainerRegistry)
    fields: dict[str, dict[str, Any]] = {
        "as declared": {},
        "drifted": {"admin_user_enabled": True},
        "moving": {"provisioning_state": "Updating"},
        "failed": {"provisioning_state": "Canceled"},
        "foreign": {"tags": {}},
    }
    if state == "unread":
        return unread(seen.id)
    return replace(seen, **fields[state]) if state in fields else None


def _replication(scene: Scene, location: str, state: str) -> ObservedReplication | None:
    seen = scene.replication(location)
    fields: dict[str, dict[str, Any]] = {
        "as declared": {},
        "drifted": {"tags": {"mlregistry-owner": scene.owner.tag}},
        "moving": {"provisioning_state": "Creating"},
        "failed": {"provisioning_state": "Failed"},
        "foreign": {"tags": {}},
    }
    return replace(seen, **fields[state]) if state in fields else None


@st.composite
def passes(draw: st.DrawFn) -> tuple[Scene, PassResult]:
    """A scene, and what a pass over it may have ended with."""
    scene = draw(scenes())
    targets = [one.target for one in scene.plan().assessments()]
    running = draw(st.sets(st.sampled_from(targets), max_size=2))
    state = OperationState(OperationPhase.RUNNING)
    scene = scene.but(activity=Activity(dict.fromkeys(running, state)))
    plan = scene.plan()
    failed = draw(st.sets(st.sampled_from(targets), max_size=3))
    code = draw(st.sampled_from(CODES))
    return scene, PassResult(
        plan=plan,
        problems={target: refusal(target, code) for target in failed},
        unfinished=plan.actions(),
        operations=tuple(
            OperationEntry(
                target=target, action="CreateStorageAccount", url="https://x/1?s=1", start_time=NOW
            )
            for target in sorted(running)
        ),
    )


def told(scene: Scene, result: PassResult, now: datetime = NOW) -> MLRegistryStatus:
    return summarise(scene.registry, GROUP.id, result, now=now)


def body(scene: Scene, status: MLRegistryStatus) -> dict[str, Any]:
    return {
        "metadata": {"name": "registry", "generation": scene.registry.metadata.generation},
        "status": dump(status),
    }


@given(passes())
@settings(max_examples=300, deadline=None)
@pytest.mark.promise(12)
def test_whatever_a_pass_finds_the_conditions_are_sane(found: tuple[Scene, PassResult]) -> None:
    scene, result = found
    status = told(scene, result)
    by_type = {one.type: one for one in status.conditions}

    assert_conditions_sane(body(scene, status))
    MLRegistryStatus.model_validate(status.model_dump())
    assert status.observed_generation == scene.registry.metadata.generation
    assert all(one.observed_generation == status.observed_generation for one in status.conditions)
    wrong = result.problems or any(one.failure for one in result.plan.assessments())
    is_ready = by_type[ConditionType.READY].status == "True"
    assert is_ready == (result.plan.settled() and not wrong)
    assert is_ready == (kstatus(body(scene, status)) is Status.CURRENT)
    if is_ready:
        assert status.ready_regions == "3/3"
        assert {one.status for one in status.conditions} == {"True"}


@given(passes())
@settings(max_examples=150, deadline=None)
@pytest.mark.promise(2)
def test_the_same_again_is_the_same_status_however_late(found: tuple[Scene, PassResult]) -> None:
    scene, result = found
    first = told(scene, result)
    again = scene.but(registry=scene.registry.model_copy(update={"status": first}))

    second = told(again, result, NOW + timedelta(hours=5))
    third = told(again.but(registry=again.registry.model_copy(update={"status": second})), result)

    assert status_patch(dump(second), dump(third)) == {}
    assert list(transitions(second, third)) == []
    assert {one.type: one.last_transition_time for one in second.conditions} == {
        one.type: one.last_transition_time for one in first.conditions
    }


@given(passes())
@settings(max_examples=150, deadline=None)
@pytest.mark.promise(13)
def test_every_failure_is_told_with_code_and_remedy_and_nothing_volatile(
    found: tuple[Scene, PassResult],
) -> None:
    scene, result = found
    status = told(scene, result)
    ready = next(one for one in status.conditions if one.type is ConditionType.READY)
    found_out = {one.target: one.failure for one in result.plan.assessments() if one.failure}
    wrong = (found_out | dict(result.problems)).values()
    rows = " ".join(row.message or "" for row in status.regions)

    assert all(failure.code in ready.message for failure in wrong)
    if wrong:
        assert any(failure.remedy in ready.message for failure in wrong)
        assert ready.status == "False"
    for text in (ready.message, rows, *(entry.reason for entry in status.plan)):
        assert not VOLATILE.search(text.replace(scene.desired.group.subscription_id, "")), text


@given(passes())
@settings(max_examples=150, deadline=None)
def test_rows_stand_in_the_specs_order_and_count_as_ready_what_is(found: tuple[Scene, PassResult]) -> None:
    scene, result = found
    status = told(scene, result)
    ready = [row.location for row in status.regions if row.state == "Ready"]

    assert [row.location for row in status.regions[:3]] == list(LOCATIONS)
    assert status.regions[0].role == "Primary"
    assert status.ready_regions == f"{len(ready)}/3"
    for row in status.regions:
        parts = [result.plan.accounts[row.location]]
        parts += [result.plan.replications[row.location]] if row.location in result.plan.replications else []
        if any(part.failure or part.target in result.problems for part in parts):
            assert row.state in {"Failed", "Degraded"}
            assert row.message


def test_a_region_that_served_and_fails_is_degraded_and_a_new_one_failed() -> None:
    broken = WHOLE.with_account("westus", unread(WHOLE.account("westus").id))
    fresh = told(broken, of(broken))
    served = broken.but(registry=broken.registry.model_copy(update={"status": told(WHOLE, of(WHOLE))}))

    assert region(fresh, "westus") == "Failed"
    assert region(told(served, of(served)), "westus") == "Degraded"
    assert region(told(served, of(served)), "eastus") == "Ready"


def of(scene: Scene, **problems: Failure) -> PassResult:
    """What a pass ends with that could take no step."""
    plan = scene.plan()
    return PassResult(plan, {one.target: one for one in problems.values()}, plan.actions(), ())


def region(status: MLRegistryStatus, location: str) -> str:
    found = status.region(location)
    assert found is not None
    return found.state.value


def test_a_failure_that_all_regions_share_is_told_once_and_counted() -> None:
    scene = absent(a_registry().in_regions(*LOCATIONS))
    problems = {
        action.target: refusal(action.target, "AuthorizationFailed", 403) for action in scene.plan().actions()
    }
    status = told(scene, PassResult(scene.plan(), problems, (), ()))
    ready = status.conditions[0]

    assert ready.message.count("(AuthorizationFailed)") == 1
    assert "(And 5 more alike.)" in ready.message


def test_thirty_two_failing_regions_fit_into_the_status() -> None:
    regions = [f"region{number}" for number in range(32)]
    scene = absent(a_registry().in_regions(*regions))
    long = {
        action.target: replace(refusal(action.target, f"Code{number}", 400), message="x" * 600)
        for number, action in enumerate(scene.plan().actions())
    }
    status = told(scene, PassResult(scene.plan(), long, scene.plan().actions(), ()))

    MLRegistryStatus.model_validate(status.model_dump())
    assert max(len(one.message) for one in status.conditions) == 8192


def test_a_person_is_asked_only_when_nothing_moves_any_more() -> None:
    locked = refusal(WHOLE.account("eastus").id, "ScopeLocked")
    drifted = WHOLE.with_drift("eastus", minimum_tls_version="TLS1_0")
    moving = drifted.with_drift("westus", provisioning_state="Creating")

    still = told(drifted, of(drifted, eastus=locked)).conditions
    going = told(moving, of(moving, eastus=locked)).conditions

    assert [one.type for one in still][:2] == ["Ready", "Stalled"]
    assert (still[0].status, still[0].reason) == ("False", Reason.LOCKED)
    assert [one.type for one in going][:2] == ["Ready", "Reconciling"]


def test_progress_is_told_without_a_failure() -> None:
    scene = WHOLE.with_drift("westus", provisioning_state="Creating")
    ready = told(scene, of(scene)).conditions[0]

    assert (ready.status, ready.reason) == ("Unknown", Reason.PROGRESSING)
    assert ready.message == "2 of 3 regions are ready. In progress: westus."


def test_what_was_left_is_told_until_it_is_declared_again() -> None:
    account = WHOLE.account("westus")
    entry = {"id": account.id, "location": "westus", "reason": "The region left."}
    left = settled(a_registry(), {"retained": [entry], "observedGeneration": 1})
    back = settled(
        a_registry().in_regions("eastus", "westus"), {"retained": [entry], "observedGeneration": 1}
    )

    assert [one.id for one in told(left, of(left)).retained] == [account.id]
    assert told(back, of(back)).retained == ()


TRUTHS = st.sampled_from(["True", "False", "Unknown"])


@given(st.lists(TRUTHS, min_size=1, max_size=12))
def test_a_transition_time_moves_when_the_status_flips_and_never_else(history: list[Any]) -> None:
    before: tuple[Condition, ...] = ()
    flipped = NOW
    for minute, truth in enumerate(history):
        now = NOW + timedelta(minutes=minute)
        flipped = now if not before or before[0].status != truth else flipped
        verdict = Verdict(ConditionType.READY, truth, Reason.PROGRESSING, f"message {minute}")
        before = conditions([verdict], before, generation=minute + 1, now=now)
        assert before[0].last_transition_time == flipped.replace(microsecond=0)
        assert before[0].observed_generation == minute + 1
        assert before[0].message == f"message {minute}"


@pytest.mark.parametrize("severity", Severity)
@pytest.mark.parametrize("reason", Reason)
@pytest.mark.promise(12)
def test_a_pass_that_found_out_nothing_still_tells_the_truth(reason: Reason, severity: Severity) -> None:
    before = told(WHOLE, of(WHOLE))
    failure = Failure(ArmId(""), reason, severity, "It did not work", remedy="Do something.")
    metadata = WHOLE.registry.metadata.model_copy(update={"generation": 7})

    status = failed_status(metadata, before, failure, now=NOW)
    thing = {"metadata": {"name": "registry", "generation": 7}, "status": dump(status)}

    assert_conditions_sane(thing)
    assert status.regions == before.regions
    stalls = severity is not Severity.RETRY and reason is not Reason.UNKNOWN_AZURE_ERROR
    assert kstatus(thing) is (Status.FAILED if stalls else Status.IN_PROGRESS)


def test_suspending_changes_nothing_that_was_said() -> None:
    status = dump(told(WHOLE, of(WHOLE)))
    seen = read(a_registry().with_spec(suspend=True), status, generation=2)
    new = read(a_registry().with_spec(suspend=True))

    assert suspended_status(seen, now=NOW) == seen.status
    first = suspended_status(new, now=NOW)
    assert [(one.type, one.status, one.reason) for one in first.conditions] == [
        ("Ready", "Unknown", Reason.SUSPENDED)
    ]


@given(passes())
@settings(max_examples=100, deadline=None)
def test_an_ending_registry_is_never_ready_and_always_sane(found: tuple[Scene, PassResult]) -> None:
    scene, result = found
    teardown = plan_teardown(scene.desired, scene.observed(), scene.activity, owner=scene.owner)
    before = scene.but(registry=scene.registry.model_copy(update={"status": told(scene, result)}))

    status = ending_status(before.registry, teardown, result.problems, result.operations, now=NOW)

    assert_conditions_sane(body(scene, status))
    assert status.conditions[0].status == "False"
    assert {row.state for row in status.regions} == {"Draining"}
    if len(teardown.remaining) <= 10:
        assert all(name_in(one.target, status) for one in teardown.remaining)


def name_in(target: str, status: MLRegistryStatus) -> bool:
    return target.rsplit("/", 1)[-1] in status.conditions[0].message


def test_what_stays_behind_is_everything_the_status_knows() -> None:
    entry = {"id": "/left", "location": "westus3", "reason": "It left."}
    status = dump(told(WHOLE, of(WHOLE))) | {"retained": [entry]}
    registry = read(a_registry().in_regions(*LOCATIONS), status)

    accounts = {WHOLE.account(location).id for location in LOCATIONS}
    assert set(left_behind(registry)) == {*accounts, WHOLE.registry_id, "/left"}


def test_transitions_are_told_once_for_better_and_worse() -> None:
    good = told(WHOLE, of(WHOLE))
    broken = WHOLE.with_account("westus", unread(WHOLE.account("westus").id))
    worse = told(broken.but(registry=broken.registry.model_copy(update={"status": good})), of(broken))

    assert [note.reason for note in transitions(MLRegistryStatus(), good)] == [
        "Succeeded",
        "RegionReady",
        "RegionReady",
        "RegionReady",
    ]
    assert [(note.type, note.reason) for note in transitions(good, worse)] == [
        ("Warning", "ProgressingWithRetry"),
        ("Warning", "RegionDegraded"),
    ]
    assert list(transitions(worse, worse)) == []


def test_the_scenes_reach_every_standing_and_readiness_too() -> None:
    """Else the properties above would hold of nothing."""
    seen: set[Standing] = set()
    readiness: set[str] = set()

    @given(passes())
    @settings(max_examples=150, deadline=None, database=None)
    def collect(found: tuple[Scene, PassResult]) -> None:
        seen.update(one.standing for one in found[1].plan.assessments())
        readiness.add(told(*found).conditions[0].status)

    collect()
    assert seen == set(Standing)
    assert readiness == {"True", "False", "Unknown"}
