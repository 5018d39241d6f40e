"""Conditions as Kubernetes defines them, and the types that our kinds report."""

from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import Field

from mlregistry_operator.api.base import ApiModel
from mlregistry_operator.api.reasons import Reason


class ConditionType(StrEnum):
    """What a condition speaks of. `Reconciling` and `Stalled` are present only while True, and never both."""

    READY = "Ready"
    RECONCILING = "Reconciling"
    STALLED = "Stalled"
    STORAGE_READY = "StorageReady"
    CONTAINER_REGISTRY_READY = "ContainerRegistryReady"
    ACCESS_READY = "AccessReady"
    REFERENCES_RESOLVED = "ReferencesResolved"
    PUBLISHED = "Published"
    REPLICATED = "Replicated"


class Condition(ApiModel):
    """One `metav1.Condition`.

    Source: KEP-1623, standardize conditions.
    """

    type: ConditionType = Field(description="What this condition speaks of.")
    status: Literal["True", "False", "Unknown"] = Field(description="Whether it holds.")
    reason: Reason = Field(description="One fixed word for why, listed in the documentation of reasons.")
    message: str = Field(
        description="One or more sentences for a person: what, why, what to do.", max_length=8192
    )
    observed_generation: int = Field(
        description="The generation of the spec that this was computed for.", ge=0, le=2**53
    )
    last_transition_time: datetime = Field(description="When the status last flipped.")
