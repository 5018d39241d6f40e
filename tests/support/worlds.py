"""In-memory twins of the ports, so that whole passes run in microseconds and a fault can be put at any call.

The cloud keeps Azure's manners: it is level-triggered, its writes may take time, a resource is seen while it
is made, a failed replication stays failed, a name can be taken. Time is the test's own.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import Enum
from functools import partial
from typing import Any, TypeVar, cast

from support.conditions import assert_conditions_sane
from support.insides import OF_INSIDES, Insides, RefusedError
from support.manifests import RESOURCE_GROUP, Builder, Manifest
from support.memory_blobs import MemoryAccounts

from mlregistry_operator.api.asset_types import AssetType
from mlregistry_operator.api.group import FINALIZER
from mlregistry_operator.api.metadata import ObjectKey
from mlregistry_operator.cloud.images import Images
from mlregistry_operator.cloud.ports import Cloud, CloudError, Started
from mlregistry_operator.domain import arm
from mlregistry_operator.domain.access import explained
from mlregistry_operator.domain.arm import ArmId, ResourceGroup, group_of, name_of, parent_of
from mlregistry_operator.domain.containers import ObservedContainer, ObservedStagingRule
from mlregistry_operator.domain.events import EventNote
from mlregistry_operator.domain.failures import Failure
from mlregistry_operator.domain.grants import ObservedAssignment
from mlregistry_operator.domain.identity import Identity
from mlregistry_operator.domain.meanings import meaning_of
from mlregistry_operator.domain.ownership import Owner
from mlregistry_operator.domain.plan import Action, ActionKind
from mlregistry_operator.domain.resources import (
    AccountSettings,
    ContainerRegistrySettings,
    GroupSettings,
    ObservedAccount,
    ObservedContainerRegistry,
    ObservedGroup,
    ObservedReplication,
    OperationPhase,
    OperationState,
    ReplicationSettings,
)
from mlregistry_operator.kube.ports import (
    REGISTRIES,
    Body,
    ClusterError,
    ConflictError,
    ForbiddenError,
    GoneError,
    Kind,
    Namespace,
    Secret,
)
from mlregistry_operator.kube.slimming import slim, without_text
from mlregistry_operator.reconcile.assets.content import Content
from mlregistry_operator.reconcile.content.capacity import capacity
from mlregistry_operator.reconcile.deletion import delete_registry
from mlregistry_operator.reconcile.last_identities import LastIdentities
from mlregistry_operator.reconcile.loops import Errand, Passes, turns_for_passes
from mlregistry_operator.reconcile.memory import Memory
from mlregistry_operator.reconcile.registry import reconcile_registry
from mlregistry_operator.reconcile.retries import Patience
from mlregistry_operator.reconcile.world import Clock, Outcome, Timing, World
from mockcloud import defaults

GROUP = ResourceGroup(defaults.SUBSCRIPTION_ID, RESOURCE_GROUP)
CLUSTER_ID = "6f1c3a52-0f2f-4c1c-9f0e-0a4c5d3b2a10"
START = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
PATIENCE = Patience(shortest=1.0, longest=60.0, slow=600.0)
TIMING = Timing(
    patience=PATIENCE,
    resync=3600.0,
    min_resync=60.0,
    poll=2.0,
    grace=0.0,
    progress_deadline=timedelta(days=1),
)

_AT_REST = ("Succeeded", "Failed", "Canceled")
_ACTS = ("cloud.Create", "cloud.Update", "cloud.Delete", "cluster.write_status", "cluster.record")
_T = TypeVar("_T")
Resource = ObservedAccount | ObservedContainerRegistry | ObservedReplication


class CrashError(BaseException):
    """The process died here. Not an `Exception`: nothing in the operator may survive it."""


class Mode(Enum):
    """What happens at a call."""

    CRASH_BEFORE = "the process dies before the call"
    CRASH_AFTER = "the process dies after the call was acted upon"
    FAILS = "the call fails and nothing was done"
    ANSWER_LOST = "the call was acted upon, and its answer is lost"


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a port."""

    number: int
    port: str
    subject: str

    @property
    def acts(self) -> bool:
        """Whether it changes anything; only then it matters whether a failure comes before or after."""
        return self.port.startswith(_ACTS)

    def __str__(self) -> str:
        return f"#{self.number} {self.port}({self.subject.rsplit('/', 1)[-1]})"


