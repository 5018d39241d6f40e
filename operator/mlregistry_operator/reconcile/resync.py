"""When a settled object is looked at again: seldom, and not all at once."""

import random

from mlregistry_operator.api.group import RESYNC_INTERVAL
from mlregistry_operator.api.metadata import ObjectMeta
from mlregistry_operator.domain.intervals import seconds_of
from mlregistry_operator.reconcile.world import World


def resync_delay(metadata: ObjectMeta, world: World) -> float:
    """Seconds until the next look: the setting, or what the object's annotation asks for; jittered."""
    asked = seconds_of(metadata.annotations.get(RESYNC_INTERVAL, ""))
    jitter = random.uniform(0.9, 1.1)  # noqa: S311 - spreads load, guards nothing
    return world.timing.resync * jitter if asked is None else max(asked * jitter, world.timing.min_resync)
