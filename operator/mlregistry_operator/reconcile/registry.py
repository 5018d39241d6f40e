"""One pass over a registry: look, take the steps that can be taken, tell the truth, say when to come back."""

from collections.abc import Mapping
from dataclasses import replace

from mlregistry_operator.api.group import FINALIZER
from mlregistry_operator.api.metadata import ObjectKey
from mlregistry_operator.api.objects import MLRegistry
from mlregistry_operator.api.policies import ManagementPolicy
from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.cloud.ports import CloudError
from mlregistry_operator.domain.access import is_looked_at
from mlregistry_operator.domain.draining import Hold
from mlregistry_operator.domain.drift import drift_status, without_expired
from mlregistry_operator.domain.events import step_taken
from mlregistry_operator.domain.failures import Failure, gravest
from mlregistry_operator.domain.lookup import account_lookups, forgotten_accounts, registry_lookup
from mlregistry_operator.domain.plan import Action, Activity, Plan, Standing
from mlregistry_operator.domain.planning import plan_registry
from mlregistry_operator.domain.refusals import refused_spec
from mlregistry_operator.domain.resources import Observed
from mlregistry_operator.domain.summary import PassResult, failed_status, summarise, suspended_status
from mlregistry_operator.kube.ports import REGISTRIES, Body
from mlregistry_operator.reconcile.apply import start_steps, take_answers, take_operations
from mlregistry_operator.reconcile.assets.content import Content
from mlregistry_operator.reconcile.changes import change_of
from mlregistry_operator.reconcile.contests import Contest, meets_others, takes_over
from mlregistry_operator.reconcile.deadlines import until_deadline
from mlregistry_operator.reconcile.draining import find_holds
from mlregistry_operator.reconcile.forgetting import unanswered, until_forgotten
from mlregistry_operator.reconcile.insides import look_inside
from mlregistry_operator.reconcile.memory import Memory
from mlregistry_operator.reconcile.observe import look_at_operations, observe, with_accounts, with_operations
from mlregistry_operator.reconcile.registry_objects import head_of, read_registry, write_registry
from mlregistry_operator.reconcile.resync import resync_delay
from mlregistry_operator.reconcile.scene import Scene, set_scene
from mlregistry_operator.reconcile.world import Outcome, World
from mlregistry_operator.telemetry.metrics import count_drift
from mlregistry_operator.telemetry.passes import generation_is

_EAGER_LIMIT = 5


async def reconcile_registry(key: ObjectKey, memory: Memory, world: World, content: Content) -> Outcome:
    """One pass. Raises `ClusterError` only; what Azure refuses ends in the status."""
    body = memory.own(await world.cluster.read(REGISTRIES, key))
    if body is None:
        return Outcome(world.timing.resync, gone=True)
    memory.starts_with(change_of(body))
    generation_is(body["metadata"]["generation"])
    if body["metadata"].get("deletionTimestamp") is not None:
        return Outcome(world.timing.resync)
    if FINALIZER not in (body["metadata"].get("finalizers") or ()):
        return Outcome(world.timing.poll)  # without it the object could go before what was made for it
    try:
        registry = read_registry(body)
        if registry.spec.suspend:
            return await _freeze(body, registry, world)
        _refuse_unfit(registry)
        scene = await set_scene(registry, world)
    except CloudError as error:
        return await _tell_failure(body, error.failure, memory, world)
    return await _converge(body, scene, memory, world, content)


async def look(scene: Scene, memory: Memory, world: World) -> Observed:
    """Everything as it is in Azure now, and how the operations that were started are getting on."""
    memory.seed(scene.registry.status.operations)
    entries, moment = dict(memory.operations), world.clock.monotonic()
    due = {target: entry for target, entry in entries.items() if memory.look_again.get(target, 0.0) <= moment}
    states = await look_at_operations(scene.cloud, due, spared=memory.unreadable)
    memory.note_unreadable(states)
    observed = await observe(
        scene.cloud,
        scene.desired.group,
        accounts=account_lookups(scene.registry, scene.desired, memory.names),
        container_registry=registry_lookup(scene.registry, scene.desired, memory.names),
        home=scene.desired.container_registry.location,
    )
    forgotten = forgotten_accounts(scene.registry, scene.desired, observed, scene.owner)
    observed = await with_accounts(scene.cloud, scene.desired.group, observed, forgotten)
    now = world.clock.now()
    observed = with_operations(observed, entries, states, now=now)
    return replace(observed, operations=until_forgotten(memory, observed.operations, now=now))


async def act(actions: tuple[Action, ...], scene: Scene, memory: Memory, world: World) -> tuple[Action, ...]:
    """Start the steps, wait a moment for quick answers, and return what Azure accepted."""
    start_steps(actions, scene.cloud, memory, world.clock.monotonic())
    await memory.flights.settle(world.timing.grace)
    return take_answers(memory, scene.desired, now=world.clock.now(), monotonic=world.clock.monotonic())


def activity_of(memory: Memory, observed: Observed) -> Activity:
    """What is under way already; an operation that was not due is running as far as we know."""
    held = memory.flights.targets() | (memory.operations.keys() - observed.operations.keys())
    return Activity(observed.operations, frozenset(held))


def _refuse_unfit(registry: MLRegistry) -> None:
    """Raise `CloudError` where admission would have refused the spec, and was not asked."""
    if (refused := refused_spec(registry)) is not None:
        raise CloudError(refused)