@dataclass(slots=True)
class Fault:
    """A disturbance of the calls that match, so many times. `code` is Azure's, where a cloud is asked."""

    matches: Callable[[Call], bool]
    mode: Mode = Mode.FAILS
    times: int = 1
    code: str = "ServiceUnavailable"
    retry_after: float | None = None

    def error(self, call: Call) -> BaseException:
        if self.mode in (Mode.CRASH_BEFORE, Mode.CRASH_AFTER):
            return CrashError(str(call))
        if call.port.startswith("cluster."):
            return ClusterError(f"could not {call.port}")
        return CloudError(refusal(ArmId(call.subject), self.code, wait=self.retry_after))


@dataclass(slots=True)
class Switchboard:
    """Every call of every port passes here: it is noted, and disturbed where a fault says so."""

    calls: list[Call] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def disturb(self, at: int, mode: Mode) -> None:
        """Disturb the call with this number, whatever it is."""
        self.faults.append(Fault(lambda call: call.number == at, mode))

    def through(self, port: str, subject: str, act: Callable[[], _T]) -> _T:
        call = Call(len(self.calls), port, subject)
        self.calls.append(call)
        fault = next((one for one in self.faults if one.times > 0 and one.matches(call)), None)
        if fault is None:
            return act()
        fault.times -= 1
        if fault.mode in (Mode.CRASH_AFTER, Mode.ANSWER_LOST):
            act()
        raise fault.error(call)


@dataclass(slots=True)
class FakeClock:
    """Time that passes when the test says so, and by `tick` whenever somebody asks; never at zero."""

    seconds: float = 1000.0
    tick: float = 0.0

    def now(self) -> datetime:
        return START + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        self.seconds += self.tick
        return self.seconds

    def advance(self, seconds: float) -> None:
        self.seconds += seconds


def refusal(target: ArmId, code: str, status: int = 409, *, wait: float | None = None) -> Failure:
    """A failure as the adapter makes it of Azure's code."""
    meaning = meaning_of(code, status)
    return Failure(
        target,
        meaning.reason,
        meaning.severity,
        f"Could not do it to {name_of(target)}",
        code=code,
        remedy=meaning.remedy,
        retry_after=wait,
    )


def account_of(settings: AccountSettings, target: ArmId, tags: Mapping[str, str]) -> ObservedAccount:
    """The account that Azure makes of these settings."""
    return ObservedAccount(
        id=target,
        name=name_of(target),
        location=settings.location,
        sku=settings.sku,
        kind=settings.kind,
        hns=settings.hns,
        provisioning_state="Succeeded",
        tags=dict(tags),
        blob_endpoint=f"https://{name_of(target)}.blob.example/",
        minimum_tls_version="TLS1_2",
        allow_blob_public_access=False,
        allow_shared_key_access=False,
        public_network_access=settings.public_network_access.value,
    )


def container_registry_of(
    settings: ContainerRegistrySettings, target: ArmId, tags: Mapping[str, str]
) -> ObservedContainerRegistry:
    """The container registry that Azure makes of these settings."""
    return ObservedContainerRegistry(
        id=target,
        name=name_of(target),
        location=settings.location,
        sku="Premium",
        provisioning_state="Succeeded",
        tags=dict(tags),
        login_server=f"{name_of(target)}.azurecr.example",
        admin_user_enabled=False,
        public_network_access=settings.public_network_access.value,
        regional_endpoints=settings.regional_endpoints.value,
    )


def replication_of(target: ArmId, location: str, tags: Mapping[str, str]) -> ObservedReplication:
    """The replication that Azure makes in that region."""
    return ObservedReplication(target, name_of(target), location, "Succeeded", "Ready", dict(tags))


