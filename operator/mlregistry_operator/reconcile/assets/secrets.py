"""Secrets that assets name, in their own namespace."""

from mlregistry_operator.api.metadata import ObjectKey
from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.cloud.ports import CloudError
from mlregistry_operator.domain.arm import ArmId
from mlregistry_operator.domain.failures import Failure, Severity
from mlregistry_operator.kube.ports import Cluster, ForbiddenError, Secret
from mlregistry_operator.reconcile.identities import right_to_read


async def named_secret(key: ObjectKey, cluster: Cluster, make: str) -> Secret:
    """The Secret. `make` is what to do where it does not exist.

    Raises:
        CloudError: it does not exist, or may not be read.
        ClusterError: the API server could not be asked.
    """
    try:
        found = await cluster.secret(key)
    except ForbiddenError as error:
        raise unusable(f"The operator may not read Secret {key}", right_to_read(key, error)) from error
    if found is None:
        raise unusable(f"Secret {key} does not exist", make)
    return found


def unusable(why: str, remedy: str) -> CloudError:
    """What a Secret lacks to be used."""
    return CloudError(
        Failure(ArmId(""), Reason.CREDENTIALS_UNAVAILABLE, Severity.SLOW_RETRY, why, remedy=remedy)
    )
