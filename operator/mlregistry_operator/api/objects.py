"""The two kinds as whole objects, read from what the API server sends."""

from pydantic import Field

from mlregistry_operator.api.asset import MLAssetSpec
from mlregistry_operator.api.asset_status import MLAssetStatus
from mlregistry_operator.api.base import ApiModel
from mlregistry_operator.api.metadata import ObjectKey, ObjectMeta
from mlregistry_operator.api.registry import MLRegistrySpec
from mlregistry_operator.api.registry_status import MLRegistryStatus


class MLRegistry(ApiModel):
    """A registry object; `model_validate(body)` raises `pydantic.ValidationError` where it is none."""

    metadata: ObjectMeta
    spec: MLRegistrySpec
    status: MLRegistryStatus = Field(default_factory=MLRegistryStatus)

    @property
    def key(self) -> ObjectKey:
        return self.metadata.key

    @property
    def effective_name(self) -> str:
        """The registry's name in asset ids, which never changes."""
        return self.spec.registry_name or self.metadata.name


class MLAsset(ApiModel):
    """An asset object; `model_validate(body)` raises `pydantic.ValidationError` where it is none."""

    metadata: ObjectMeta
    spec: MLAssetSpec
    status: MLAssetStatus = Field(default_factory=MLAssetStatus)

    @property
    def key(self) -> ObjectKey:
        return self.metadata.key

    @property
    def origin_registry(self) -> ObjectKey | None:
        """The registry that the version is promoted from, where it is."""
        source = self.spec.source.asset
        if source is None:
            return None
        ref = source.registry_ref
        return ObjectKey(ref.namespace or self.metadata.namespace, ref.name)

    @property
    def registry_key(self) -> ObjectKey:
        """The registry that the version is published in."""
        ref = self.spec.registry_ref
        return ObjectKey(ref.namespace or self.metadata.namespace, ref.name)
