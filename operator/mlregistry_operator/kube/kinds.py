"""Which of our kinds the API server serves at this moment."""

from typing import Final

from mlregistry_operator.api.group import GROUP, VERSION
from mlregistry_operator.kube.errors import cluster_errors
from mlregistry_operator.kube.ports import GoneError
from mlregistry_operator.kube.rest import Rest

API: Final = f"/apis/{GROUP}/{VERSION}"


async def served_kinds(rest: Rest) -> dict[str, frozenset[str]]:
    """The verbs of those that are served, by plural; a kind whose CRD terminates has no `create`.

    Raises:
        ClusterError: the API server could not be asked.
    """
    try:
        with cluster_errors("ask the API server for its kinds"):
            found = await rest.get(API)
    except GoneError:
        return {}
    return {
        str(one["name"]): frozenset(one.get("verbs") or ())
        for one in found.get("resources", [])
        if "/" not in str(one["name"])
    }
