"""Whether a registry may have the operator act in its own name.

That is the operator's own identity, and every application that trusts the operator's ServiceAccount: its
trust is in the operator, so that any namespace could name it. Credentials from a Secret are the namespace's
own.
"""

from collections.abc import Iterable
from dataclasses import replace

from mlregistry_operator.api.objects import MLRegistry
from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.api.relations import IDENTITY_CLOSED
from mlregistry_operator.domain.arm import ArmId, ResourceGroup
from mlregistry_operator.domain.failures import Failure, Severity
from mlregistry_operator.domain.identity import IdentityGrant, IdentityUse, may_use

_GOES = "A deletion can end with mlregistry.io/force-detach, which leaves everything in Azure."


def use_of_identity(registry: MLRegistry) -> IdentityUse | None:
    """What the registry asks for in the operator's name; None where it brings a Secret."""
    azure, credentials = registry.spec.azure, registry.spec.azure.credentials
    named = credentials.workload_identity if credentials is not None else None
    if credentials is not None and named is None and credentials.secret_ref is not None:
        return None
    client_id = named.client_id if named is not None else None
    return IdentityUse(registry.metadata.namespace, azure.subscription_id, azure.resource_group, client_id)


def identity_refused(registry: MLRegistry, grants: Iterable[IdentityGrant] | None) -> Failure | None:
    """Why Azure is not asked for this registry; None where it may be."""
    use = use_of_identity(registry)
    if use is None or may_use(grants, use):
        return None
    cause, remedy = IDENTITY_CLOSED.cause_and_remedy(use.namespace, told(use))
    return Failure(
        ArmId(""), Reason.IDENTITY_NOT_ALLOWED, Severity.SLOW_RETRY, cause, remedy=f"{remedy} {_GOES}"
    )


def pull_refused(
    registry: MLRegistry, source: ResourceGroup, grants: Iterable[IdentityGrant] | None
) -> Failure | None:
    """Why no image is pulled in the operator's own name from that group; None where one may be."""
    use = use_of_identity(registry)
    if use is None:
        return None
    there = replace(use, subscription_id=source.subscription_id, resource_group=source.name)
    if may_use(grants, there):
        return None
    cause, remedy = IDENTITY_CLOSED.cause_and_remedy(use.namespace, told(there))
    return Failure(ArmId(""), Reason.IDENTITY_NOT_ALLOWED, Severity.SLOW_RETRY, cause, remedy=remedy)


def told(use: IdentityUse) -> str:
    """Where, and as whom."""
    whom = f" as application {use.client_id}" if use.client_id is not None else ""
    return f"resource group {use.resource_group} of subscription {use.subscription_id}{whom}"
