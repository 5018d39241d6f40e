"""What an image source must be: the form of its reference, and by whose right it is pulled."""

from typing import Final

from mlregistry_operator.api import patterns
from mlregistry_operator.api.asset import ImageSource
from mlregistry_operator.api.group import ASSET_KIND
from mlregistry_operator.api.patterns import in_cel, matches
from mlregistry_operator.api.rule import FieldReason, Rule

_AT: Final = "spec.source.image"


def _has_upper_case(image: ImageSource) -> bool:
    return patterns.begins_with(patterns.UPPER_CASE_REPOSITORY, image.reference)


IMAGE_RULES: Final = (
    Rule(
        id="image-form",
        kind=ASSET_KIND,
        at=_AT,
        field=".reference",
        cel=f"self.reference.matches({in_cel(patterns.IMAGE_OF_ANY_CASE)})",
        reason=FieldReason.INVALID,
        sentence="must be an image with its host, such as mcr.example/azureml/sklearn@sha256:..., without"
        " https://, and without '.', '..' or an empty part between its slashes",
        holds=lambda _, new: matches(patterns.IMAGE_OF_ANY_CASE, new.reference),
    ),
    Rule(
        id="image-lower-case",
        kind=ASSET_KIND,
        at=_AT,
        field=".reference",
        cel=f"!self.reference.matches({in_cel(patterns.UPPER_CASE_REPOSITORY)})",
        reason=FieldReason.INVALID,
        sentence="must have no upper-case letter between its host and its tag or digest: repositories are in"
        " lower case in every registry",
        holds=lambda _, new: not _has_upper_case(new),
    ),
    Rule(
        id="image-digest",
        kind=ASSET_KIND,
        at=_AT,
        field=".reference",
        cel=f"self.reference.matches({in_cel(patterns.SHA256_AT_END)})",
        reason=FieldReason.INVALID,
        sentence="must have a digest of the algorithm sha256 behind its @, which is @sha256: and 64"
        " hexadecimal digits in lower case; container registries of Azure name images by no other",
        holds=lambda _, new: matches(patterns.SHA256_AT_END, new.reference),
    ),
    Rule(
        id="image-registry-id",
        kind=ASSET_KIND,
        at=_AT,
        field=".registryId",
        cel=f"!has(self.registryId) || self.registryId.matches({in_cel(patterns.CONTAINER_REGISTRY_ID)})",
        reason=FieldReason.INVALID,
        sentence="must be the ARM id of a container registry,"
        " /subscriptions/<id>/resourceGroups/<group>/providers/Microsoft.ContainerRegistry/registries/<name>",
        holds=lambda _, new: (
            new.registry_id is None or matches(patterns.CONTAINER_REGISTRY_ID, new.registry_id)
        ),
    ),
    Rule(
        id="image-one-right",
        kind=ASSET_KIND,
        at=_AT,
        field=".pullSecretRef",
        cel="!(has(self.registryId) && has(self.pullSecretRef))",
        reason=FieldReason.FORBIDDEN,
        sentence="must not stand beside registryId: an image is pulled by the MLRegistry's identity or with"
        " the Secret's credentials; keep one of the two",
        holds=lambda _, new: new.registry_id is None or new.pull_secret_ref is None,
    ),
)
