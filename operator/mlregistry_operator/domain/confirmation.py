"""What is said of content that a deletion would take along, though no object declares it any more."""

from collections.abc import Sequence
from typing import Final

from mlregistry_operator.api.group import CONFIRM_DELETE, FORCE_DETACH
from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.domain.arm import ArmId
from mlregistry_operator.domain.failures import Failure, Severity

_NAMED: Final = 10


def still_holds(registry_name: str, versions: Sequence[str]) -> Failure:
    """The registry still holds these versions, which assets left behind."""
    rest = f" and {len(versions) - _NAMED} more" if len(versions) > _NAMED else ""
    return Failure(
        ArmId(""),
        Reason.CONTENT_RETAINED,
        Severity.SLOW_RETRY,
        f"deletionPolicy is Delete, and the registry still holds content that assets left on purpose:"
        f" {', '.join(versions[:_NAMED])}{rest}",
        remedy=confirm_remedy(registry_name),
    )


def confirm_remedy(registry_name: str) -> str:
    """How the deletion goes on, with the content or without."""
    return (
        f"Annotate the MLRegistry with {CONFIRM_DELETE}: {registry_name} to delete all of it, or with"
        f' {FORCE_DETACH}: "true" to leave everything in Azure.'
    )
