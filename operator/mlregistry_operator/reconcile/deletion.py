"""A registry that is being deleted: taken down in order, or left in Azure and said so."""

from collections.abc import Iterator

from mlregistry_operator.api.group import REGISTRY_KIND
from mlregistry_operator.api.metadata import ObjectKey
from mlregistry_operator.api.objects import MLRegistry
from mlregistry_operator.api.policies import DeletionPolicy, ManagementPolicy
from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.cloud.ports import CloudError
from mlregistry_operator.domain.ending import ending_status, left_behind, with_way_out
from mlregistry_operator.domain.events import event, listing, step_taken
from mlregistry_operator.domain.failures import Failure, gravest
from mlregistry_operator.domain.resources import Observed
from mlregistry_operator.domain.summary import failed_status
from mlregistry_operator.domain.teardown import Teardown, plan_teardown
from mlregistry_operator.domain.usage import registry_in_use_sentence
from mlregistry_operator.kube.ports import REGISTRIES, Body
from mlregistry_operator.reconcile.apply import take_answers, take_operations
from mlregistry_operator.reconcile.assets.content import Content
from mlregistry_operator.reconcile.assets.neighbours import who_uses_registry
from mlregistry_operator.reconcile.changes import change_of
from mlregistry_operator.reconcile.confirming import unconfirmed
from mlregistry_operator.reconcile.contests import Contest, takes_over
from mlregistry_operator.reconcile.leaving import in_use, is_forced, tell_and_let_go, wait_suspended
from mlregistry_operator.reconcile.memory import Memory
from mlregistry_operator.reconcile.observe import group_of_ours
from mlregistry_operator.reconcile.registry import act, activity_of, look
from mlregistry_operator.reconcile.registry_objects import head_of, read_registry, write_registry
from mlregistry_operator.reconcile.scene import Scene, set_scene
from mlregistry_operator.reconcile.world import Outcome, World
from mlregistry_operator.telemetry.passes import generation_is


async def delete_registry(key: ObjectKey, memory: Memory, world: World, content: Content) -> Outcome:
    """One pass of a deletion; `gone` when nothing is left to do and the object may go.

    Raises:
        ClusterError: the API server could not be asked.
    """
    body = memory.own(await world.cluster.read(REGISTRIES, key))
    if body is None:
        return Outcome(0.0, gone=True)
    memory.starts_with(change_of(body))
    generation_is(body["metadata"]["generation"])
    memory.awaits_assets = True
    forced = is_forced(head_of(body)[0])
    if not forced and (users := await who_uses_registry(key, world.cluster)):
        return await _wait(body, in_use(registry_in_use_sentence(users)), memory, world)
    try:
        registry = read_registry(body)
    except CloudError:  # a spec that cannot be read declares nothing that could be deleted
        return await _leave(body, None, world)
    if forced or _stays_in_azure(registry):
        return await _leave(body, registry, world)
    return await _delete(body, registry, memory, world, content)


async def _delete(
    body: Body, registry: MLRegistry, memory: Memory, world: World, content: Content
) -> Outcome:
    """With all its data; nothing uses it any more."""
    if registry.spec.suspend:
        return await wait_suspended(REGISTRIES, body, world)
    try:
        scene = await set_scene(registry, world)
    except CloudError as error:
        return await _wait(body, error.failure, memory, world)
    return await _take_down(body, scene, memory, world, content)


def _stays_in_azure(registry: MLRegistry) -> bool:
    return (
        registry.spec.deletion_policy is DeletionPolicy.RETAIN
        or registry.spec.management_policy is ManagementPolicy.OBSERVE_ONLY
    )


