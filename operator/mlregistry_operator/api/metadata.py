"""What every object carries besides spec and status, as far as the operator reads it."""

from dataclasses import dataclass
from datetime import datetime

from pydantic import Field

from mlregistry_operator.api.base import ApiModel


@dataclass(frozen=True, slots=True, order=True)
class ObjectKey:
    """Names an object of one kind in the cluster; prints as `namespace/name`."""

    namespace: str
    name: str

    def __str__(self) -> str:
        """The spelling that kubectl, logs and owner tags use."""
        return f"{self.namespace}/{self.name}"


class ObjectMeta(ApiModel):
    """The part of `metav1.ObjectMeta` that the operator reads."""

    name: str = ""
    namespace: str = ""
    uid: str = ""
    generation: int = 0
    resource_version: str = ""
    creation_timestamp: datetime | None = None
    deletion_timestamp: datetime | None = None
    annotations: dict[str, str] = Field(default_factory=dict)
    labels: dict[str, str] = Field(default_factory=dict)
    finalizers: tuple[str, ...] = ()

    @property
    def key(self) -> ObjectKey:
        return ObjectKey(self.namespace, self.name)
