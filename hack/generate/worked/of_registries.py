"""The worked examples of an MLRegistry: `demo-registry-1` in eastus, eastus2 and westus."""

from typing import Final

from hack.generate.worked.cases import ACCOUNT, Case, by_azure, failed, found
from hack.generate.worked.registry_refusals import REFUSALS
from hack.generate.worked.registry_retries import RETRIES
from mlregistry_operator.api.conditions import ConditionType
from mlregistry_operator.api.metadata import ObjectKey
from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.domain.conditions import Verdict
from mlregistry_operator.domain.confirmation import still_holds
from mlregistry_operator.domain.failures import Severity
from mlregistry_operator.domain.usage import registry_in_use_sentence

_READY: Final = ConditionType.READY
_STORAGE: Final = ConditionType.STORAGE_READY
_IMAGES: Final = ConditionType.CONTAINER_REGISTRY_READY
_ACCESS: Final = ConditionType.ACCESS_READY
_BEGUN: Final = "0 of 3 regions are ready. In progress: eastus, eastus2, westus."
_ACCOUNTS_BEGUN: Final = (
    "0 of 3 are as declared. demoregeastusa1b2c3d4: Azure is working on it; demoregeastus2e5f6g7h8: Azure is"
    " working on it; demoregwestusq2w4e6r8: Azure is working on it."
)
_IMAGES_BEGUN: Final = (
    "0 of 3 are as declared. demoregistryeastusk3m5n7: Azure is working on it; eastus2: not there;"
    " westus: not there."
)
_IMAGES_THERE: Final = "The container registry with its replications is as declared."
_PLANNED: Final = "2 steps are planned in status.plan; managementPolicy ObserveOnly takes none of them."
_GOING: Final = "Deleting. Remaining: demoregeastusa1b2c3d4, demoregwestusq2w4e6r8."

_AS_DECLARED: Final = (
    Case(
        Reason.SUCCEEDED,
        "All three regions exist and are as declared.",
        "Nothing.",
        (
            Verdict(_READY, "True", Reason.SUCCEEDED, "3 of 3 regions are ready."),
            Verdict(_STORAGE, "True", Reason.SUCCEEDED, "Every storage account is as declared."),
            Verdict(_IMAGES, "True", Reason.SUCCEEDED, _IMAGES_THERE),
            Verdict(_ACCESS, "True", Reason.SUCCEEDED, "Every declared role is assigned."),
        ),
    ),
    Case(
        Reason.NOT_DECLARED,
        "The spec has no `access`: there is nothing to assign, and nothing is missing.",
        "Nothing, or declare who may use the registry.",
        (Verdict(_ACCESS, "True", Reason.NOT_DECLARED, "spec.access is empty."),),
    ),
    Case(
        Reason.PROGRESSING,
        "The object was just applied, and Azure is making the accounts.",
        "Wait. `status.regions` and `status.operations` tell how far it is.",
        (
            Verdict(_READY, "Unknown", Reason.PROGRESSING, _BEGUN),
            Verdict(ConditionType.RECONCILING, "True", Reason.PROGRESSING, _BEGUN),
            Verdict(_STORAGE, "False", Reason.PROGRESSING, _ACCOUNTS_BEGUN),
            Verdict(_IMAGES, "False", Reason.PROGRESSING, _IMAGES_BEGUN),
        ),
    ),
    Case(
        Reason.OBSERVE_ONLY,
        "`managementPolicy: ObserveOnly`, and Azure already is as declared.",
        "Nothing; set `managementPolicy: Full` to have it kept so.",
        (Verdict(_READY, "True", Reason.OBSERVE_ONLY, "Azure is as declared; nothing is touched."),),
    ),
    Case(
        Reason.PLAN_PENDING,
        "`managementPolicy: ObserveOnly`, and two accounts are missing.",
        "Read `status.plan`; set `managementPolicy: Full` to have it carried out.",
        (Verdict(_READY, "False", Reason.PLAN_PENDING, _PLANNED),),
    ),
    Case(
        Reason.SUSPENDED,
        "`suspend: true` on an object that was never looked at. One that was keeps its conditions.",
        "Set `suspend: false`.",
        (Verdict(_READY, "Unknown", Reason.SUSPENDED, "spec.suspend is true; nothing was looked at yet."),),
    ),
)

_LEAVING: Final = (
    Case(
        Reason.DELETING,
        "The object is deleted with `deletionPolicy: Delete`, and Azure takes things down.",
        "Wait. What remains is in the message.",
        (
            Verdict(_READY, "False", Reason.DELETING, _GOING),
            Verdict(ConditionType.RECONCILING, "True", Reason.DELETING, _GOING),
        ),
    ),
    Case(
        Reason.IN_USE,
        "The object is deleted while an asset still uses the registry, and the webhook was not asked.",
        "Delete the assets that are named, or detach the registry by force.",
        failed(
            None,
            "",
            found(
                Reason.IN_USE,
                Severity.SLOW_RETRY,
                "Deletion waits: " + registry_in_use_sentence((ObjectKey("team-a", "taxi-fare-3"),)),
            ),
        ),
    ),
    Case(
        Reason.CONTENT_RETAINED,
        "The object is deleted with `deletionPolicy: Delete`; its assets are gone, their content is there.",
        "Confirm that the content may go too, or leave everything in Azure.",
        failed(None, "", still_holds("DemoRegistry1", ("models/taxi-fare/versions/3",))),
    ),
    Case(
        Reason.RETENTION_ACTIVE,
        "The object is deleted with `deletionPolicy: Delete`, and `immutability.retentionDays` are not over.",
        "Wait for the last day, or leave everything in Azure.",
        failed(
            None,
            "Deleting. Remaining: demoregwestusq2w4e6r8.",
            by_azure("AccountProtectedFromDeletion", 409, "delete storage account", ACCOUNT),
        ),
    ),
)

_EVENTS: Final = (
    Case(
        Reason.REGION_READY,
        "A region is as declared for the first time, or again.",
        "Nothing.",
        event="westus: Storage account and container registry are as declared.",
    ),
    Case(
        Reason.REGION_FAILED,
        "A region's account could not be made.",
        "Read the message of the region's row.",
        event="westus: Could not create storage account demoregwestusq2w4e6r8 (SkuNotAvailable).",
    ),
    Case(
        Reason.REGION_DEGRADED,
        "A region was ready, and something of it is missing or cannot be read.",
        "Read the message of the region's row.",
        event="westus: Could not read storage account demoregwestusq2w4e6r8 (ServiceUnavailable).",
    ),
    Case(
        Reason.DRIFTED,
        "Somebody has changed in Azure what the spec declares. It is put right.",
        "Change the spec instead, or have whoever changes Azure leave it alone.",
        event="Changed in Azure: demoregwestusq2w4e6r8: minimumTlsVersion is TLS1_0 and should be TLS1_2.",
    ),
    Case(
        Reason.ADOPTED,
        "The annotation `mlregistry.io/adopt` named a resource, and it was taken over.",
        "Remove the annotation when you like; the tag holds from now on.",
        event=f"Took over {ACCOUNT}, which belonged to nobody. tags should name this registry.",
    ),
    Case(
        Reason.RETAINED,
        "The object, or a region, has gone with `Retain`.",
        "Keep the ids, or delete by hand what nobody needs.",
        event=f"Left in Azure: {ACCOUNT}. The region left the registry, and regionRemovalPolicy is Retain.",
    ),
)

REGISTRY_CASES: Final[tuple[Case, ...]] = (*_AS_DECLARED, *RETRIES, *REFUSALS, *_LEAVING, *_EVENTS)
