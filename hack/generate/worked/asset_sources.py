"""What can be in the way of a version's source: its address, the right to read it, and what it gives."""

from typing import Final

from hack.generate.worked.cases import Case, failed, found
from mlregistry_operator.api.asset_types import ModelFormat
from mlregistry_operator.api.conditions import ConditionType
from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.domain.arm import ArmId
from mlregistry_operator.domain.assets.blocks import MIB
from mlregistry_operator.domain.assets.formats import format_faults
from mlregistry_operator.domain.failures import Severity
from mlregistry_operator.domain.meanings import TOO_LARGE
from mlregistry_operator.reconcile.content.measure import unfit
from mlregistry_operator.reconcile.content.speeds import LeastSpeed

_PUBLISHED: Final = ConditionType.PUBLISHED
_SOURCE: Final = ArmId("https://teamaccount.blob.core.windows.net/models/taxi-fare/3")
_DIGEST: Final = f"sha256:{'3f' * 32}"
_OTHER: Final = f"sha256:{'a7' * 32}"
_NONE: Final = "0 of 3 regions have the version."
_GOES_ON: Final = "It goes on by itself then."

SOURCES: Final[tuple[Case, ...]] = (
    Case(
        Reason.INVALID_SPEC,
        "The source is not what was declared: here an MLflow model lies one folder below the URL.",
        "Do what the message says, at the source or in a new MLAsset.",
        failed(
            _PUBLISHED,
            _NONE,
            unfit(str(*format_faults(ModelFormat.MLFLOW, ("model/MLmodel", "plot.png")))).failure,
        ),
    ),
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
