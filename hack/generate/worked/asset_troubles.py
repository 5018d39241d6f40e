"""What can be in the way of a version: what it needs, its source, its bytes, and its regions."""

from typing import Final

from hack.generate.worked.asset_sources import SOURCES
from hack.generate.worked.cases import SINCE, Case, by_azure, failed, found
from mlregistry_operator.api.asset_types import AssetType
from mlregistry_operator.api.conditions import ConditionType
from mlregistry_operator.api.metadata import ObjectKey
from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.api.relations import NAMESPACE_CLOSED
from mlregistry_operator.domain.arm import ArmId
from mlregistry_operator.domain.assets.components import read_component
from mlregistry_operator.domain.assets.ids import AssetId
from mlregistry_operator.domain.assets.references import resolve
from mlregistry_operator.domain.assets.tombstones import bury, forbids
from mlregistry_operator.domain.failures import Failure, Severity

_REFERENCES: Final = ConditionType.REFERENCES_RESOLVED
_PUBLISHED: Final = ConditionType.PUBLISHED
_REPLICATED: Final = ConditionType.REPLICATED
_ID: Final = AssetId("DemoRegistry1", AssetType.MODEL, "taxi-fare", "3")
_DIGEST: Final = f"sha256:{'3f' * 32}"
_OTHER: Final = f"sha256:{'a7' * 32}"
_SOURCE: Final = ArmId("https://teamaccount.blob.core.windows.net/models/taxi-fare/3")
_NONE: Final = "0 of 3 regions have the version."
_TWO: Final = "2 of 3 regions have the version."
_GOES_ON: Final = "It goes on by itself then."


def _buried() -> Failure:
    failure = forbids(bury(_OTHER, SINCE, ObjectKey("team-a", "taxi-fare-3")), _DIGEST, _ID)
    if failure is None:
        raise ValueError("a tombstone lets other bytes come back")
    return failure


def _names_what_is_not_there() -> Failure:
    """Of a component as Azure's samples have it, published without its folder."""
    text = "code: ./src\nenvironment: azureml://registries/azureml/environments/sklearn-1.5/labels/latest\n"
    own = AssetId("DemoRegistry1", AssetType.COMPONENT, "train_taxi", "1.2.0")
    (failure,) = resolve(own, (), {}, read_component(text, own.registry).refusals).failures
    return failure


_NEEDS: Final = (
    Case(
        Reason.DEPENDENCY_NOT_FOUND,
        "A reference names a version that the registry does not have.",
        f"Apply an MLAsset for it, or promote it together with this one. {_GOES_ON}",
        failed(
            _REFERENCES,
            _NONE,
            found(
                Reason.DEPENDENCY_NOT_FOUND,
                Severity.RETRY,
                "Not in the registry DemoRegistry1: mlregistry://DemoRegistry1/environments/sklearn/versions/12.",
                "Apply an MLAsset for each of them, or promote it with this one; it goes on by itself then.",
            ),
        ),
    ),
    Case(
        Reason.DEPENDENCY_NOT_READY,
        "A version that this one needs is being published, or the registry itself is being made.",
        f"Look at the conditions of what the message names. {_GOES_ON}",
        failed(
            _REFERENCES,
            _NONE,
            found(
                Reason.DEPENDENCY_NOT_READY,
                Severity.RETRY,
                "mlregistry://DemoRegistry1/environments/sklearn/versions/12 (MLAsset team-a/sklearn-12) is"
                " not published yet.",
                "It goes on by itself as soon as that is.",
            ),
        ),
    ),
    Case(
        Reason.INVALID_SPEC,
        "A component's specification names what is not published with it: here its code, and an environment"
        " of Microsoft's registry.",
        "Write what the message says, in a new MLAsset.",
        failed(_REFERENCES, _NONE, _names_what_is_not_there()),
    ),
    Case(
        Reason.NAMESPACE_NOT_ALLOWED,
        "The registry takes assets from other namespaces than this one.",
        "Ask the platform team to add the namespace to `allowedNamespaces`.",
        failed(
            None,
            "",
            found(
                Reason.NAMESPACE_NOT_ALLOWED,
                Severity.SLOW_RETRY,
                *NAMESPACE_CLOSED.cause_and_remedy("ml-platform/demo-registry-1", "team-a"),
            ),
        ),
    ),
    Case(
        Reason.REFERENCE_CYCLE,
        "Two versions refer to each other.",
        "Publish one of them without that reference, under another version.",
        failed(
            _REFERENCES,
            _NONE,
            found(
                Reason.REFERENCE_CYCLE,
                Severity.STALLED,
                f"The version needs itself: {_ID}, which needs mlregistry://DemoRegistry1/components/score/versions/1,"
                f" which needs {_ID}.",
                "Publish one of them, under another version, without that reference.",
            ),
        ),
    ),
)

