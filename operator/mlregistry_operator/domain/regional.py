"""Regional endpoints of the container registry: a preview of Azure, which not every cloud offers.

Where they are declared and not offered nothing fails: images are replicated all the same, and only the
evidence of it is weaker. The registry says so.
"""

from dataclasses import replace
from typing import Final

from mlregistry_operator.api.conditions import ConditionType
from mlregistry_operator.api.objects import MLRegistry
from mlregistry_operator.api.policies import Switch
from mlregistry_operator.domain.conditions import Verdict, find
from mlregistry_operator.domain.plan import Plan
from mlregistry_operator.domain.resources import ObservedContainerRegistry
from mlregistry_operator.domain.verdicts import MESSAGE_LIMIT

NOT_OFFERED: Final = (
    "spec.containerRegistry.regionalEndpoints is Enabled, and Azure does not offer regional endpoints here:"
    " whether a region has an image is told by its replication's status."
)
_TOLD_IN: Final = (ConditionType.READY, ConditionType.CONTAINER_REGISTRY_READY)


def has_regional_endpoints(registry: MLRegistry) -> bool:
    """Whether each region of the registry can be asked itself: it was declared, and Azure has done it."""
    found = registry.status.container_registry
    return _wants_them(registry) and found is not None and found.regional_endpoints is Switch.ENABLED


def lacks_regional_endpoints(registry: MLRegistry) -> bool:
    """Whether they were declared, the container registry is as declared for all we can do, and has none."""
    settled = find(registry.status.conditions, ConditionType.CONTAINER_REGISTRY_READY)
    return (
        _wants_them(registry)
        and not has_regional_endpoints(registry)
        and settled is not None
        and (settled.status, settled.observed_generation) == ("True", registry.metadata.generation)
    )


def unmet(registry: MLRegistry, plan: Plan) -> str:
    """The sentence for a registry that declares what Azure does not offer; else nothing."""
    seen = plan.container_registry.seen
    there = isinstance(seen, ObservedContainerRegistry) and seen.provisioning_state == "Succeeded"
    lacks = isinstance(seen, ObservedContainerRegistry) and seen.regional_endpoints is None
    return NOT_OFFERED if _wants_them(registry) and there and lacks else ""


def with_note(verdicts: tuple[Verdict, ...], note: str) -> tuple[Verdict, ...]:
    """The same, with the note behind what is told of the container registry where that is well."""
    return tuple(
        replace(one, message=f"{one.message} {note}"[:MESSAGE_LIMIT])
        if note and one.type in _TOLD_IN and one.status == "True"
        else one
        for one in verdicts
    )


def _wants_them(registry: MLRegistry) -> bool:
    return registry.spec.container_registry.regional_endpoints is Switch.ENABLED
