"""A registry at the API server: read into models, and its status written."""

from collections.abc import Iterable

from pydantic import ValidationError

from mlregistry_operator.api.metadata import ObjectMeta
from mlregistry_operator.api.objects import MLRegistry
from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.api.registry import MLRegistrySpec
from mlregistry_operator.api.registry_status import MLRegistryStatus
from mlregistry_operator.cloud.ports import CloudError
from mlregistry_operator.domain.arm import ArmId
from mlregistry_operator.domain.events import EventNote, transitions
from mlregistry_operator.domain.failures import Failure, Severity
from mlregistry_operator.kube.ports import REGISTRIES, Body, Cluster
from mlregistry_operator.reconcile.statuses import write


def read_registry(body: Body) -> MLRegistry:
    """The object as models.

    Raises:
        CloudError: the spec is one that this version cannot read.
    """
    metadata, before = head_of(body)
    try:
        spec = MLRegistrySpec.model_validate(body.get("spec", {}))
    except ValidationError as error:
        raise CloudError(invalid_spec(error)) from error
    return MLRegistry(metadata=metadata, spec=spec, status=before)


def invalid_spec(error: ValidationError) -> Failure:
    """What is wrong with a spec that the API server let pass and this version cannot read."""
    told = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()[:5])
    return Failure(
        ArmId(""), Reason.INVALID_SPEC, Severity.STALLED, f"spec: {told}", remedy="Correct the spec."
    )


def head_of(body: Body) -> tuple[ObjectMeta, MLRegistryStatus]:
    """Metadata and status; a status that somebody has mangled counts as none."""
    try:
        before = MLRegistryStatus.model_validate(body.get("status") or {})
    except ValidationError:
        before = MLRegistryStatus()
    return ObjectMeta.model_validate(body["metadata"]), before


async def write_registry(
    cluster: Cluster,
    body: Body,
    before: MLRegistryStatus,
    after: MLRegistryStatus,
    notes: Iterable[EventNote] = (),
) -> None:
    """Write what has changed in a status, and tell of it. Raises what `statuses.write` raises."""
    await write(cluster, REGISTRIES, body, after, (*notes, *transitions(before, after)))
