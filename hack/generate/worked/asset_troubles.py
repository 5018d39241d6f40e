"""What can be in the way of a version: what it needs, its source, its bytes, and its regions."""

from typing import Final

from hack.generate.worked.cases import SINCE, Case, by_azure, failed, found
from mlregistry_operator.api.asset_types import AssetType
from mlregistry_operator.api.conditions import ConditionType
from mlregistry_operator.api.metadata import ObjectKey
from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.api.relations import NAMESPACE_CLOSED
from mlregistry_operator.domain.arm import ArmId
from mlregistry_operator.domain.assets.blocks import MIB
from mlregistry_operator.domain.assets.ids import AssetId
from mlregistry_operator.domain.assets.tombstones import bury, forbids
from mlregistry_operator.domain.failures import Failure, Severity
from mlregistry_operator.domain.meanings import TOO_LARGE
from mlregistry_operator.reconcile.content.speeds import LeastSpeed

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
    Case(
        Reason.INVALID_SPEC,
        "The source has more files than one version can have.",
        "Pack the files into archives, and say so in a new MLAsset.",
        failed(
            _PUBLISHED,
            _NONE,
            found(
                Reason.INVALID_SPEC,
                Severity.SLOW_RETRY,
                "The source has more than 50000 files",
                "Pack them into archives, or publish a part of them.",
            ),
        ),
    ),
)

_SOURCES: Final = (
    Case(
        Reason.SOURCE_UNAVAILABLE,
        "There is nothing at the address, or the operator's identity may not read it.",
        "Correct the address in a new MLAsset, or give the identity Storage Blob Data Reader there.",
        failed(
            _PUBLISHED,
            _NONE,
            found(
                Reason.SOURCE_UNAVAILABLE,
                Severity.SLOW_RETRY,
                f"Could not list {_SOURCE}",
                "Check spec.source.blob.url: it names a file, or a folder with files.",
                code="ContainerNotFound",
            ),
        ),
    ),
    Case(
        Reason.SOURCE_TOO_SLOW,
        "The source answers, and gives its bytes more slowly than the operator waits for them.",
        "Publish from a storage account in the primary region, or lower the operator's setting.",
        failed(_PUBLISHED, _NONE, LeastSpeed().too_slow("trips.parquet", 4 * MIB).failure),
    ),
    Case(
        Reason.RESPONSE_TOO_LARGE,
        "What answers at the address sends more than the operator reads, or packs it although it should not.",
        "See what answers there: a proxy, or a host that is no Azure service.",
        failed(
            _PUBLISHED,
            _NONE,
            found(
                TOO_LARGE.reason,
                TOO_LARGE.severity,
                f"Could not list {_SOURCE}: the answer is larger than 8 MiB",
                TOO_LARGE.remedy,
            ),
        ),
    ),
    Case(
        Reason.SOURCE_NOT_ALLOWED,
        "The registry has `allowedSources`, and the source is below none of them.",
        "Publish from one of the places that the registry names, or ask the platform team to add this one.",
        failed(
            _PUBLISHED,
            _NONE,
            found(
                Reason.SOURCE_NOT_ALLOWED,
                Severity.SLOW_RETRY,
                "spec.allowedSources of MLRegistry ml-platform/demo-registry-1 has no entry for"
                f" {_SOURCE} that is open to namespace team-a",
                f"Have it include the source, or publish from one that it includes. {_GOES_ON}",
            ),
        ),
    ),
    Case(
        Reason.CREDENTIALS_UNAVAILABLE,
        "`sasSecretRef` names a key that the Secret does not have.",
        "Put the signature's query string under that key.",
        failed(
            _PUBLISHED,
            _NONE,
            found(
                Reason.CREDENTIALS_UNAVAILABLE,
                Severity.SLOW_RETRY,
                "Secret team-a/taxi-source lacks sas",
                "Add it: the query string of a SAS URL.",
            ),
        ),
    ),
    Case(
        Reason.SOURCE_CHANGED,
        "A file was written to while it was read.",
        "Nothing; publish from a place that nobody writes to.",
        failed(
            _PUBLISHED,
            _NONE,
            found(
                Reason.SOURCE_CHANGED,
                Severity.RETRY,
                "Source file 'model.pkl' changed or went away after it was listed",
                "It is read again by itself, as it is then.",
                code="ConditionNotMet",
            ),
        ),
    ),
    Case(
        Reason.DIGEST_MISMATCH,
        "`spec.digest` pins other bytes than the source has. Nothing was committed.",
        "Find out which of the two is wrong, and say it in a new MLAsset.",
        failed(
            _PUBLISHED,
            _NONE,
            found(
                Reason.DIGEST_MISMATCH,
                Severity.STALLED,
                f"The source has the digest {_OTHER}, and spec.digest pins {_DIGEST}; nothing was committed",
                "Correct the pin or the source; what is published keeps its digest for ever.",
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

TROUBLES: Final[tuple[Case, ...]] = (*_NEEDS, *_SOURCES, *_BYTES, *_REGIONS)