@dataclass(slots=True)
class _Kept:
    """A resource, and what becomes of it when its time has come: a state, or None where it goes."""

    seen: Resource | ObservedGroup
    until: float | None = None
    ending: str | None = "Succeeded"


@dataclass(frozen=True, slots=True)
class _Operation:
    target: ArmId
    done: float
    failure: Failure | None


class MemoryCloud:
    """One subscription with one resource group. Implements `Cloud`.

    `lro_seconds` is how long creating and deleting take; 0 answers at once. `taken` are names that belong to
    strangers elsewhere, `doomed` are names whose creation ends as failed. `readable_operations` False refuses
    the operations' URLs, as Azure does where an identity has rights on the group alone. `invisible` True
    hides an account until its creation is over.
    """

    def __init__(self, board: Switchboard, clock: FakeClock) -> None:
        self._board, self._clock = board, clock
        self._kept: dict[str, _Kept] = {}
        self._operations: dict[str, _Operation] = {}
        self._held: dict[str, asyncio.Event] = {}
        self._slow: dict[str, asyncio.Event] = {}
        self.lro_seconds, self.retry_after = 5.0, 3.0
        self.taken: set[str] = set()
        self.doomed: set[str] = set()
        self.readable_operations = True
        self.invisible = False
        self.writes: list[tuple[ActionKind, ArmId]] = []
        self.created: Counter[str] = Counter()
        self.insides = Insides()
        self.put_group(GROUP)

    # What a test does behind the operator's back.

    def put_group(self, group: ResourceGroup, tags: Mapping[str, str] | None = None) -> None:
        self._kept[group.id.casefold()] = _Kept(
            ObservedGroup(group.id, "eastus", dict(tags or {}), "Succeeded", empty=True)
        )

    def plant(self, seen: Resource) -> None:
        self._kept[seen.id.casefold()] = _Kept(seen)

    def remove(self, target: str) -> None:
        """Delete a resource, and whatever lies in it, by hand."""
        inside = target.casefold()
        for key in [key for key in self._kept if key == inside or key.startswith(f"{inside}/")]:
            del self._kept[key]
        self.insides.forget(target)

    def drift(self, target: ArmId, **fields: Any) -> None:
        kept = self._kept[target.casefold()]
        kept.seen = replace(kept.seen, **fields)

    def hold(self, target: ArmId) -> asyncio.Event:
        """Let writes to the target be acted upon and stay unanswered until the event is set."""
        return self._held.setdefault(target.casefold(), asyncio.Event())

    def delay(self, target: ArmId) -> asyncio.Event:
        """Let writes to the target be acted upon only once the event is set."""
        return self._slow.setdefault(target.casefold(), asyncio.Event())

    def resources(self) -> dict[ArmId, Resource]:
        """Everything but groups, as it is now."""
        self._pass_time()
        return {
            kept.seen.id: kept.seen
            for kept in self._kept.values()
            if not isinstance(kept.seen, ObservedGroup)
        }

    def group_exists(self) -> bool:
        self._pass_time()
        return GROUP.id.casefold() in self._kept

    # The port.

    async def storage_account(self, target: ArmId, location: str = "") -> ObservedAccount | None:
        assert location, "a limit of Azure is for one region: the look says where"
        found = self._board.through("cloud.storage_account", target, lambda: self._get(target))
        hidden = self.invisible and found is not None and found.provisioning_state == "Creating"
        return found if isinstance(found, ObservedAccount) and not hidden else None

    async def container_registry(self, target: ArmId, location: str = "") -> ObservedContainerRegistry | None:
        assert location, "a limit of Azure is for one region: the look says where"
        found = self._board.through("cloud.container_registry", target, lambda: self._get(target))
        return found if isinstance(found, ObservedContainerRegistry) else None

    async def replications(self, registry: ArmId) -> tuple[ObservedReplication, ...]:
        return self._board.through("cloud.replications", registry, lambda: self._list(registry))

    async def replication(self, target: ArmId) -> ObservedReplication | None:
        found = self._board.through("cloud.replication", target, lambda: self._get(target))
        return found if isinstance(found, ObservedReplication) else None

    async def resource_group(self, target: ArmId) -> ObservedGroup | None:
        return self._board.through("cloud.resource_group", target, lambda: self._group(target))

    async def role_assignments(self, scope: ArmId) -> tuple[ObservedAssignment, ...]:
        read = self._board.through
        return read("cloud.role_assignments", scope, lambda: tuple(self.insides.assignments.values()))

    async def containers(self, account: ArmId, *, retained: bool) -> tuple[ObservedContainer, ...]:
        def found() -> tuple[ObservedContainer, ...]:
            there = self.insides.containers.get(account.casefold(), {}).values()
            return tuple(there) if retained else tuple(ObservedContainer(one.name) for one in there)

        return self._board.through("cloud.containers", account, found)

    async def staging_rule(self, account: ArmId) -> ObservedStagingRule | None:
        rules = self.insides.rules
        return self._board.through("cloud.staging_rule", account, lambda: rules.get(account.casefold()))

    async def operation(self, url: str, target: ArmId) -> OperationState:
        try:
            return self._board.through("cloud.operation", target, lambda: self._look(url))
        except CloudError as error:
            return OperationState(OperationPhase.UNREADABLE, error.failure, error.failure.retry_after)

    async def perform(self, action: Action) -> Started:
        if (event := self._slow.get(action.target.casefold())) is not None:
            await event.wait()
        answer = self._board.through(f"cloud.{action.kind}", action.target, lambda: self._perform(action))
        if (event := self._held.get(action.target.casefold())) is not None:
            await event.wait()
        return answer

    def _get(self, target: ArmId) -> Resource | None:
        self._needs_group(target)
        kept = self._kept.get(target.casefold())
        return None if kept is None or isinstance(kept.seen, ObservedGroup) else kept.seen

    def _list(self, registry: ArmId) -> tuple[ObservedReplication, ...]:
        self._needs_group(registry)
        return tuple(sorted(self._replications(registry), key=lambda one: one.location))

    def _group(self, target: ArmId) -> ObservedGroup | None:
        self._pass_time()
        kept = self._kept.get(target.casefold())
        if kept is None or not isinstance(kept.seen, ObservedGroup):
            return None
        inside = any(key.startswith(f"{target.casefold()}/") for key in self._kept)
        return replace(kept.seen, empty=not inside)

    def _look(self, url: str) -> OperationState:
        operation = self._operations.get(url)
        if operation is None or not self.readable_operations:
            failure = refusal(ArmId(url), "AuthorizationFailed", 403)
            return OperationState(OperationPhase.UNREADABLE, failure)
        if self._clock.monotonic() < operation.done:
            return OperationState(OperationPhase.RUNNING, retry_after=self.retry_after)
        if operation.failure is not None:
            return OperationState(OperationPhase.FAILED, operation.failure)
        return OperationState(OperationPhase.SUCCEEDED)

    def _perform(self, action: Action) -> Started:
        self._pass_time()
        self.writes.append((action.kind, action.target))
        if action.kind is ActionKind.CREATE_RESOURCE_GROUP:
            assert isinstance(action.settings, GroupSettings)
            self.put_group(group_of(action.target), action.tags)
            return Started()
        if action.kind in OF_INSIDES:
            return self._inside(action)
        if action.kind.startswith("Delete"):
            return self._delete(action)
        self._needs_group(action.target)
        there = self._get(action.target)
        if there is not None and there.provisioning_state not in _AT_REST:
            raise CloudError(refusal(action.target, "OperationInProgress"))
        return self._create(action) if action.kind.startswith("Create") else self._update(action, there)

    def _inside(self, action: Action) -> Started:
        try:
            self.insides.perform(action)
        except RefusedError as error:
            failure = refusal(action.target, error.code, error.status)
            raise CloudError(explained(action.kind, failure)) from error
        return Started()

    def _create(self, action: Action) -> Started:
        target, settings = action.target, action.settings
        if name_of(target) in self.taken:
            code = "RegistryNameAlreadyInUse" if "registries" in target else "StorageAccountAlreadyTaken"
            raise CloudError(refusal(target, code))
        seen: Resource
        match settings:
            case AccountSettings():
                seen = account_of(settings, target, action.tags)
            case ContainerRegistrySettings():
                seen = container_registry_of(settings, target, action.tags)
            case ReplicationSettings():
                seen = self._new_replication(target, settings, action.tags)
            case _:
                raise AssertionError(f"{action.kind} cannot be made of {settings}")
        if target.casefold() not in self._kept:
            self.created[target] += 1
        ending = "Failed" if name_of(target) in self.doomed else "Succeeded"
        return self._begin(seen, "Creating", ending)

    def _new_replication(
        self, target: ArmId, settings: ReplicationSettings, tags: Mapping[str, str]
    ) -> ObservedReplication:
        registry = self._kept.get(parent_of(target).casefold())
        if registry is None:
            raise CloudError(refusal(target, "ParentResourceNotFound", 404))
        if registry.seen.provisioning_state != "Succeeded":
            raise CloudError(refusal(target, "OperationInProgress"))
        if target.casefold() in self._kept:  # a failed one does not come to life by another PUT
            raise CloudError(refusal(target, "Conflict"))
        home = arm.replication(parent_of(target), registry.seen.location)
        self._kept.setdefault(home.casefold(), _Kept(replication_of(home, registry.seen.location, {})))
        return replication_of(target, settings.location, tags)

    def _update(self, action: Action, there: Resource | None) -> Started:
        if there is None:
            raise CloudError(refusal(action.target, "ResourceNotFound", 404))
        ours: dict[str, Any] = {
            "minimumTlsVersion": {"minimum_tls_version": "TLS1_2"},
            "allowBlobPublicAccess": {"allow_blob_public_access": False},
            "allowSharedKeyAccess": {"allow_shared_key_access": False},
            "adminUserEnabled": {"admin_user_enabled": False},
            "tags": {"tags": dict(action.tags)},
        }
        if isinstance(action.settings, AccountSettings | ContainerRegistrySettings):
            access = action.settings.public_network_access.value
            sku = action.settings.sku if isinstance(action.settings, AccountSettings) else "Premium"
            ours |= {"publicNetworkAccess": {"public_network_access": access}, "sku.name": {"sku": sku}}
        if isinstance(action.settings, ContainerRegistrySettings):
            wanted = action.settings.regional_endpoints.value
            ours |= {"regionalEndpoints": {"regional_endpoints": wanted}}
        changes = {key: value for name in action.fields for key, value in ours[name].items()}
        self._kept[action.target.casefold()].seen = replace(there, **changes)
        return Started()

    def _delete(self, action: Action) -> Started:
        kept = self._kept.get(action.target.casefold())
        if kept is None:
            return Started()
        if action.kind is ActionKind.DELETE_STORAGE_ACCOUNT:
            self.remove(action.target)
            return Started()
        if isinstance(kept.seen, ObservedReplication):
            registry = self._kept[parent_of(action.target).casefold()].seen
            assert kept.seen.location != registry.location, "the home region's entry cannot be deleted"
        return self._begin(kept.seen, "Deleting", None)

    def _begin(self, seen: Resource | ObservedGroup, state: str, ending: str | None) -> Started:
        done = self._clock.monotonic() + self.lro_seconds
        self._kept[seen.id.casefold()] = _Kept(replace(seen, provisioning_state=state), done, ending)
        if not self.lro_seconds:
            self._pass_time()
            return Started()
        url = f"https://cloud.example/operations/{len(self._operations)}?s={'signature' * 400}"
        failure = refusal(seen.id, "InternalServerError", 500) if ending == "Failed" else None
        self._operations[url] = _Operation(seen.id, done, failure)
        return Started(url, self.retry_after)

    def _replications(self, registry: ArmId) -> Iterator[ObservedReplication]:
        for kept in self._kept.values():
            if isinstance(kept.seen, ObservedReplication) and arm.same(parent_of(kept.seen.id), registry):
                yield kept.seen

    def _needs_group(self, target: ArmId) -> None:
        self._pass_time()
        if group_of(target).id.casefold() not in self._kept:
            raise CloudError(refusal(target, "ResourceGroupNotFound", 404))

    def _pass_time(self) -> None:
        for kept in list(self._kept.values()):
            if kept.until is None or self._clock.monotonic() < kept.until:
                continue
            kept.until = None
            if kept.ending is None:
                self.remove(kept.seen.id)
            else:
                kept.seen = replace(kept.seen, provisioning_state=kept.ending)


