"""A deletion that is asked for: refused while others use the object, in the words of the waiting finalizer.

What Kubernetes itself takes away passes, and waits with its finalizer: a namespace must not hang on who comes
first. Cost: one list of the registry's assets, 500 a page; for an asset one read of its registry, and a list
for every other registry that is promoted from; one read of the namespace where somebody is in the way.
"""

from typing import Final

from mlregistry_operator.admission.reviews import Refusal, Verdict
from mlregistry_operator.api.group import FORCE_DETACH
from mlregistry_operator.api.objects import MLAsset, MLRegistry
from mlregistry_operator.api.rule import FieldReason
from mlregistry_operator.domain.usage import asset_in_use_sentence, registry_in_use_sentence
from mlregistry_operator.kube.ports import Neighbours
from mlregistry_operator.reconcile.assets.neighbours import who_uses_asset, who_uses_registry

FIELD: Final = "metadata.deletionTimestamp"
# The controllers that delete what somebody else's deletion takes along; the last where they share an account.
HOUSEKEEPERS: Final = frozenset(
    {
        "system:serviceaccount:kube-system:namespace-controller",
        "system:serviceaccount:kube-system:generic-garbage-collector",
        "system:kube-controller-manager",
    }
)


def is_guarded(old: MLRegistry | MLAsset, username: str) -> bool:
    """Whether it is asked at all who uses the object."""
    return username not in HOUSEKEEPERS and old.metadata.annotations.get(FORCE_DETACH) != "true"


async def beside_users(old: MLRegistry | MLAsset, around: Neighbours) -> Verdict:
    """Refuse where somebody uses it. Raises `ClusterError` where the API server could not be asked."""
    if isinstance(old, MLRegistry):
        users = await who_uses_registry(old.key, around)
        sentence = registry_in_use_sentence(users)
    else:
        users = await who_uses_asset(old, around)
        sentence = asset_in_use_sentence(users)
    if not users:
        return Verdict()
    namespace = await around.namespace(old.metadata.namespace)
    if namespace is None or namespace.terminating:
        return Verdict()
    return Verdict((Refusal(FIELD, FieldReason.FORBIDDEN, sentence),))
