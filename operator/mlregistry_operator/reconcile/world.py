"""Everything a pass works with, handed down from `app`."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from mlregistry_operator.cloud.ports import Clouds
from mlregistry_operator.domain.boundaries import UNBOUNDED, Boundaries
from mlregistry_operator.domain.failures import Failure
from mlregistry_operator.fairness.pool import Pool
from mlregistry_operator.kube.ports import Cluster
from mlregistry_operator.reconcile.last_identities import LastIdentities
from mlregistry_operator.reconcile.retries import Patience
from mlregistry_operator.telemetry.watchdog import Watchdog


@dataclass(frozen=True, slots=True)
class Timing:
    """Waits in seconds; `progress_deadline` is how long work may go on without getting further."""

    patience: Patience
    resync: float
    min_resync: float
    poll: float
    grace: float
    progress_deadline: timedelta = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Clock:
    """Wall time for what people read, monotonic time for waits."""

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    monotonic: Callable[[], float] = time.monotonic


@dataclass(frozen=True, slots=True)
class World:
    """One process's ports and settings. `staging_days` is how long files stay in the staging containers.

    `passes` gives passes their turns, `loops` is told where every loop stands, `boundaries` are what users
    may reach, `identities` the credentials that deletions may still need.
    """

    clouds: Clouds
    cluster: Cluster
    timing: Timing
    passes: Pool
    clock: Clock = field(default_factory=Clock)
    staging_days: int = 7
    loops: Watchdog = field(default_factory=Watchdog)
    boundaries: Boundaries = UNBOUNDED
    identities: LastIdentities = field(default_factory=LastIdentities)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a pass leaves for its loop: when to come back, in seconds, and whether the object still exists.

    `settled` says that nothing is left to do, `failure` what went wrong, the gravest of several; where it
    is `held`, nothing but an edit of the object ends the wait before its time.
    """

    delay: float
    gone: bool = False
    settled: bool = False
    failure: Failure | None = None
    held: bool = False
