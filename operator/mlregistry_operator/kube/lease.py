"""A Lease of `coordination.k8s.io/v1`: read, written against its version, and waited on."""

from typing import Any, Final

from mlregistry_operator.api.metadata import ObjectKey
from mlregistry_operator.domain.leadership import Tenure
from mlregistry_operator.kube.errors import cluster_errors
from mlregistry_operator.kube.ports import Body, ClusterError, GoneError
from mlregistry_operator.kube.rest import Rest

_API: Final = "coordination.k8s.io/v1"
_APPS: Final = "apps/v1"


class KubernetesLease:
    """One lease by its name. Every method raises `ClusterError` and nothing else.

    With the name of a Deployment, the lease belongs to it: the cluster's garbage collector deletes both.
    """

    def __init__(self, rest: Rest, key: ObjectKey, deployment: str = "") -> None:
        self._rest, self._key, self._deployment = rest, key, deployment
        self._owners: list[Body] | None = None if deployment else []
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
        if self._owners is None:
            self._owners = [await self._owner()]
        with cluster_errors(f"write Lease {self._key}"):
            return _tenure(await self._rest.replace(self._path, self._body(tenure, self._owners)))

    async def changes(self, version: str, seconds: float) -> None:
        """Return when it has changed since that version, at the latest after so many seconds."""
        selector = f"fieldSelector=metadata.name%3D{self._key.name}"
        with cluster_errors(f"watch Lease {self._key}"):
            await self._rest.first_event(f"{self._collection}?{selector}", version, seconds)

    @property
    def _path(self) -> str:
        return f"{self._collection}/{self._key.name}"

    async def _owner(self) -> Body:
        """The Deployment as an owner. Without it the lease would be left behind, and none is made then."""
        whose = f"Deployment {self._key.namespace}/{self._deployment}"
        path = f"/apis/{_APPS}/namespaces/{self._key.namespace}/deployments/{self._deployment}"
        try:
            with cluster_errors(f"read {whose}"):
                found = await self._rest.get(path)
        except GoneError as error:
            raise ClusterError(f"{whose} is not there, to which Lease {self._key} is to belong") from error
        return {
            "apiVersion": _APPS,
            "kind": "Deployment",
            "name": self._deployment,
            "uid": found["metadata"]["uid"],
        }

    def _body(self, tenure: Tenure, owners: list[Body]) -> Body:
        metadata: Body = {"name": self._key.name, "namespace": self._key.namespace}
        metadata |= {"ownerReferences": owners} if owners else {}
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