class MemoryClouds:
    """Opens the one subscription, and notes by whose right. Implements `Clouds`."""

    def __init__(self, board: Switchboard, cloud: MemoryCloud) -> None:
        self._board, self._cloud = board, cloud
        self.identities: list[Identity] = []

    async def open(self, identity: Identity, subscription_id: str) -> Cloud:
        self.identities.append(identity)
        return self._board.through("clouds.open", subscription_id, lambda: self._cloud)

    async def close(self) -> None:
        return None


class MemoryImages:
    """Every container registry, as far as a registry's passes ask it: `names` are its repositories."""

    def __init__(self) -> None:
        self.names: list[str] = []

    async def images(self, identity: Identity, subscription_id: str) -> Images:
        assert identity is not None
        assert subscription_id == GROUP.subscription_id
        return cast("Images", self)

    async def repositories(self, endpoint: str) -> tuple[str, ...]:
        assert endpoint
        return tuple(sorted(self.names))


class MemoryCluster:
    """One API server. Every status that is written is checked for sanity. Implements `Cluster`.

    A Secret that is None may not be read.
    """

    def __init__(self, board: Switchboard) -> None:
        self._board = board
        self._version = 1
        self.objects: dict[ObjectKey, Body] = {}
        self.secrets: dict[ObjectKey, dict[str, bytes] | None] = {}
        self.terminating: set[str] = set()
        self.status_writes: list[dict[str, Any]] = []
        self.events: list[EventNote] = []

    # What a user does.

    def apply(self, manifest: Manifest) -> ObjectKey:
        """Create the object, or change its spec and annotations as an edit does."""
        metadata = manifest["metadata"]
        key = ObjectKey(metadata["namespace"], metadata["name"])
        there = self.objects.get(key)
        if there is None:
            body = deepcopy(manifest)
            body["metadata"] |= {"uid": f"uid-of-{key}", "generation": 1, "finalizers": [FINALIZER]}
            self.objects[key] = body
        else:
            if there["spec"] != manifest["spec"]:
                there["metadata"]["generation"] += 1
            there["spec"] = deepcopy(manifest["spec"])
            there["metadata"]["annotations"] = dict(metadata.get("annotations", {}))
        self._touch(key)
        return key

    def delete(self, key: ObjectKey) -> None:
        self.objects[key]["metadata"] |= {"deletionTimestamp": START.isoformat()}
        self.objects[key]["metadata"]["generation"] += 1
        self._touch(key)

    def lose_status(self, key: ObjectKey) -> None:
        self.objects[key].pop("status", None)
        self._touch(key)

    def _touch(self, key: ObjectKey) -> None:
        self._version += 1
        self.objects[key]["metadata"]["resourceVersion"] = str(self._version)

    def label(self, key: ObjectKey) -> None:
        """Change metadata that no pass reads, as another controller may at any moment."""
        self.objects[key]["metadata"].setdefault("labels", {})["touched"] = str(self._version)
        self._touch(key)

    # The port.

    async def cluster_id(self) -> str:
        return self._board.through("cluster.cluster_id", "kube-system", lambda: CLUSTER_ID)

    async def read(self, kind: Kind, key: ObjectKey) -> Body | None:
        found = self._board.through("cluster.read", str(key), lambda: self._copy(key))
        assert found is None or found["kind"] == kind.kind
        return found

    async def registries(self) -> AsyncIterator[Body]:
        keys = [key for key, body in self.objects.items() if body["kind"] == REGISTRIES.kind]
        for body in self._board.through(
            "cluster.registries", "all", lambda: [self._copy(key) for key in keys]
        ):
            if body is not None:
                yield body

    def sees(self, namespace: str) -> bool:
        return bool(namespace)

    async def assets(self, registry_name: str, *, texts: bool) -> AsyncIterator[Body]:
        found = [body for body in self.objects.values() if body["kind"] == "MLAsset"]
        for body in found:
            if body["spec"]["registryRef"]["name"] == registry_name:
                yield slim(body) if texts else without_text(body)

    async def versions(self, registry_name: str, kind: AssetType, version: str) -> tuple[Body, ...]:
        found = self.assets(registry_name, texts=False)
        wanted = (kind, version)
        return tuple([one async for one in found if (one["spec"]["type"], one["spec"]["version"]) == wanted])

    async def namespace_labels(self, name: str) -> Mapping[str, str] | None:
        return {"kubernetes.io/metadata.name": name}

    async def namespace(self, name: str) -> Namespace | None:
        labels = {"kubernetes.io/metadata.name": name}
        return self._board.through(
            "cluster.namespace", name, lambda: Namespace(labels, name in self.terminating)
        )

    async def write_status(self, kind: Kind, key: ObjectKey, version: str, patch: Mapping[str, Any]) -> None:
        assert key not in self.objects or self.objects[key]["kind"] == kind.kind
        self._board.through("cluster.write_status", str(key), lambda: self._write(key, version, patch))

    async def secret(self, key: ObjectKey) -> Secret | None:
        return self._board.through("cluster.secret", str(key), lambda: self._secret(key))

    async def record(self, kind: Kind, body: Body, note: EventNote) -> None:
        assert body["kind"] == kind.kind
        try:
            self._board.through("cluster.record", note.reason, lambda: self.events.append(note))
        except ClusterError:
            return

    def _copy(self, key: ObjectKey) -> Body | None:
        """Spec and status are replaced and never changed, so that they need no copies."""
        body = self.objects.get(key)
        return None if body is None else {**body, "metadata": deepcopy(body["metadata"])}

    def _write(self, key: ObjectKey, version: str, patch: Mapping[str, Any]) -> None:
        body = self.objects.get(key)
        if body is None:
            raise GoneError(f"{key} is gone")
        if body["metadata"]["resourceVersion"] != version:
            raise ConflictError(f"{key} has changed")
        assert patch, "nothing is to be written, and it was written"
        before = body.get("status", {})
        body["status"] = merge_patch(before, patch)
        assert body["status"] != before, f"a write that changes nothing: {patch}"
        assert_conditions_sane(body)
        self.status_writes.append(dict(patch))
        self._touch(key)

    def _secret(self, key: ObjectKey) -> Secret | None:
        if key in self.secrets and self.secrets[key] is None:
            raise ForbiddenError(f"could not read Secret {key}: 403 Forbidden")
        found = self.secrets.get(key)
        return None if found is None else Secret(found)


