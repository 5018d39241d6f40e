"""How many assets a registry has and how many of them are complete in each region, as its status tells it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from mlregistry_operator.api.registry_status import MLRegistryStatus


@dataclass(frozen=True, slots=True)
class Tally:
    """`complete` has the number of complete assets by region, and no entry for a region without any."""

    assets: int
    complete: Mapping[str, int]

    def told(self, location: str) -> str:
        """A region's count as its row shows it, such as 11/12."""
        return f"{self.complete.get(location, 0)}/{self.assets}"


def tally_of(complete_in: Iterable[frozenset[str]]) -> Tally:
    """Count assets, each given by the regions that have it."""
    each = tuple(complete_in)
    return Tally(len(each), Counter(location for regions in each for location in regions))


def counted(status: MLRegistryStatus, tally: Tally) -> MLRegistryStatus:
    """The status with these counts; nothing else of it changes, conditions least of all."""
    rows = tuple(row.model_copy(update={"assets": tally.told(row.location)}) for row in status.regions)
    return status.model_copy(update={"assets": tally.assets, "regions": rows})


def with_counts_of(status: MLRegistryStatus, before: MLRegistryStatus) -> MLRegistryStatus:
    """The status with the counts of another, row by row; a row that is new has none."""
    known = {row.location: row.assets for row in before.regions}
    rows = tuple(row.model_copy(update={"assets": known.get(row.location)}) for row in status.regions)
    return status.model_copy(update={"assets": before.assets, "regions": rows})
