"""A pass comes in time to say that nothing has got further."""

from dataclasses import replace

from mlregistry_operator.api.asset_status import MLAssetStatus
from mlregistry_operator.api.registry_status import MLRegistryStatus
from mlregistry_operator.domain.deadline import seconds_left
from mlregistry_operator.reconcile.world import Outcome, World


def until_deadline(status: MLRegistryStatus | MLAssetStatus, outcome: Outcome, world: World) -> Outcome:
    """Come back as the outcome says, or at the deadline, whichever is first."""
    left = seconds_left(
        status.conditions,
        status.last_progress_time,
        world.timing.progress_deadline,
        now=world.clock.now(),
    )
    return outcome if left is None else replace(outcome, delay=min(outcome.delay, left))
