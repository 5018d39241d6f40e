"""Azure Resource Manager ids of the resources that a registry is made of.

Source: ARM resource id format, https://learn.microsoft.com/azure/azure-resource-manager/templates/resource-name-rules.
"""

from dataclasses import dataclass
from typing import Final, NewType

_GROUP_PARTS: Final = 5  # "", subscriptions, {id}, resourceGroups, {name}

ArmId = NewType("ArmId", str)


@dataclass(frozen=True, slots=True)
class ResourceGroup:
    """Where a registry's resources live: a resource group of a subscription."""

    subscription_id: str
    name: str

    @property
    def id(self) -> ArmId:
        return ArmId(f"/subscriptions/{self.subscription_id}/resourceGroups/{self.name}")

    def storage_account(self, name: str) -> ArmId:
        return ArmId(f"{self.id}/providers/Microsoft.Storage/storageAccounts/{name}")

    def container_registry(self, name: str) -> ArmId:
        return ArmId(f"{self.id}/providers/Microsoft.ContainerRegistry/registries/{name}")


def replication(registry: ArmId, location: str) -> ArmId:
    """The replication of a container registry into a region; it is named as its region."""
    return ArmId(f"{registry}/replications/{location}")


def name_of(resource: ArmId) -> str:
    """The last segment: the resource's own name."""
    return resource.rsplit("/", 1)[-1]


def told_name(resource: ArmId) -> str:
    """A name that a person can tell from others: of what lies in an account or on it, with where that is."""
    scope, assigned, guid = resource.partition("/providers/Microsoft.Authorization/roleAssignments/")
    if assigned:
        return f"{guid} on {told_name(ArmId(scope))}"
    if name_of(resource) == "default":
        return told_name(parent_of(resource))
    account, inside, container = resource.partition("/blobServices/default/containers/")
    return f"{container} in {name_of(ArmId(account))}" if inside else name_of(resource)


def same(one: str, other: str) -> bool:
    """Whether two ids name one resource; ARM compares ids without case."""
    return one.casefold().rstrip("/") == other.casefold().rstrip("/")


def writes_in_turn(resource: str) -> str:
    """What holds back other writes while this resource is written: its storage account, else it alone.

    Azure refuses two writes to one account at a time, also of what lies in it. Role assignments are another
    provider's.
    """
    folded = resource.casefold()
    head, found, below = folded.partition("/storageaccounts/")
    if not found or "/microsoft.authorization/" in below:
        return folded
    return f"{head}{found}{below.partition('/')[0]}"


def group_of(resource: ArmId) -> ResourceGroup:
    """The resource group of a resource.

    Raises:
        ValueError: the id names nothing inside a resource group.
    """
    parts = resource.split("/")
    if len(parts) < _GROUP_PARTS or parts[1].casefold() != "subscriptions":
        raise ValueError(f"not the id of something in a resource group: {resource}")
    return ResourceGroup(parts[2], parts[4])


def parent_of(resource: ArmId) -> ArmId:
    """The resource that a nested one belongs to: two segments fewer."""
    return ArmId(resource.rsplit("/", 2)[0])
