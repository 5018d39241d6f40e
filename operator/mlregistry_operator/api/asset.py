"""What a data-science team declares: one version of one model, environment, component or data set.

The spec is what the version is, and so never changes; what people say about it, and what becomes of it, may.
"""

from typing import Annotated

from pydantic import Field

from mlregistry_operator.api.asset_types import (
    AssetType,
    ComponentBlock,
    DataBlock,
    EnvironmentBlock,
    ModelBlock,
)
from mlregistry_operator.api.base import ApiModel
from mlregistry_operator.api.fields import (
    AssetName,
    AssetVersion,
    Digest,
    NamespaceName,
    ObjectName,
    SecretKey,
    Sentence,
    Tags,
    Text,
)
from mlregistry_operator.api.policies import DeletionPolicy

MAX_INLINE_BYTES = 64 * 1024


class RegistryRef(ApiModel):
    """An MLRegistry by name."""

    name: ObjectName = Field(description="Name of the MLRegistry object.")
    namespace: NamespaceName | None = Field(
        default=None,
        description="Namespace of the MLRegistry object. Absent means the asset's own.",
    )


class SecretKeyRef(ApiModel):
    """One key of a Secret in the asset's namespace."""

    name: ObjectName = Field(description="Name of the Secret, in this namespace.")
    key: SecretKey = Field(description="Key within the Secret.")


class BlobSource(ApiModel):
    """A file, or everything under a prefix, in a storage account."""

    url: Annotated[str, Field(min_length=1, max_length=2048)] = Field(
        description="HTTPS URL of a container, a prefix or a file, without query string.",
    )
    sas_secret_ref: SecretKeyRef | None = Field(
        default=None,
        description="Where a shared access signature for the URL is kept. Absent: the operator's identity"
        " reads.",
    )


class PullSecretRef(ApiModel):
    """A Secret with credentials for container registries."""

    name: ObjectName = Field(
        description="Name of a Secret of type kubernetes.io/dockerconfigjson in this namespace, with an entry"
        " for the image's host.",
    )


class ImageSource(ApiModel):
    """A container image: a public one, or one of a private registry by one of the last two fields."""

    reference: Annotated[str, Field(min_length=1, max_length=512)] = Field(
        description="Image with host and digest, such as mcr.example/azureml/sklearn@sha256:... A tag is"
        " resolved once, and its digest is in status.",
    )
    registry_id: Annotated[str, Field(min_length=1, max_length=288)] | None = Field(
        default=None,
        description="ARM id of the container registry of Azure that the image lies in, in any subscription;"
        " the MLRegistry's identity pulls from it. Absent: a registry of Azure is looked for by its host, in"
        " the subscriptions that this identity may read.",
    )
    pull_secret_ref: PullSecretRef | None = Field(
        default=None,
        description="Credentials for a private registry. Not beside registryId.",
    )


class AssetSource(ApiModel):
    """A version that is published already, in another registry or under another name in this one."""

    registry_ref: RegistryRef = Field(description="Registry that the version is in.")
    asset_name: AssetName = Field(description="Name that the version has there.")
    version: AssetVersion = Field(description="Version there.")
    digest: Digest | None = Field(
        default=None,
        description="Digest that the version must have there, sha256: and 64 hexadecimal digits.",
    )
    rewrite_references: bool = Field(
        default=False,
        description="Whether the text of a component is published with the name of this asset's registry"
        " wherever it refers to a version in the one that it comes from. The digest is another one then."
        " Absent means false.",
    )


class Source(ApiModel):
    """Where the content comes from; exactly one of four."""

    blob: BlobSource | None = Field(default=None, description="A file or prefix in a storage account.")
    image: ImageSource | None = Field(default=None, description="A container image; only for an Environment.")
    asset: AssetSource | None = Field(
        default=None,
        description="A version that is published already: promotion from another registry, or a rename in"
        " this one.",
    )
    inline: Annotated[str, Field(min_length=1, max_length=MAX_INLINE_BYTES)] | None = Field(
        default=None,
        description="A YAML document of at most 64 KiB, such as a component's specification or a conda file.",
    )


class AssetReference(ApiModel):
    """A version in the same registry that this one needs."""

    type: AssetType = Field(description="Type of what is needed.")
    asset_name: AssetName = Field(description="Name of what is needed.")
    version: AssetVersion = Field(description="Version of what is needed.")


class Lineage(ApiModel):
    """Where a version came from, in the words of whoever made it."""

    workspace: Sentence | None = Field(default=None, description="Workspace that the version was made in.")
    job_name: Sentence | None = Field(default=None, description="Job that made it.")
    experiment: Sentence | None = Field(default=None, description="Experiment that the job belongs to.")
    git_commit: Sentence | None = Field(default=None, description="Commit of the code that made it.")
    dataset: Sentence | None = Field(default=None, description="Data that it was made from.")
    created_by: Sentence | None = Field(default=None, description="Person or system that made it.")


class MLAssetSpec(ApiModel):
    """The declared version."""

    registry_ref: RegistryRef = Field(description="Registry that the version is published in. Never changes.")
    type: AssetType = Field(description="What sort of asset it is. Never changes.")
    asset_name: AssetName = Field(
        description="Name of the asset: 1 to 255 letters, digits, hyphens, underscores and dots, starting"
        " and ending with a letter or digit. Never changes.",
    )
    version: AssetVersion = Field(
        description="Version of the asset, a free string of 1 to 30 of the same characters. Never changes.",
    )
    description: Text | None = Field(default=None, description="What the version is, for people.")
    tags: Tags = Field(default_factory=dict, description="Words about the version; at most 40.")
    source: Source = Field(description="Where the content comes from. Never changes.")
    digest: Digest | None = Field(
        default=None,
        description="Digest that the content must have before it is published, sha256: and 64 hexadecimal"
        " digits. Never changes.",
    )
    model: ModelBlock | None = Field(default=None, description="What only models have. Never changes.")
    environment: EnvironmentBlock | None = Field(
        default=None,
        description="What only environments have. Never changes.",
    )
    component: ComponentBlock | None = Field(
        default=None, description="What only components have. Never changes."
    )
    data: DataBlock | None = Field(default=None, description="What only data sets have. Never changes.")
    references: Annotated[tuple[AssetReference, ...], Field(max_length=64)] = Field(
        default=(),
        description="Versions in the same registry that this one needs. Never changes.",
        json_schema_extra={"x-kubernetes-list-map-keys": ["type", "assetName", "version"]},
    )
    lineage: Lineage | None = Field(
        default=None,
        description="Where the version came from; carried along by a promotion. Never changes.",
    )
    archived: bool = Field(
        default=False,
        description="Whether the version is hidden from those who look for one; it stays usable. Absent"
        " means false.",
    )
    suspend: bool = Field(
        default=False,
        description="Whether the operator leaves this object and its content alone. Absent means false.",
    )
    deletion_policy: DeletionPolicy = Field(
        default=DeletionPolicy.RETAIN,
        description="What becomes of the content when this object is deleted. Absent means Retain.",
    )
