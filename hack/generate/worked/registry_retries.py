"""What passes by itself, and what nobody foresaw."""

from typing import Final

from hack.generate.worked.cases import ACCOUNT, Case, by_azure, failed, found
from mlregistry_operator.api.conditions import ConditionType
from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.domain.defects import defect
from mlregistry_operator.domain.failures import Severity

_STORAGE: Final = ConditionType.STORAGE_READY
_TWO: Final = "2 of 3 regions are ready."
_WAITS: Final = "Nothing; it goes on by itself."

RETRIES: Final[tuple[Case, ...]] = (
    Case(
        Reason.PROGRESSING_WITH_RETRY,
        "A call failed in a way that passes by itself. `Ready` and `Reconciling` have this reason; the part"
        " that is concerned has the cause.",
        f"{_WAITS} The message says what is awaited.",
        failed(_STORAGE, _TWO, by_azure("ResourceNotFound", 404, "update storage account", ACCOUNT)),
    ),
    Case(
        Reason.THROTTLED,
        "Azure has answered with 429, and said how long to wait.",
        _WAITS,
        failed(_STORAGE, _TWO, by_azure("TooManyRequests", 429, "read storage account", ACCOUNT)),
    ),
    Case(
        Reason.AZURE_UNAVAILABLE,
        "A region of Azure does not answer, or fails on its side.",
        f"{_WAITS} Look at Azure's service health where it does not.",
        failed(_STORAGE, _TWO, by_azure("ServiceUnavailable", 503, "read storage account", ACCOUNT)),
    ),
    Case(
        Reason.OPERATION_IN_PROGRESS,
        "Somebody else's operation holds the resource.",
        _WAITS,
        failed(
            _STORAGE, _TWO, by_azure("AnotherOperationInProgress", 409, "update storage account", ACCOUNT)
        ),
    ),
    Case(
        Reason.NAME_TAKEN,
        "Somebody else in Azure holds the name. It is seen only between two attempts.",
        _WAITS,
        failed(
            _STORAGE, _TWO, by_azure("StorageAccountAlreadyTaken", 409, "create storage account", ACCOUNT)
        ),
    ),
    Case(
        Reason.CREATION_FAILED,
        "Azure took the request, and the resource ended as failed.",
        f"{_WAITS} The resource is made again.",
        failed(
            _STORAGE,
            _TWO,
            found(
                Reason.CREATION_FAILED,
                Severity.RETRY,
                "Azure reports provisioning state Failed for demoregwestusq2w4e6r8",
                "It is made again by itself.",
            ),
        ),
    ),
    Case(
        Reason.CONTENT_DAMAGED,
        "A region leaves, and a version lies there in parts while no region has it whole.",
        "Restore the version in any region, or delete what is left of it in the account that leaves.",
        failed(
            None,
            "2 of 2 regions are ready.",
            found(
                Reason.CONTENT_DAMAGED,
                Severity.SLOW_RETRY,
                "westus holds parts of models/taxi-fare/versions/3, which no region has whole",
                "Restore what is missing in any region, or delete what is left of it in this one by hand.",
            ),
        ),
    ),
    Case(
        Reason.DEFECT,
        "The operator met a defect of its own.",
        "Report it with the line of the operator's log that has the `defectID`. It is tried again.",
        failed(
            _STORAGE,
            _TWO,
            defect("CreateStorageAccount of demoregwestusq2w4e6r8", KeyError(), "3f9a1c2e"),
        ),
    ),
    Case(
        Reason.UNKNOWN_AZURE_ERROR,
        "Azure's code is not in the [operator's table](../errors.md).",
        "Look the code up, and report it, so that it gets a row.",
        failed(_STORAGE, _TWO, by_azure("SomethingNew", 409, "create storage account", ACCOUNT)),
    ),
)
