"""A Lease of `coordination.k8s.io/v1`: read, written against its version, and waited on."""

from typing import Any, Final

from mlregistry_operator.api.metadata import ObjectKey
from mlregistry_operator.domain.leadership import Tenure
from mlregistry_operator.kube.errors import cluster_errors
from mlregistry_operator.kube.ports import Body, GoneError
from mlregistry_operator.kube.rest import Rest

_API: Final = "coordination.k8s.io/v1"


class KubernetesLease:
    """One lease by its name. Every method raises `ClusterError` and nothing else."""

    def __init__(self, rest: Rest, key: ObjectKey) -> None:
        self._rest, self._key = rest, key
        self._collection = f"/apis/{_API}/namespaces/{key.namespace}/leases"

    async def read(self) -> Tenure | None:
        """What it says now, None where it is not there."""
        try:
            with cluster_errors(f"read Lease {self._key}"):
                return _tenure(await self._rest.get(self._path))
        except GoneError:
            return None

    async def write(self, tenure: Tenure) -> Tenure:
        """Put this in place of exactly that version; without a version, make it.

        Raises:
            ConflictError: somebody else has written it.
        """
        with cluster_errors(f"write Lease {self._key}"):
            return _tenure(await self._rest.replace(self._path, self._body(tenure)))

    async def changes(self, version: str, seconds: float) -> None:
        """Return when it has changed since that version, at the latest after so many seconds."""
        selector = f"fieldSelector=metadata.name%3D{self._key.name}"
        with cluster_errors(f"watch Lease {self._key}"):
            await self._rest.first_event(f"{self._collection}?{selector}", version, seconds)

    @property
    def _path(self) -> str:
        return f"{self._collection}/{self._key.name}"

    def _body(self, tenure: Tenure) -> Body:
        metadata = {"name": self._key.name, "namespace": self._key.namespace}
        return {
            "apiVersion": _API,
            "kind": "Lease",
            "metadata": metadata | ({"resourceVersion": tenure.version} if tenure.version else {}),
            "spec": {
                "holderIdentity": tenure.holder,
                "leaseDurationSeconds": tenure.seconds,
                "acquireTime": tenure.acquired,
                "renewTime": tenure.renewed,
                "leaseTransitions": tenure.transitions,
            },
        }


def _tenure(lease: dict[str, Any]) -> Tenure:
    """A lease that somebody has made empty is nobody's."""
    spec = lease.get("spec") or {}
    return Tenure(
        holder=spec.get("holderIdentity") or "",
        seconds=int(spec.get("leaseDurationSeconds") or 0),
        acquired=spec.get("acquireTime") or "",
        renewed=spec.get("renewTime") or "",
        transitions=int(spec.get("leaseTransitions") or 0),
        version=lease["metadata"]["resourceVersion"],
    )
