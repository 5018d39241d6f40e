"""Looks whether the cluster offers what reconciliation needs."""

from mlregistry_operator.domain.prerequisites import Lacking, lacking_kinds, too_old
from mlregistry_operator.kube.cluster import KubernetesCluster
from mlregistry_operator.kube.errors import cluster_errors
from mlregistry_operator.kube.kinds import served_kinds
from mlregistry_operator.kube.ports import ClusterError, ForbiddenError
from mlregistry_operator.kube.rest import Rest


async def unmet(rest: Rest, cluster: KubernetesCluster) -> Lacking | None:
    """The first thing that is missing; None where all is there. Never raises."""
    try:
        with cluster_errors("ask the API server for its version"):
            version = await rest.get("/version")
        lacking = too_old(version) or lacking_kinds(await served_kinds(rest))
        if lacking is None or not lacking.blocks:
            await _identify(cluster)
    except ClusterError as error:
        return Lacking(str(error))
    return lacking


async def _identify(cluster: KubernetesCluster) -> None:
    """The cluster can be told from others: it stands in the owner tag of every Azure resource."""
    try:
        await cluster.cluster_id()
    except ForbiddenError as error:
        what = "get namespace kube-system, whose UID marks what belongs to this cluster in Azure"
        raise ClusterError(f"{error}; bind a role to {error.account} that lets it {what}") from error
