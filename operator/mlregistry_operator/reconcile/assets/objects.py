"""An asset at the API server: read into models."""

from pydantic import ValidationError

from mlregistry_operator.api.asset import MLAssetSpec
from mlregistry_operator.api.asset_status import MLAssetStatus
from mlregistry_operator.api.metadata import ObjectMeta
from mlregistry_operator.api.objects import MLAsset
from mlregistry_operator.cloud.ports import CloudError
from mlregistry_operator.kube.ports import Body
from mlregistry_operator.reconcile.registry_objects import invalid_spec


def read_asset(body: Body) -> MLAsset:
    """The object as models.

    Raises:
        CloudError: the spec is one that this version cannot read.
    """
    metadata, before = asset_head(body)
    try:
        spec = MLAssetSpec.model_validate(body.get("spec", {}))
    except ValidationError as error:
        raise CloudError(invalid_spec(error)) from error
    return MLAsset(metadata=metadata, spec=spec, status=before)


def asset_head(body: Body) -> tuple[ObjectMeta, MLAssetStatus]:
    """Metadata and status; a status that somebody has mangled counts as none."""
    try:
        before = MLAssetStatus.model_validate(body.get("status") or {})
    except ValidationError:
        before = MLAssetStatus()
    return ObjectMeta.model_validate(body["metadata"]), before