def merge_patch(target: Any, patch: Any) -> Any:
    """What the API server makes of a merge patch, word for word as RFC 7396 has it."""
    if not isinstance(patch, Mapping):
        return patch
    merged = dict(target) if isinstance(target, Mapping) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge_patch(merged.get(name), value)
    return merged


def registry_passes(content: Content, errand: Errand[Memory] | None = None) -> Passes[Memory]:
    """What the loop of a registry runs."""
    return Passes(
        REGISTRIES,
        partial(reconcile_registry, content=content),
        partial(delete_registry, content=content),
        errand,
    )


class Twins:
    """A whole world in memory with one registry in it, driven as its loop drives it."""

    def __init__(self, registry: Builder) -> None:
        self.clock, self.board = FakeClock(), Switchboard()
        self.cloud, self.cluster = MemoryCloud(self.board, self.clock), MemoryCluster(self.board)
        self.clouds = MemoryClouds(self.board, self.cloud)
        self.blobs, self.images = MemoryAccounts(), MemoryImages()
        self.content = Content(self.blobs, self.images, capacity())
        self.memory, self.identities = Memory(PATIENCE), LastIdentities()
        self.key = self.cluster.apply(registry.manifest())
        self.crashes = 0

    @property
    def world(self) -> World:
        return World(
            clouds=self.clouds,
            cluster=self.cluster,
            timing=TIMING,
            passes=turns_for_passes(1),
            clock=Clock(self.clock.now, self.clock.monotonic),
            identities=self.identities,
        )

    @property
    def body(self) -> Body:
        return self.cluster.objects[self.key]

    @property
    def status(self) -> dict[str, Any]:
        status: dict[str, Any] = self.body.get("status", {})
        return status

    def condition(self, kind: str) -> dict[str, Any] | None:
        return next((one for one in self.status.get("conditions", []) if one["type"] == kind), None)

    @property
    def owner_tag(self) -> str:
        """What the registry's resources say of their owner."""
        return Owner(CLUSTER_ID, self.key.namespace, self.key.name).tag

    @property
    def ready(self) -> tuple[str, str]:
        """Status and reason of Ready."""
        found = self.condition("Ready")
        assert found is not None, self.status
        return found["status"], found["reason"]

    def row(self, location: str) -> dict[str, Any]:
        row: dict[str, Any] = next(row for row in self.status["regions"] if row["location"] == location)
        return row

    def edit(self, registry: Builder) -> None:
        self.cluster.apply(registry.manifest())

    def restart(self) -> None:
        """Another process: nothing is remembered but what is written down."""
        self.memory, self.identities = Memory(PATIENCE), LastIdentities()

    async def look(self) -> Outcome:
        """One pass, and how long its loop would wait then. A crash is followed by a restart."""
        deleting = "deletionTimestamp" in self.body["metadata"]
        self.memory.wake.clear()
        try:
            outcome = await (delete_registry if deleting else reconcile_registry)(
                self.key, self.memory, self.world, self.content
            )
        except CrashError:
            self.crashes += 1
            self.restart()
            return Outcome(0.0)
        except ClusterError:
            return Outcome(TIMING.patience.shortest)
        await asyncio.sleep(0)
        return replace(outcome, delay=0.0) if self.memory.wake.is_set() else outcome

    async def passes(self, number: int) -> Outcome:
        """So many passes, each at its time."""
        outcome = Outcome(0.0)
        for _ in range(number):
            self.clock.advance(outcome.delay)
            outcome = await self.look()
        return outcome

    async def settle(self, limit: int = 60) -> int:
        """Pass after pass, each at its time, until there is nothing to come back for. How many it took."""
        for number in range(1, limit + 1):
            outcome = await self.look()
            if outcome.gone or outcome.delay >= TIMING.resync * 0.9:
                return number
            self.clock.advance(outcome.delay)
        raise AssertionError(
            f"no rest after {limit} passes: {self.status.get('conditions')} {self.cloud.writes}"
        )

    async def nothing_is_written(self) -> None:
        """Two more passes, the second of another process, change nothing anywhere."""
        for restart in (False, True):
            before = (len(self.cloud.writes), len(self.cluster.status_writes), len(self.cluster.events))
            if restart:
                self.restart()
            self.clock.advance(TIMING.resync)
            outcome = await self.look()
            after = (len(self.cloud.writes), len(self.cluster.status_writes), len(self.cluster.events))
            assert after == before, (self.cloud.writes[before[0] :], self.cluster.status_writes[before[1] :])
            assert outcome.delay >= TIMING.resync * 0.9
