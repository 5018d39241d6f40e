"""What one asset's loop remembers between passes; all of it can be lost at any moment."""

from dataclasses import dataclass, field

from mlregistry_operator.api.group import ASSET_KIND
from mlregistry_operator.domain.assets.claims import OwnerRecord
from mlregistry_operator.domain.assets.rewriting import Wording
from mlregistry_operator.reconcile.content.mismatches import Mismatches
from mlregistry_operator.reconcile.content.progress import Progress
from mlregistry_operator.reconcile.jobs import Jobs
from mlregistry_operator.reconcile.memory import LoopMemory


@dataclass(slots=True)
class AssetMemory(LoopMemory):
    """`progress` is by job; `measured` is the digest of the source, where it had to be read to learn it.

    `caution` is what is to be said of the files of the version with that digest. `publisher` is who published
    an image of that digest, None in it where nobody recorded that.

    `wording` is what the text of a component says that stands in no spec, once it was read.

    `written` is when this process wrote the status last, by the monotonic clock.
    """

    jobs: Jobs = field(init=False)
    progress: dict[str, Progress] = field(default_factory=dict)
    measured: str | None = None
    caution: tuple[str, str] | None = None
    mismatches: Mismatches = field(default_factory=Mismatches)
    publisher: tuple[str, OwnerRecord | None] | None = None
    wording: Wording | None = None
    written: float | None = None

    def __post_init__(self) -> None:
        self.defects.kind = ASSET_KIND
        self.jobs = Jobs(self.wake.set, self.patience, self.defects)

    def start_over(self) -> None:
        self.jobs.retries.forget()

    def wake_up(self) -> None:
        """Something that the asset stands on has changed: what waited for it is tried at once."""
        self.start_over()
        self.wake.set()
