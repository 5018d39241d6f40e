"""How a region's storage account is made: Azure's words, and what can never change about an account."""

from enum import StrEnum

from pydantic import Field

from mlregistry_operator.api.base import ApiModel


class StorageAccountType(StrEnum):
    """The storage SKUs that can serve blobs, spelled as Azure spells them."""

    STANDARD_LRS = "Standard_LRS"
    STANDARD_GRS = "Standard_GRS"
    STANDARD_RAGRS = "Standard_RAGRS"
    STANDARD_ZRS = "Standard_ZRS"
    STANDARD_GZRS = "Standard_GZRS"
    STANDARD_RAGZRS = "Standard_RAGZRS"
    PREMIUM_LRS = "Premium_LRS"
    PREMIUM_ZRS = "Premium_ZRS"

    @property
    def tier(self) -> str:
        """`Standard` or `Premium`. Azure never moves an account from one to the other."""
        return self.value.partition("_")[0]

    @property
    def zone_redundant(self) -> bool:
        """Whether the bytes lie in several zones of the region. Azure does not change this in place."""
        return self.value.endswith("ZRS")

    @property
    def changes_in_place_to(self) -> "frozenset[StorageAccountType]":
        """What one PATCH can make of an account of this type, itself included.

        Source: Azure Storage, change redundancy configuration.
        """
        return frozenset(
            other
            for other in StorageAccountType
            if (other.tier, other.zone_redundant) == (self.tier, self.zone_redundant)
        )


DEFAULT_STORAGE_ACCOUNT_TYPE = StorageAccountType.STANDARD_LRS
DEFAULT_STORAGE_ACCOUNT_HNS = False


class StorageConfig(ApiModel):
    """What a region's storage account is to be; what is absent has its effective default."""

    storage_account_type: StorageAccountType | None = Field(
        default=None,
        description="Azure's SKU name. Absent means Standard_LRS. LRS, GRS and RAGRS may replace each other,"
        " and so may ZRS, GZRS and RAGZRS; performance tier and zone redundancy of an account never change.",
    )
    storage_account_hns: bool | None = Field(
        default=None,
        description="Whether the account has a hierarchical namespace (Data Lake Storage Gen2)."
        " Absent means false. Never changes.",
    )
