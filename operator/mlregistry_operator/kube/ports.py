"""What reconciliation asks of the cluster."""

import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

from mlregistry_operator.api.asset_types import AssetType
from mlregistry_operator.api.metadata import ObjectKey
from mlregistry_operator.domain.events import EventNote


class ClusterError(Exception):
    """The API server could not be asked, or refused; it is tried again."""


class ConflictError(ClusterError):
    """The object has changed since it was read; read it again."""


class GoneError(ClusterError):
    """The object does not exist any more."""


class LostError(ClusterError):
    """This replica does not lead any more: nothing was sent."""

    def __init__(self) -> None:
        super().__init__("another replica may reconcile now: nothing was sent")


class EndlessListError(ClusterError):
    """A list whose pages lead nowhere."""

    def __init__(self, path: str) -> None:
        super().__init__(f"the list of {path} does not end: its pages lead to themselves, or are too many")


class ForbiddenError(ClusterError):
    """The operator's ServiceAccount lacks a right."""

    @property
    def account(self) -> str:
        """The account that lacks it, as `ServiceAccount namespace/name`, as far as the API server said."""
        found = re.search(r"system:serviceaccount:([^:\"]+):([^:\"]+)", str(self))
        return f"ServiceAccount {found[1]}/{found[2]}" if found else "the operator's ServiceAccount"


@dataclass(frozen=True, slots=True)
class Kind:
    """One of our kinds, as the API server's paths name it."""

    plural: Literal["mlregistries", "mlassets"]
    kind: Literal["MLRegistry", "MLAsset"]


REGISTRIES = Kind("mlregistries", "MLRegistry")
ASSETS = Kind("mlassets", "MLAsset")

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Secret:
    """The decoded data of a Secret, and what whoever may write it has said of it."""

    data: Mapping[str, bytes] = field(repr=False)
    annotations: Mapping[str, str] = field(default_factory=dict)
    type: str = "Opaque"


@dataclass(frozen=True, slots=True)
class Namespace:
    """What matters of a namespace: its labels, and whether it is being deleted with all that is in it."""

    labels: Mapping[str, str]
    terminating: bool


class Objects(Protocol):
    """Our objects as they are now. Every method raises `ClusterError` and nothing else."""

    async def read(self, kind: Kind, key: ObjectKey) -> Body | None:
        """The object as it is now, or None."""
        ...

    def registries(self) -> AsyncIterator[Body]:
        """Every MLRegistry of the cluster, read afresh, one page in memory at a time."""
        ...

    def sees(self, namespace: str) -> bool:
        """Whether objects of that namespace are among what is read; others may be there unseen."""
        ...

    def assets(self, registry_name: str, *, texts: bool) -> AsyncIterator[Body]:
        """Every MLAsset of the cluster whose `spec.registryRef.name` is this, read afresh, a page at a time.

        Lists leave out what objects say at length (`kube.slimming`); `texts` are components' specifications.
        """
        ...

    async def versions(self, registry_name: str, kind: AssetType, version: str) -> tuple[Body, ...]:
        """The MLAssets among `assets` of this type and version, whatever they are called."""
        ...


class Cluster(Objects, Protocol):
    """The API server. Every method raises `ClusterError` and nothing else."""

    async def cluster_id(self) -> str:
        """The UID of the `kube-system` namespace."""
        ...

    async def namespace_labels(self, name: str) -> Mapping[str, str] | None:
        """The labels of a namespace, None where there is no such namespace."""
        ...

    async def namespace(self, name: str) -> Namespace | None:
        """A namespace, None where there is none."""
        ...

    async def write_status(self, kind: Kind, key: ObjectKey, version: str, patch: Mapping[str, Any]) -> None:
        """Merge `patch` into the status of exactly that version of the object.

        Raises:
            ConflictError: the object has another version by now.
            GoneError: it is not there any more.
        """
        ...

    async def secret(self, key: ObjectKey) -> Secret | None:
        """A Secret, or None. Raises `ForbiddenError` where it may not be read."""
        ...

    async def record(self, kind: Kind, body: Body, note: EventNote) -> None:
        """Write an event about the object. Never raises: an event is a courtesy."""
        ...


class Neighbours(Objects, Protocol):
    """What an admission answer asks of the API server, always afresh: every replica of the operator answers,
    and only one reconciles.
    """

    async def namespace(self, name: str) -> Namespace | None:
        """A namespace, None where there is none."""
        ...


@dataclass(frozen=True, slots=True)
class ServedPair:
    """A certificate and its key (PEM), and whether the API server has been told to trust it."""

    certificate: bytes
    key: bytes
    ends: datetime
    trusted: bool


class CertificateSource(Protocol):
    """Where the webhook's certificate comes from. Raises `ClusterError` and nothing else."""

    async def look(self) -> ServedPair:
        """What is to be served now.

        Raises:
            ConflictError: another replica was faster; look again.
        """
        ...
