"""A registry that is to be deleted with its data, while content lies in it that no object declares any more.

Such content was left on purpose, by assets with `deletionPolicy: Retain`. It goes only where somebody has
confirmed that, by the registry's name.
"""

from dataclasses import replace

from mlregistry_operator.api.asset_types import AssetType
from mlregistry_operator.api.group import CONFIRM_DELETE
from mlregistry_operator.cloud.ports import CloudError
from mlregistry_operator.domain.confirmation import confirm_remedy, still_holds
from mlregistry_operator.domain.failures import Failure
from mlregistry_operator.domain.resources import Observed, ObservedAccount, ObservedContainerRegistry
from mlregistry_operator.domain.teardown import belongings
from mlregistry_operator.reconcile.assets.content import Content
from mlregistry_operator.reconcile.draining import versions_in
from mlregistry_operator.reconcile.memory import Memory
from mlregistry_operator.reconcile.scene import Scene


async def unconfirmed(scene: Scene, observed: Observed, memory: Memory, content: Content) -> Failure | None:
    """Why the deletion has to be confirmed first; None where it is, or where there is nothing to lose.

    Never raises: what cannot be read may hold content.
    """
    registry = scene.registry
    confirmed = registry.metadata.annotations.get(CONFIRM_DELETE) == registry.effective_name
    if confirmed or memory.nothing_to_lose:
        return None
    try:
        found = [
            place
            for seen in belongings(scene.desired, observed, scene.owner)
            for place in await _content_of(seen, scene, content)
        ]
    except CloudError as error:
        remedy = confirm_remedy(registry.effective_name)
        return replace(error.failure, remedy=f"{error.failure.remedy} {remedy}".strip())
    memory.nothing_to_lose = not found
    return still_holds(registry.effective_name, found) if found else None


async def _content_of(seen: object, scene: Scene, content: Content) -> list[str]:
    """The versions that a resource holds, as a message names them."""
    if isinstance(seen, ObservedAccount) and seen.blob_endpoint is not None:
        store = await content.stores.open(scene.identity, seen.blob_endpoint)
        return [f"{key} in {seen.location}" for key in sorted(await versions_in(store))]
    if isinstance(seen, ObservedContainerRegistry) and seen.login_server is not None:
        subscription = scene.desired.group.subscription_id
        images = await content.images.images(scene.identity, subscription)
        prefix = f"{AssetType.ENVIRONMENT.plural}/"
        return [one for one in await images.repositories(seen.login_server) if one.startswith(prefix)]
    return []
