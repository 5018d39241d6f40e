"""The rights in Azure that the operator needs, by what its registries use, each with its reason.

The custom role definitions (`docs/azure-roles/`) and the tables of `docs/azure-roles.md` come from these.
A test runs the operator in a cloud that grants these and nothing else.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

FOLDER: Final = Path("docs/azure-roles")
_STORAGE: Final = "Microsoft.Storage/storageAccounts"
_CONTAINERS: Final = f"{_STORAGE}/blobServices/containers"
_REGISTRIES: Final = "Microsoft.ContainerRegistry/registries"
_GROUPS: Final = "Microsoft.Resources/subscriptions/resourceGroups"
_ASSIGNMENTS: Final = "Microsoft.Authorization/roleAssignments"


@dataclass(frozen=True, slots=True)
class Right:
    """An action of Azure; a data action lets read or write content, which owning a resource does not."""

    action: str
    why: str
    data: bool = False


@dataclass(frozen=True, slots=True)
class AzureRole:
    """A custom role: for whom, where it is assigned, and what it holds."""

    file: str
    name: str
    when: str
    scope: str
    rights: tuple[Right, ...]

    def definition(self) -> str:
        """What `az role definition create --role-definition @file` takes, but for the subscription."""
        body = {
            "Name": self.name,
            "IsCustom": True,
            "Description": self.when,
            "Actions": [right.action for right in self.rights if not right.data],
            "NotActions": [],
            "DataActions": [right.action for right in self.rights if right.data],
            "NotDataActions": [],
            "AssignableScopes": ["/subscriptions/00000000-0000-0000-0000-000000000000"],
        }
        return json.dumps(body, indent=2) + "\n"


_READS: Final = (
    Right(f"{_GROUPS}/read", "whether the group is there"),
    Right(f"{_GROUPS}/resources/read", "whether anything is left in it"),
    Right(f"{_STORAGE}/read", "the accounts as they are"),
    Right(f"{_CONTAINERS}/read", "which containers there are"),
    Right(f"{_CONTAINERS}/immutabilityPolicies/read", "the retention as it is"),
    Right(f"{_STORAGE}/managementPolicies/read", "whether staging is emptied"),
    Right(f"{_REGISTRIES}/read", "the container registry as it is"),
    Right(f"{_REGISTRIES}/replications/read", "in which regions it is"),
    Right(f"{_ASSIGNMENTS}/read", "whom `spec.access` names already"),
)

ROLES: Final = (
    AzureRole(
        "registry.json",
        "ML Registry Operator",
        "Every registry and its assets.",
        "resource group",
        (
            *_READS[:4],
            *_READS[6:8],
            Right(f"{_STORAGE}/write", "one account in every region"),
            Right(f"{_STORAGE}/delete", "`regionRemovalPolicy` and `deletionPolicy: Delete`"),
            Right("Microsoft.Storage/locations/asyncoperations/read", "how far a new account is"),
            Right(f"{_CONTAINERS}/write", "a container for each type of asset"),
            Right(f"{_REGISTRIES}/write", "the container registry"),
            Right(f"{_REGISTRIES}/delete", "`deletionPolicy: Delete`"),
            Right(f"{_REGISTRIES}/operationStatuses/read", "how far it is"),
            Right("Microsoft.ContainerRegistry/locations/operationResults/read", "how far an import is"),
            Right(f"{_REGISTRIES}/replications/write", "a replication to every other region"),
            Right(f"{_REGISTRIES}/replications/delete", "a region that leaves"),
            Right(f"{_REGISTRIES}/replications/operationStatuses/read", "how far a replication is"),
            Right(f"{_REGISTRIES}/importImage/action", "environments"),
            Right(f"{_REGISTRIES}/pull/read", "the digest of an image, in every region"),
            Right(
                f"{_REGISTRIES}/metadata/read", "which image a tag names, and which repositories there are"
            ),
            Right(f"{_REGISTRIES}/artifacts/delete", "an environment with `deletionPolicy: Delete`"),
            Right(
                f"{_STORAGE}/blobServices/generateUserDelegationKey/action",
                "a short-lived signature by which one account reads from another",
            ),
            Right(f"{_CONTAINERS}/blobs/read", "proof that the bytes are there", data=True),
            Right(f"{_CONTAINERS}/blobs/write", "publishing and copying", data=True),
            Right(f"{_CONTAINERS}/blobs/delete", "an asset with `deletionPolicy: Delete`", data=True),
        ),
    ),
    AzureRole(
        "image-source.json",
        "ML Registry Operator - source of images",
        "Environments from a private registry of Azure, with the registry's identity.",
        "container registry that the images are in",
        (
            Right(f"{_REGISTRIES}/read", "which login server it has, and to find it by that"),
            Right(f"{_REGISTRIES}/pull/read", "`importImage` with this registry as its source"),
        ),
    ),
    AzureRole(
        "access.json",
        "ML Registry Operator - access",
        "Registries with spec.access.",
        "resource group",
        (
            _READS[8],
            Right(f"{_ASSIGNMENTS}/write", "the three tiers"),
            Right(f"{_ASSIGNMENTS}/delete", "who leaves `spec.access`"),
            _READS[5],
            Right(f"{_STORAGE}/managementPolicies/write", "the rule that empties staging"),
        ),
    ),
    AzureRole(
        "immutability.json",
        "ML Registry Operator - immutability",
        "Registries with spec.immutability.",
        "resource group",
        (
            _READS[4],
            Right(f"{_CONTAINERS}/immutabilityPolicies/write", "the retention"),
            Right(
                f"{_CONTAINERS}/immutabilityPolicies/extend/action", "a longer one, where somebody locked it"
            ),
        ),
    ),
    AzureRole(
        "resource-group.json",
        "ML Registry Operator - resource groups",
        "Registries with createResourceGroup: true.",
        "subscription",
        (
            _READS[0],
            Right(f"{_GROUPS}/write", "the group"),
            Right(f"{_GROUPS}/delete", "a group that the operator has made and that is empty"),
            Right("Microsoft.Resources/subscriptions/operationresults/read", "how far its deletion is"),
        ),
    ),
    AzureRole(
        "providers.json",
        "ML Registry Operator - resource providers",
        "Subscriptions in which Microsoft.Storage or Microsoft.ContainerRegistry is not registered yet.",
        "subscription",
        (
            Right("Microsoft.Storage/register/action", "asked for where Azure says that it is missing"),
            Right("Microsoft.ContainerRegistry/register/action", "the same"),
        ),
    ),
    AzureRole(
        "observe.json",
        "ML Registry Operator - observer",
        "Registries with managementPolicy: ObserveOnly, and nothing else.",
        "resource group",
        _READS,
    ),
)
