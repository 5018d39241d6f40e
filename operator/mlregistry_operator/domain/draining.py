"""A region that leaves while versions may be complete there alone: what holds it, and in which words.

Nothing of a leaving region is taken down before every version that its account holds is proved to be whole
in a region that stays. What is whole only there is copied first; what is not whole anywhere is left for a
person.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.domain.arm import ArmId
from mlregistry_operator.domain.assets.ids import AssetKey
from mlregistry_operator.domain.failures import Failure, Severity
from mlregistry_operator.domain.plan import Action, ActionKind, Assessment, Standing

_SHOWN: Final = 5
_TO_BE_SAFE: Final = "the content of the region to be safe elsewhere"


class Whereabouts(Enum):
    """Where a version is that lies in a region which leaves."""

    ELSEWHERE = "whole in a region that stays"
    ONLY_HERE = "whole in the leaving region alone"
    NOWHERE = "whole in no region"


@dataclass(frozen=True, slots=True)
class Hold:
    """Why a region cannot be taken down yet. `reason` is a sentence, `waits_for` completes "Waits for …".

    `failure` says why it could not be found out, or what only a person can mend.
    """

    reason: str
    waits_for: str
    failure: Failure | None = None


def hold_of(
    location: str, found: Mapping[AssetKey, Whereabouts], troubles: Iterable[Failure] = ()
) -> Hold | None:
    """What holds the region; None where all that lies there is safe. `troubles` are those of the copies."""
    broken = sorted(key for key, where in found.items() if where is Whereabouts.NOWHERE)
    alone = sorted(key for key, where in found.items() if where is Whereabouts.ONLY_HERE)
    if alone:
        reason = f"{location} is the only region with all of {_told(alone)}."
        waits_for = f"copies of {_told(alone)} in a region that stays"
        return Hold(reason, waits_for, next(iter(troubles), None))
    if broken:
        failure = _not_whole(location, broken)
        return Hold(f"{failure.message}.", _TO_BE_SAFE, failure)
    return None


def unread(location: str, failure: Failure) -> Hold:
    """The account could not be read: what lies there may be the only copy."""
    reason = f"It is not known what {location} holds."
    return Hold(reason, _TO_BE_SAFE, replace(failure, message=f"{location} is kept: {failure.message}"))


def held(account: Assessment, hold: Hold) -> Assessment:
    """The account of a region that is held: nothing is done to it but wait."""
    action = Action(ActionKind.DRAIN_STORAGE_ACCOUNT, account.target, hold.reason, waits_for=hold.waits_for)
    standing = Standing.UNSEEN if hold.failure is not None else Standing.DIFFERS
    return replace(account, standing=standing, action=action, failure=hold.failure)


def _told(keys: list[AssetKey]) -> str:
    rest = f" and {len(keys) - _SHOWN} more" if len(keys) > _SHOWN else ""
    return f"{', '.join(map(str, keys[:_SHOWN]))}{rest}"


def _not_whole(location: str, keys: list[AssetKey]) -> Failure:
    return Failure(
        ArmId(""),
        Reason.CONTENT_DAMAGED,
        Severity.SLOW_RETRY,
        f"{location} holds parts of {_told(keys)}, which no region has whole",
        remedy="Restore what is missing in any region, or delete what is left of it in this one by hand.",
    )
