"""When the webhook's certificate is made anew, and which authorities the API server is told to trust.

Each certificate has an authority of its own, whose key is thrown away once it has signed: nothing that lies
in the cluster can sign another. So a renewal always changes the authority, and for a while both are trusted:
until every replica has had the time to serve the new certificate.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

# Clocks of API servers differ a little; what is made now must be good for all of them.
BACKDATED: Final = timedelta(hours=1)
_LONGEST_STEP: Final = timedelta(minutes=5)
_LONGEST_LOOK: Final = timedelta(minutes=1)
_MOST_AUTHORITIES: Final = 4


@dataclass(frozen=True, slots=True)
class Rotation:
    """The times of a certificate that is good for `validity`."""

    validity: timedelta

    @property
    def renewal(self) -> timedelta:
        """Its age when another is made; a third of its time is left for whatever stands in the way."""
        return self.validity * 2 / 3

    @property
    def overlap(self) -> timedelta:
        """How long the authority before is still trusted. Replicas look six times and more meanwhile."""
        return 2 * min(_LONGEST_STEP, self.validity / 12)

    @property
    def look(self) -> timedelta:
        """Time between two looks of a replica."""
        return min(_LONGEST_LOOK, self.overlap / 6)


@dataclass(frozen=True, slots=True)
class Authority:
    """One whom the API server may trust. `pem` tells it from others."""

    pem: str
    ends: datetime


@dataclass(frozen=True, slots=True)
class Held:
    """A certificate whose key fits and that its authority has signed. `trusted` begins with that one."""

    made: datetime
    ends: datetime
    hosts: frozenset[str]
    trusted: tuple[Authority, ...]


def flaw(held: Held, hosts: frozenset[str], now: datetime) -> str | None:
    """Why it cannot be served; None where it can."""
    missing = sorted(hosts - held.hosts)
    if missing:
        return f"it is not for {', '.join(missing)}"
    if held.ends <= now:
        return f"it has run out ({held.ends.isoformat()})"
    if held.made - BACKDATED > now:
        return f"it is not good before {held.made.isoformat()}"
    return None


def is_due(held: Held, rotation: Rotation, now: datetime) -> bool:
    """Whether another is to be made, although this one can be served."""
    return now >= held.made + rotation.renewal


def still_trusted(
    newest: Authority, others: Iterable[Authority], made: datetime, rotation: Rotation, now: datetime
) -> tuple[Authority, ...]:
    """Whom the API server is to trust beside the newest, since that was made: the others, for the overlap."""
    if now >= made + rotation.overlap:
        return (newest,)
    known = dict.fromkeys([newest, *(one for one in others if one.ends > now)])
    return tuple(known)[:_MOST_AUTHORITIES]