_BYTES: Final = (
    Case(
        Reason.VERSION_CONFLICT,
        "Another object has published the version, with other bytes.",
        "Choose another version.",
        failed(
            _PUBLISHED,
            _NONE,
            found(
                Reason.VERSION_CONFLICT,
                Severity.STALLED,
                f"{_ID} is published already by MLAsset team-b/taxi-fare-3, with the digest {_OTHER};"
                f" this content has the digest {_DIGEST}.",
                "Choose another version: what is published never changes.",
            ),
        ),
    ),
    Case(
        Reason.VERSION_DELETED,
        "The version was published once and deleted, and its name comes back with other bytes.",
        "Choose another version.",
        failed(_PUBLISHED, _NONE, _buried()),
    ),
    Case(
        Reason.CONTENT_DAMAGED,
        "A region holds other bytes than were published.",
        "Nothing; it is copied again from a region that is whole. An image that a region has lost is not"
        " ([limits](../limits.md)).",
        failed(
            _REPLICATED,
            _TWO,
            found(
                Reason.CONTENT_DAMAGED,
                Severity.RETRY,
                "westus: What arrived in https://demoregwestusq2w4e6r8.blob.core.windows.net is not what was"
                " published: model.pkl differs",
                "It is copied again by itself.",
            ),
        ),
    ),
    Case(
        Reason.CONTENT_LOST,
        "Somebody has deleted the version in every region.",
        "Restore the files in one region (soft delete, a backup), or publish another version.",
        failed(
            _PUBLISHED,
            _NONE,
            found(
                Reason.CONTENT_LOST,
                Severity.STALLED,
                f"{_ID} was published with the digest {_DIGEST}, and no region has it any more",
                "Restore it in one region, or publish it as another version.",
            ),
        ),
    ),
)

_REGIONS: Final = (
    Case(
        Reason.REGION_UNAVAILABLE,
        "One region of Azure is away. The others have the version and can be used.",
        "Nothing; read from another region meanwhile.",
        failed(
            _REPLICATED,
            _TWO,
            found(
                Reason.REGION_UNAVAILABLE,
                Severity.RETRY,
                "westus: Could not list https://demoregwestusq2w4e6r8.blob.core.windows.net/models",
                "It is tried again by itself.",
                code="ServerBusy",
            ),
            passing=Reason.REGION_UNAVAILABLE,
        ),
    ),
    Case(
        Reason.AUTHORIZATION_FAILED,
        "The identity may make accounts and not write into them: it lacks a data role.",
        "Assign Storage Blob Data Contributor; Azure takes minutes until it holds.",
        failed(
            _PUBLISHED,
            _NONE,
            by_azure(
                "AuthorizationPermissionMismatch",
                403,
                "write",
                ArmId("https://demoregeastusk9m2p4x7.blob.core.windows.net/models"),
            ),
        ),
    ),
    Case(
        Reason.PROGRESSING_WITH_RETRY,
        "Something failed that passes by itself; the part that it concerns has its own reason.",
        "Nothing.",
        failed(_REPLICATED, _TWO, by_azure("ContainerNotFound", 404, "copy to", _SOURCE)),
    ),
)

TROUBLES: Final[tuple[Case, ...]] = (*_NEEDS, *SOURCES, *_BYTES, *_REGIONS)
