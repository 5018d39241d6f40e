"""Looks whether the cluster offers what reconciliation needs."""

from mlregistry_operator.api.group import GROUP, VERSION
from mlregistry_operator.domain.prerequisites import missing_kinds, too_old
from mlregistry_operator.kube.cluster import KubernetesCluster
from mlregistry_operator.kube.errors import cluster_errors
from mlregistry_operator.kube.ports import ClusterError, ForbiddenError, GoneError
from mlregistry_operator.kube.rest import Rest


async def unmet(rest: Rest, cluster: KubernetesCluster) -> str | None:
    """The first thing that is missing, in a sentence; None where all is there. Never raises."""
    try:
        with cluster_errors("ask the API server for its version"):
            version = await rest.get("/version")
        missing = too_old(version) or missing_kinds(await _served(rest))
        if missing is None:
            await _identify(cluster)
    except ClusterError as error:
        return str(error)
    return missing


async def _served(rest: Rest) -> list[str]:
    """The plurals of our group and version that are served."""
    try:
        with cluster_errors("ask the API server for its kinds"):
            found = await rest.get(f"/apis/{GROUP}/{VERSION}")
    except GoneError:
        return []
    return [str(one["name"]) for one in found.get("resources", [])]


async def _identify(cluster: KubernetesCluster) -> None:
    """The cluster can be told from others: it stands in the owner tag of every Azure resource."""
    try:
        await cluster.cluster_id()
    except ForbiddenError as error:
        what = "get namespace kube-system, whose UID marks what belongs to this cluster in Azure"
        raise ClusterError(f"{error}; bind a role to {error.account} that lets it {what}") from error
