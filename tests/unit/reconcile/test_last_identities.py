"""The credentials that were read last end a deletion whose Secret went first, and do nothing else."""

from dataclasses import dataclass

import pytest
from support.manifests import RegistryBuilder, a_registry
from support.scenes import read
from support.worlds import Twins

from mlregistry_operator.api.metadata import ObjectKey
from mlregistry_operator.api.objects import MLRegistry
from mlregistry_operator.cloud.ports import CloudError
from mlregistry_operator.domain.identity import SecretIdentity
from mlregistry_operator.reconcile.identities import identity_of

KEY = ObjectKey("default", "azure")
DATA = {"AZURE_TENANT_ID": b"tenant", "AZURE_CLIENT_ID": b"client", "AZURE_CLIENT_SECRET": b"s3cr3t"}
LAST = SecretIdentity("tenant", "client", "s3cr3t", None)
DECLARED = a_registry().with_secret("azure").deleted_with_its_data()
FORCED = 'annotate MLRegistry default/registry with mlregistry.io/force-detach: "true"'


def as_stored(uid: str = "one", named: str = "azure", *, goes: bool = False) -> MLRegistry:
    registry = read(a_registry().with_secret(named))
    when = "2026-12-01T00:00:00Z" if goes else None
    metadata = {"name": "registry", "namespace": "default", "uid": uid, "deletionTimestamp": when}
    return registry.model_copy(update={"metadata": type(registry.metadata).model_validate(metadata)})


@dataclass(frozen=True, slots=True)
class Case:
    """What happens to the Secret, and whether a deletion still has an identity.

    `terminating` is the namespace, `goes` the registry; `deletes` tells what asks from one that reconciles.
    """

    because: str
    has_identity: bool
    gone: bool = True
    terminating: bool = True
    goes: bool = True
    deletes: bool = True
    uid: str = "one"
    secret: str = "azure"


CASES = [
    Case("a namespace goes, the Secret first", has_identity=True),
    Case("a namespace goes, the right to read first", has_identity=True, gone=False),
    Case("its namespace goes, and it is not marked yet", has_identity=True, goes=False),
    Case("Secret and registry were deleted together", has_identity=True, terminating=False),
    Case("RoleBinding and registry were, too", has_identity=True, terminating=False, gone=False),
    Case("an asset that lives does nothing in its name", has_identity=False, deletes=False),
    Case("an asset goes, and its registry lives", has_identity=False, terminating=False, goes=False),
    Case("another object has the registry's name", has_identity=False, uid="two"),
    Case("the spec names another Secret by now", has_identity=False, secret="other"),
]


@pytest.mark.promise(10)
@pytest.mark.promise(16)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.because)
async def test_only_a_deletion_uses_what_was_read_last(case: Case) -> None:
    twins = Twins(DECLARED)
    twins.cluster.secrets[KEY] = DATA
    await identity_of(as_stored(), twins.world)
    twins.cluster.secrets[KEY] = None
    if case.gone:
        del twins.cluster.secrets[KEY]
    twins.cluster.terminating |= {"default"} if case.terminating else set()

    registry = as_stored(case.uid, case.secret, goes=case.goes)
    if case.has_identity:
        assert await identity_of(registry, twins.world, for_deletion=case.deletes) == LAST
        return
    with pytest.raises(CloudError) as caught:
        await identity_of(registry, twins.world, for_deletion=case.deletes)

    told = caught.value.failure.sentence
    assert ("Namespace default is being deleted" in told) is case.terminating
    assert ("Create" in told) is not case.terminating, "nothing can be made in a namespace that goes"


async def test_what_the_secret_says_now_goes_before_what_it_said() -> None:
    twins = Twins(DECLARED)
    twins.cluster.secrets[KEY] = DATA
    await identity_of(as_stored(), twins.world)
    twins.cluster.secrets[KEY] = DATA | {"AZURE_CLIENT_SECRET": b"rotated"}

    found = await identity_of(as_stored(goes=True), twins.world, for_deletion=True)

    assert found == SecretIdentity("tenant", "client", "rotated", None)
    del twins.cluster.secrets[KEY]
    assert await identity_of(as_stored(goes=True), twins.world, for_deletion=True) == found


@pytest.mark.promise(16)
@pytest.mark.parametrize("how", ["emptied", "deleted", "closed"])
async def test_credentials_that_were_taken_back_before_the_deletion_stay_taken_back(how: str) -> None:
    twins = Twins(DECLARED)
    twins.cluster.secrets[KEY] = DATA
    await identity_of(as_stored(), twins.world)
    twins.cluster.secrets[KEY] = {} if how == "emptied" else None
    if how == "deleted":
        del twins.cluster.secrets[KEY]
    with pytest.raises(CloudError):
        await identity_of(as_stored(), twins.world)

    with pytest.raises(CloudError):
        await identity_of(as_stored(goes=True), twins.world, for_deletion=True)
    twins.cluster.secrets.pop(KEY, None)
    with pytest.raises(CloudError):
        await identity_of(as_stored(goes=True), twins.world, for_deletion=True)


async def test_an_asset_that_goes_between_its_secret_and_its_registry_takes_nothing_from_that_one() -> None:
    twins = Twins(DECLARED)
    twins.cluster.secrets[KEY] = DATA
    await identity_of(as_stored(), twins.world)
    del twins.cluster.secrets[KEY]
    with pytest.raises(CloudError):
        await identity_of(as_stored(), twins.world, for_deletion=True)

    assert await identity_of(as_stored(goes=True), twins.world, for_deletion=True) == LAST


async def goes_with_its_namespace(registry: RegistryBuilder = DECLARED) -> Twins:
    twins = Twins(registry)
    twins.cluster.secrets[KEY] = DATA
    await twins.settle()
    assert twins.ready == ("True", "Succeeded")
    del twins.cluster.secrets[KEY]
    twins.cluster.terminating.add("default")
    twins.cluster.delete(twins.key)
    return twins


@pytest.mark.promise(10)
async def test_a_registry_whose_secret_went_first_takes_everything_down() -> None:
    twins = await goes_with_its_namespace()

    await twins.settle()

    assert twins.cloud.resources() == {}


@pytest.mark.promise(10)
@pytest.mark.promise(13)
async def test_after_a_restart_the_message_names_the_way_out_and_it_is_one() -> None:
    twins = await goes_with_its_namespace()
    there = twins.cloud.resources()
    twins.restart()
    await twins.look()

    stalled = twins.condition("Stalled")
    assert stalled is not None
    assert stalled["reason"] == "CredentialsUnavailable"
    assert "Namespace default is being deleted" in stalled["message"]
    assert FORCED in stalled["message"]
    assert "Role in" not in stalled["message"]

    twins.body["metadata"]["annotations"] = {"mlregistry.io/force-detach": "true"}
    assert (await twins.look()).gone
    assert twins.cloud.resources() == there


@pytest.mark.promise(13)
async def test_a_secret_in_a_namespace_that_stays_can_come_back_and_is_asked_for() -> None:
    twins = await goes_with_its_namespace()
    twins.cluster.terminating.clear()
    twins.restart()
    await twins.look()

    stalled = twins.condition("Stalled")
    assert stalled is not None
    assert "Create it with the keys" in stalled["message"]
    assert FORCED in stalled["message"]
