"""What one asset's loop remembers between passes; all of it can be lost at any moment."""

from dataclasses import dataclass, field

from mlregistry_operator.domain.arm import ArmId
from mlregistry_operator.domain.failures import Failure
from mlregistry_operator.reconcile.assets.jobs import Jobs
from mlregistry_operator.reconcile.content.progress import Progress
from mlregistry_operator.reconcile.memory import LoopMemory
from mlregistry_operator.reconcile.retries import Retries


@dataclass(slots=True)
class AssetMemory(LoopMemory):
    """`progress` is by job; `measured` is the digest of the source, where it had to be read to learn it.

    `written` is when this process wrote the status last, by the monotonic clock.
    """

    jobs: Jobs = field(init=False)
    retries: Retries = field(init=False)
    progress: dict[str, Progress] = field(default_factory=dict)
    measured: str | None = None
    written: float | None = None

    def __post_init__(self) -> None:
        self.jobs = Jobs(self.wake.set)
        self.retries = Retries(self.patience)

    def start_over(self) -> None:
        self.retries.forget()

    def wake_up(self) -> None:
        """Something that the asset stands on has changed: what waited for it is tried at once."""
        self.start_over()
        self.wake.set()

    def take_ended(self, now: float) -> bool:
        """Note how jobs ended; whether any did."""
        ended = self.jobs.collect()
        for name, failure in ended.items():
            if failure is None:
                self.retries.succeeded(ArmId(name))
            else:
                self.retries.failed(ArmId(name), failure, now)
        return bool(ended)

    def trouble(self, name: str) -> Failure | None:
        """Why a job failed the last time, where it has not succeeded since."""
        return self.retries.problems().get(ArmId(name))

    def may_start(self, name: str, now: float) -> bool:
        """Whether a job is neither running nor to be held back after a failure."""
        return name not in self.jobs.running() and not self.retries.holds(ArmId(name), now)
