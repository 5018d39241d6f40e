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


def same(one: str, other: str) -> bool:
    """Whether two ids name one resource; ARM compares ids without case."""
    return one.casefold().rstrip("/") == other.casefold().rstrip("/")


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
