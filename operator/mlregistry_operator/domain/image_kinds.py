"""What a manifest in a registry is: a container image, or something else that is kept like one.

The type of its config tells. `importImage` copies whatever it finds, and nobody outside Azure need be asked
for it: so it is looked at once it has come, before it is told as published.

Sources: OCI image specification, https://github.com/opencontainers/image-spec/blob/main/manifest.md; media
types of Helm, https://helm.sh/docs/topics/registries/, of KitOps and of the ModelPack specification.
"""

from typing import Final

from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.domain.arm import ArmId
from mlregistry_operator.domain.assets.ids import AssetId, shown
from mlregistry_operator.domain.failures import Failure, Severity
from mlregistry_operator.domain.images import ImageManifest

_IMAGES: Final = frozenset(
    {"application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json"}
)
_EMPTY: Final = "application/vnd.oci.empty.v1+json"
_KNOWN: Final = {
    "application/vnd.cncf.helm.": "a Helm chart",
    "application/vnd.kitops.": "a KitOps kit",
    "application/vnd.cncf.model.": "a model by the ModelPack specification",
    "application/vnd.docker.plugin.": "a Docker plugin",
    "application/vnd.docker.ai.": "a model for Docker Model Runner",
    "application/vnd.ollama.": "a model for Ollama",
    "application/vnd.sylabs.": "a Singularity image",
    "application/vnd.wasm.": "a WebAssembly module",
    "application/vnd.buildkit.": "a build cache",
}


def instead_of_image(manifest: ImageManifest) -> str | None:
    """What it is, where it is no container image; None where it is one, or where nothing tells.

    Of an image for several platforms, the manifest of one of them has to be asked about.
    """
    kind = manifest.config_type
    if kind is None or kind in _IMAGES:
        return None
    told = manifest.artifact_type if kind == _EMPTY and manifest.artifact_type else kind
    known = next((name for prefix, name in _KNOWN.items() if told.startswith(prefix)), "an artifact")
    return f"{known} (the type of its config is {shown(told)})"


def is_no_image(source: str, what: str, asset: AssetId) -> Failure:
    """Why the version is not published: its source is something else."""
    return Failure(
        ArmId(""),
        Reason.INVALID_SPEC,
        Severity.STALLED,
        f"{source} is {what} and no container image, so that {asset} was not published",
        remedy="Name an image in a new MLAsset, which may have the same version; delete this one first.",
    )


def holds_no_image(repository: str, tag: str, what: str) -> Failure:
    """What stands under the version's tag, which this object did not put there."""
    return Failure(
        ArmId(""),
        Reason.VERSION_CONFLICT,
        Severity.SLOW_RETRY,
        f"{repository}:{tag} in the container registry is {what} and no container image",
        remedy="Have its owner delete it there, or choose another version.",
    )
