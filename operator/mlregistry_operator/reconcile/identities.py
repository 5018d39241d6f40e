"""Whose right a registry uses: a Secret of its namespace, a federated application, or the operator's own."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from mlregistry_operator.api.metadata import ObjectKey
from mlregistry_operator.api.objects import MLRegistry
from mlregistry_operator.api.patterns import GUID, matches
from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.cloud.ports import CloudError
from mlregistry_operator.domain.arm import ArmId
from mlregistry_operator.domain.delegation import identity_refused
from mlregistry_operator.domain.ending import gone_with_namespace
from mlregistry_operator.domain.failures import Failure, Severity
from mlregistry_operator.domain.identity import FederatedIdentity, Identity, OwnIdentity, SecretIdentity
from mlregistry_operator.kube.ports import ForbiddenError
from mlregistry_operator.reconcile.world import World

_TENANT: Final = "AZURE_TENANT_ID"
_CLIENT: Final = "AZURE_CLIENT_ID"
_SECRET: Final = "AZURE_CLIENT_SECRET"  # noqa: S105 - the name of a key
_CERTIFICATE: Final = "AZURE_CLIENT_CERTIFICATE"
_GUID_REMEDY: Final = "Write it with its four hyphens, and without braces or quotes."


async def identity_of(registry: MLRegistry, world: World, *, for_deletion: bool = False) -> Identity:
    """The identity that the spec names.

    `for_deletion` says that the registry, or an asset of it, is being deleted. Once the registry goes, such a
    deletion ends with the credentials that were read last, where the Secret or the right to read it has gone
    before. A Secret that is there is always read afresh.

    Raises:
        CloudError: the Secret is missing, may not be read, or lacks a key; or the namespace may not use the
            operator's own identity.
        ClusterError: the API server could not be asked.
    """
    refused = identity_refused(registry, world.boundaries.identities)
    if refused is not None:
        raise CloudError(refused)
    credentials = registry.spec.azure.credentials
    if credentials is not None and credentials.workload_identity is not None:
        named = credentials.workload_identity
        return FederatedIdentity(tenant_id=named.tenant_id, client_id=named.client_id)
    if credentials is not None and credentials.secret_ref is not None:
        key = ObjectKey(registry.metadata.namespace, credentials.secret_ref.name)
        return await _from_secret(registry, key, world, for_deletion=for_deletion)
    return OwnIdentity()


async def _from_secret(
    registry: MLRegistry, key: ObjectKey, world: World, *, for_deletion: bool
) -> SecretIdentity:
    try:
        found = await world.cluster.secret(key)
    except ForbiddenError as error:
        lacks = _unavailable(f"The operator may not read Secret {key}", right_to_read(key, error))
        return await _without_secret(registry, key, world, lacks, for_deletion=for_deletion)
    if found is None:
        keys = f"{_TENANT}, {_CLIENT} and {_SECRET}"
        lacks = _unavailable(f"Secret {key} does not exist", f"Create it with the keys {keys}.")
        return await _without_secret(registry, key, world, lacks, for_deletion=for_deletion)
    world.identities.forget(registry.key)
    identity = identity_from(found.data, key)
    world.identities.keep(registry, key, identity)
    return identity


async def _without_secret(
    registry: MLRegistry, key: ObjectKey, world: World, lacks: CloudError, *, for_deletion: bool
) -> SecretIdentity:
    """What was read last, if it may be used; else raise what is lacking, and what can still be done.

    A Secret that a registry lives on without was taken away on purpose. An asset's deletion does not tell:
    its registry may be the next to be deleted, as the Secret was before.
    """
    namespace = await world.cluster.namespace(key.namespace)
    terminating = namespace is None or namespace.terminating
    if not terminating and registry.metadata.deletion_timestamp is None:
        if not for_deletion:
            world.identities.forget(registry.key)
        raise lacks
    last = world.identities.of(registry, key)
    if for_deletion and last is not None:
        return last
    if not terminating:
        raise lacks
    raise CloudError(replace(lacks.failure, remedy=gone_with_namespace(key.namespace)))


def right_to_read(key: ObjectKey, error: ForbiddenError) -> str:
    """What to do where a Secret may not be read: a right is for one name, and its owner gives it."""
    wanted = f"lets {error.account} get secrets named {key.name}"
    return f"Create a Role in {key.namespace} that {wanted}, and a RoleBinding to it."


def identity_from(data: Mapping[str, bytes], key: ObjectKey) -> SecretIdentity:
    """The identity that a Secret's data describes. Values never appear in a message."""
    values = {name: value.decode("utf-8", "replace").strip() for name, value in data.items()}
    missing = [name for name in (_TENANT, _CLIENT) if not values.get(name)]
    if not values.get(_SECRET) and not values.get(_CERTIFICATE):
        missing.append(f"{_SECRET} (or {_CERTIFICATE})")
    if missing:
        there = f"it has {', '.join(sorted(data))}" if data else "it has no keys"
        raise _unavailable(f"Secret {key} lacks {', '.join(missing)}: {there}", "Add what is missing to it.")
    odd = [name for name in (_TENANT, _CLIENT) if _is_guid_in_another_form(values[name])]
    if odd:
        raise _unavailable(f"{' and '.join(odd)} of Secret {key} is no GUID in Azure's form", _GUID_REMEDY)
    return SecretIdentity(
        tenant_id=values[_TENANT],
        client_id=values[_CLIENT],
        client_secret=values.get(_SECRET) or None,
        client_certificate=values.get(_CERTIFICATE) or None,
    )


def _is_guid_in_another_form(text: str) -> bool:
    """Whether it has the digits of a GUID, and is not written as one; a tenant may be a domain."""
    digits = re.sub(r"^urn:uuid:|[{}()\"'\s-]", "", text)
    return re.fullmatch("[0-9a-fA-F]{32}", digits) is not None and not matches(GUID, text)


def _unavailable(why: str, remedy: str) -> CloudError:
    failure = Failure(ArmId(""), Reason.CREDENTIALS_UNAVAILABLE, Severity.SLOW_RETRY, why, remedy=remedy)
    return CloudError(failure)
