"""Every reason that a condition, an event or a refusal can carry: one word per cause, fit for scripts."""

from enum import StrEnum
from typing import Self


class Reason(StrEnum):
    """Why a condition has its status. The value is part of the API; the text beside it is its meaning."""

    meaning: str

    def __new__(cls, value: str, meaning: str) -> Self:
        """Attach the one-line meaning that the documentation prints."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.meaning = meaning
        return member

    @classmethod
    def _missing_(cls, value: object) -> "Reason | None":
        """What an earlier release has written is still understood."""
        return cls.DEFECT if value == "UnexpectedError" else None

    # Things go their way.
    SUCCEEDED = "Succeeded", "Everything that was declared exists and is as declared."
    PROGRESSING = "Progressing", "Work on the present generation has begun and goes on."
    PROGRESSING_WITH_RETRY = (
        "ProgressingWithRetry",
        "Something failed that passes by itself; it is tried again.",
    )
    DELETING = "Deleting", "The object is being deleted; what remains is in the message."
    SUSPENDED = "Suspended", "`spec.suspend` is true: nothing is read, changed or reported until it is false."
    OBSERVE_ONLY = "ObserveOnly", "`managementPolicy: ObserveOnly`, and Azure already is as declared."
    PLAN_PENDING = (
        "PlanPending",
        "`managementPolicy: ObserveOnly`, and `status.plan` lists what would be done.",
    )
    SHARED = (
        "Shared",
        "Another object published the version; this one has shown no bytes, and counts nowhere as an owner.",
    )
    NOT_DECLARED = "NotDeclared", "The spec asks for nothing of this sort."

    # A person has to act.
    INVALID_SPEC = "InvalidSpec", "The spec asks for something that cannot be."
    IMMUTABLE_IN_AZURE = "ImmutableInAzure", "Azure cannot change this property of an existing resource."
    NOT_OWNED = (
        "NotOwned",
        "A resource of that name exists in the group and does not carry our tag, or is another MLRegistry's.",
    )
    NAME_CONFLICT = (
        "NameConflict",
        "Another MLRegistry claims the same names, or every name of the sequence is taken by somebody else.",
    )
    RETAINED_ACCOUNT_DIFFERS = (
        "RetainedAccountDiffers",
        "The account left behind in this region has other fixed settings.",
    )
    AUTHENTICATION_FAILED = "AuthenticationFailed", "Microsoft Entra refused the credentials."
    AUTHORIZATION_FAILED = "AuthorizationFailed", "The identity lacks a right on the scope in the message."
    CREDENTIALS_UNAVAILABLE = (
        "CredentialsUnavailable",
        "The Secret with the credentials is missing, unreadable or lacks a key.",
    )
    SUBSCRIPTION_NOT_FOUND = (
        "SubscriptionNotFound",
        "The subscription does not exist, or the identity cannot see it.",
    )
    RESOURCE_GROUP_NOT_FOUND = (
        "ResourceGroupNotFound",
        "The resource group does not exist and nobody asked to create it.",
    )
    QUOTA_EXCEEDED = "QuotaExceeded", "A quota of the subscription is used up."
    POLICY_DENIED = "PolicyDenied", "An Azure Policy assignment refuses the resource."
    LOCKED = "Locked", "A resource lock forbids the change."
    PROVIDER_NOT_REGISTERED = (
        "ProviderNotRegistered",
        "The subscription is not registered for the resource provider.",
    )
    RETENTION_ACTIVE = (
        "RetentionActive",
        "A retention policy holds what is to be deleted, until the time of each blob is over.",
    )
    REFUSED_BY_AZURE = "RefusedByAzure", "Azure refused the request for a reason that only a person can mend."
    PROGRESS_DEADLINE_EXCEEDED = (
        "ProgressDeadlineExceeded",
        "No progress for longer than the deadline allows.",
    )
    NAMESPACE_NOT_ALLOWED = (
        "NamespaceNotAllowed",
        "The registry's `allowedNamespaces` does not admit the asset's namespace.",
    )
    SOURCE_NOT_ALLOWED = (
        "SourceNotAllowed",
        "The registry, the operator's settings or the signature's Secret do not let the source be read.",
    )
    IDENTITY_NOT_ALLOWED = (
        "IdentityNotAllowed",
        "The setting `identity.allowed` does not let the namespace use the operator's identity there.",
    )
    REFERENCE_CYCLE = "ReferenceCycle", "The asset needs itself, by way of what it refers to."
    VERSION_CONFLICT = "VersionConflict", "The version is published already, with other bytes."
    VERSION_DELETED = (
        "VersionDeleted",
        "The version was deleted, and its name never comes back with other bytes.",
    )
    DIGEST_MISMATCH = "DigestMismatch", "The content does not have the digest that it must have."
    SOURCE_UNAVAILABLE = "SourceUnavailable", "The source does not exist, or may not or cannot be read."
    RESPONSE_TOO_LARGE = (
        "ResponseTooLarge",
        "An answer is larger than the operator reads, or packed although plain bytes were asked for.",
    )
    SOURCE_TOO_SLOW = (
        "SourceTooSlow",
        "The source gave fewer bytes a second than the operator's settings ask for.",
    )
    IN_USE = "InUse", "The object is being deleted, and others in the message still use it."
    CONTENT_RETAINED = (
        "ContentRetained",
        "The deletion would take along content that assets left on purpose; it waits to be confirmed.",
    )
    CONTENT_LOST = "ContentLost", "No region holds a verified copy of the version any more."

    # It passes by itself.
    NAME_TAKEN = "NameTaken", "Somebody else holds the name in Azure; the next one of the sequence is tried."
    THROTTLED = "Throttled", "Azure asked to wait; the next call is after its Retry-After."
    AZURE_UNAVAILABLE = "AzureUnavailable", "Azure could not be reached or failed on its side."
    OPERATION_IN_PROGRESS = (
        "OperationInProgress",
        "Another operation holds the resource; the next look is soon.",
    )
    PRINCIPAL_NOT_FOUND = (
        "PrincipalNotFound",
        "A principal of `spec.access` does not exist yet; its roles are assigned once it does.",
    )
    CREATION_FAILED = "CreationFailed", "Azure accepted the request, and the resource ended as failed."
    DEPENDENCY_NOT_READY = "DependencyNotReady", "Another object has to be ready first."
    DEPENDENCY_NOT_FOUND = "DependencyNotFound", "Another object that is referred to does not exist."
    SOURCE_CHANGED = "SourceChanged", "The source changed while it was read; it is read again."
    CONTENT_DAMAGED = "ContentDamaged", "A copy arrived with other bytes; it is made again."
    REGION_UNAVAILABLE = "RegionUnavailable", "A region cannot be reached; the others are not held up by it."
    DEFECT = (
        "Defect",
        "The operator met a defect of its own; it tries again, less and less often, and the log has more.",
    )
    UNKNOWN_AZURE_ERROR = (
        "UnknownAzureError",
        "Azure answered with a code that is not in our table; it is tried again slowly.",
    )

    # Events only.
    REGION_READY = "RegionReady", "A region's infrastructure is as declared."
    REGION_FAILED = "RegionFailed", "A region's infrastructure could not be made."
    REGION_DEGRADED = "RegionDegraded", "A region that was ready is not any more."
    DRIFTED = "Drifted", "Somebody changed in Azure what is declared; the fields are in `status.drift`."
    PUBLISHED = "Published", "A version has come into being, with the digest that it keeps."
    UNPORTABLE_NAMES = (
        "UnportableNames",
        "A version was published whose files some consumers cannot hold under their names.",
    )
    ADOPTED = "Adopted", "A resource was taken over, as the annotation `mlregistry.io/adopt` asks."
    RETAINED = "Retained", "Something was left in Azure on purpose."