async def _freeze(body: Body, registry: MLRegistry, world: World) -> Outcome:
    """Suspended: neither Azure nor a Secret is asked, and what was said stays."""
    await write_registry(
        world.cluster, body, registry.status, suspended_status(registry, now=world.clock.now())
    )
    return Outcome(world.timing.resync, settled=True)


async def _converge(body: Body, scene: Scene, memory: Memory, world: World, content: Content) -> Outcome:
    registry, clock = scene.registry, world.clock
    early = take_answers(memory, scene.desired, now=clock.now(), monotonic=clock.monotonic())
    observed, contest = await look(scene, memory, world), Contest(scene, world.cluster, content.fleet)
    if takes_over(scene, observed):
        scene = await contest.restrained_scene(observed)
    observed = await look_inside(scene, observed, access=is_looked_at(scene.desired, registry.status))
    take_operations(
        memory, scene.desired, dict(observed.operations), monotonic=clock.monotonic(), poll=world.timing.poll
    )
    holds = await find_holds(scene, observed, memory.drain, content, clock.monotonic())
    plan = _plan(scene, observed, memory, holds)
    if meets_others(plan, memory, clock.monotonic()):
        lost = await contest.lost(observed)
        memory.contested = lost is not None
        if lost is not None:
            return await _tell_failure(body, lost, memory, world)
        scene = await contest.restrained_scene(observed)
        plan = _plan(scene, observed, memory, holds)
    memory.awaits_assets = plan.draining()
    accepted = early + await act(_steps(registry, plan), scene, memory, world)
    _forgive(plan, memory)
    done = {action.target for action in accepted}
    result = PassResult(
        plan=plan,
        problems=memory.retries.problems() | unanswered(observed.operations),
        unfinished=tuple(action for action in plan.actions() if action.target not in done),
        operations=tuple(memory.operations.values()),
        accepted=frozenset(done),
        drift=drift_status(registry, plan, scene.owner, now=clock.now()),
    )
    status = summarise(
        registry,
        scene.desired.group.id,
        result,
        now=clock.now(),
        deadline=world.timing.progress_deadline,
    )
    status = memory.counting.recounted(registry.status, status, clock.monotonic())
    status = without_expired(registry.status, status, now=clock.now())
    count_drift(registry.status, status)
    await write_registry(
        world.cluster, body, registry.status, status, (step_taken(action) for action in accepted)
    )
    return until_deadline(status, _outcome(registry, plan, memory, world, moved=bool(accepted)), world)


def _plan(scene: Scene, observed: Observed, memory: Memory, holds: Mapping[str, Hold]) -> Plan:
    registry = scene.registry
    return plan_registry(
        scene.desired,
        observed,
        activity_of(memory, observed),
        owner=scene.owner,
        region_removal=registry.spec.region_removal_policy,
        retained=frozenset(entry.id.casefold() for entry in registry.status.retained),
        holds=holds,
    )


def _steps(registry: MLRegistry, plan: Plan) -> tuple[Action, ...]:
    """What may be done of the plan."""
    return plan.actions() if registry.spec.management_policy is ManagementPolicy.FULL else ()


def _forgive(plan: Plan, memory: Memory) -> None:
    """What has mended itself, or was mended by anybody, is no trouble any more."""
    memory.retries.review(plan.assessments())
    unseen = any(one.standing is Standing.UNSEEN for one in plan.assessments())
    memory.failed_looks = memory.failed_looks + 1 if unseen else 0


async def _tell_failure(body: Body, failure: Failure, memory: Memory, world: World) -> Outcome:
    metadata, before = head_of(body)
    memory.failed_looks += 1
    status = failed_status(
        metadata, before, failure, now=world.clock.now(), deadline=world.timing.progress_deadline
    )
    await write_registry(world.cluster, body, before, status)
    wait = memory.patience.wait(failure, memory.failed_looks)
    if failure.reason is Reason.NAME_CONFLICT:  # it ends with a change of another object, which wakes nobody
        wait = min(wait, world.timing.patience.longest)
    return until_deadline(status, Outcome(wait, failure=failure), world)


def _outcome(registry: MLRegistry, plan: Plan, memory: Memory, world: World, *, moved: bool) -> Outcome:
    """The next look comes as soon as something can have changed, and not before."""
    waits = _waits(registry, plan, memory, world, moved=moved)
    looks = (one.failure for one in plan.assessments() if one.failure is not None)
    return Outcome(
        max(0.0, min(waits, default=resync_delay(registry.metadata, world))),
        settled=not waits,
        failure=gravest((*memory.retries.problems().values(), *looks)),
    )


def _waits(registry: MLRegistry, plan: Plan, memory: Memory, world: World, *, moved: bool) -> list[float]:
    """Seconds until each thing that the next look is for; none where all is settled."""
    now, poll = world.clock.monotonic(), world.timing.poll
    waits = [
        memory.patience.wait(one.failure, max(1, memory.failed_looks))
        for one in plan.assessments()
        if one.failure is not None and one.standing in (Standing.UNSEEN, Standing.REFUSED)
    ]
    waits += [memory.look_again.get(target, now + poll) - now for target in memory.operations]
    wanted = {action.target for action in _steps(registry, plan) if action.waits_for is None}
    if not moved and (due := memory.retries.next_due(wanted - memory.busy())) is not None:
        waits.append(due - now)
    busy = memory.busy()
    going = (one.target for one in plan.assessments() if one.standing is Standing.IN_PROGRESS)
    if plan.draining() or any(target not in busy for target in going):
        waits.append(poll)
    memory.eager_passes = memory.eager_passes + 1 if moved else 0
    if moved:
        waits.append(0.0 if memory.eager_passes <= _EAGER_LIMIT else poll)
    return waits