async def _wait(body: Body, failure: Failure, memory: Memory, world: World) -> Outcome:
    """Say what is in the way; come back in time, though a change of the object or of an asset wakes."""
    metadata, before = head_of(body)
    failure = with_way_out(failure, f"{REGISTRY_KIND} {metadata.key}")
    memory.failed_looks += 1
    status = failed_status(metadata, before, failure, now=world.clock.now())
    await write_registry(world.cluster, body, before, status)
    wait = memory.patience.wait(failure, memory.failed_looks)
    wait = min(wait, world.timing.patience.longest) if failure.reason is Reason.IN_USE else wait
    return Outcome(wait, failure=failure)


async def _leave(body: Body, registry: MLRegistry | None, world: World) -> Outcome:
    ids = left_behind(registry) if registry is not None else ()
    nothing = event("Normal", Reason.RETAINED, "Delete", "Nothing is known to be left in Azure.")
    notes = tuple(listing(Reason.RETAINED, "Delete", "Left in Azure:", ids)) or (nothing,)
    return await tell_and_let_go(REGISTRIES, body, notes, world)


async def _take_down(body: Body, scene: Scene, memory: Memory, world: World, content: Content) -> Outcome:
    clock = world.clock
    early = take_answers(memory, scene.desired, now=clock.now(), monotonic=clock.monotonic())
    observed, contest = await look(scene, memory, world), Contest(scene, world.cluster, content.fleet)
    if takes_over(scene, observed):
        scene = await contest.leaving_scene(observed)
    take_operations(
        memory, scene.desired, dict(observed.operations), monotonic=clock.monotonic(), poll=world.timing.poll
    )
    if (failure := await unconfirmed(scene, observed, memory, content)) is not None:
        return await _wait(body, failure, memory, world)
    activity = activity_of(memory, observed)
    teardown = plan_teardown(scene.desired, observed, activity, owner=scene.owner)
    if teardown.finished and _may_take_group(scene, observed) and not await contest.shares_group():
        observed = await group_of_ours(scene.cloud, observed, scene.desired.group)
        scene = await contest.leaving_scene(observed)
        teardown = plan_teardown(scene.desired, observed, activity, owner=scene.owner)
    if teardown.finished and not memory.flights.targets() and not _still_coming(memory, observed):
        return Outcome(0.0, gone=True)
    accepted = early + await act(teardown.actions(), scene, memory, world)
    memory.retries.review(teardown.remaining)
    status = ending_status(
        scene.registry,
        teardown,
        memory.retries.problems(),
        tuple(memory.operations.values()),
        now=clock.now(),
    )
    await write_registry(
        world.cluster, body, scene.registry.status, status, (step_taken(action) for action in accepted)
    )
    delay = _delay(teardown, memory, world, moved=bool(accepted))
    return Outcome(delay, failure=gravest(_failures(teardown, memory)))


def _may_take_group(scene: Scene, observed: Observed) -> bool:
    return scene.registry.spec.azure.create_resource_group and not observed.group_missing


def _failures(teardown: Teardown, memory: Memory) -> Iterator[Failure]:
    yield from memory.retries.problems().values()
    yield from (one.failure for one in teardown.remaining if one.failure is not None)


def _still_coming(memory: Memory, observed: Observed) -> bool:
    """What Azure is still making may not show yet; who goes now would leave it behind."""
    making = any(entry.action.startswith("Create") for entry in memory.operations.values())
    return making and not observed.group_missing


def _delay(teardown: Teardown, memory: Memory, world: World, *, moved: bool) -> float:
    now, poll = world.clock.monotonic(), world.timing.poll
    failed = [one.failure for one in teardown.remaining if one.failure is not None]
    memory.failed_looks = memory.failed_looks + 1 if failed else 0
    waits = [memory.patience.wait(failure, memory.failed_looks) for failure in failed]
    waits += [memory.look_again.get(target, now + poll) - now for target in memory.operations]
    wanted = {action.target for action in teardown.actions()}
    if not moved and (due := memory.retries.next_due(wanted - memory.busy())) is not None:
        waits.append(due - now)
    if moved:
        waits.append(0.0)
    return max(0.0, min(waits, default=poll))
