"""The choices that decide how far the operator may go."""

from enum import StrEnum


class ManagementPolicy(StrEnum):
    """Whether the operator acts or only looks."""

    FULL = "Full"
    OBSERVE_ONLY = "ObserveOnly"


class DeletionPolicy(StrEnum):
    """What becomes of data in Azure when nothing declares it any more."""

    RETAIN = "Retain"
    DELETE = "Delete"


class Switch(StrEnum):
    """A feature that is on or off."""

    ENABLED = "Enabled"
    DISABLED = "Disabled"


class PublicNetworkAccess(StrEnum):
    """Whether the resources answer from the public network."""

    ENABLED = "Enabled"
    DISABLED = "Disabled"
