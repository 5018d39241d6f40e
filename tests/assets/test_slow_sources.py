"""A source that is too slow is given up for a while, and taken up where it was."""

import pytest
from support.assets import a_data_set, ready, stalled_for
from support.clouds import MockCloud
from support.clusters import Cluster, condition
from support.manifests import RegistryBuilder
from support.shelves import Shelves, Version

pytestmark = pytest.mark.promise(17)

MIB = 2**20
BLOCKS = 3


@pytest.mark.parametrize("fault", [{"dripSeconds": 3}, {"delaySeconds": 45}], ids=["drips", "answers-late"])
def test_a_source_that_is_too_slow_is_told_and_goes_on_from_what_is_staged(
    cluster: Cluster, cloud: MockCloud, shelves: Shelves, registry: RegistryBuilder, fault: dict[str, float]
) -> None:
    """The first blocks come at once; what follows does not, until somebody mends the source."""
    name = f"slow-{next(iter(fault)).lower()}"
    version, path = Version(registry.name, "Data", name), "weights.bin"
    shelves.plant_pattern(name, path, BLOCKS * 4 * MIB)
    cloud.fault(method="GET", pathRegex=f"/{name}/{path}", times=None, skip=BLOCKS - 1, **fault)
    mark = cloud.last_request()
    asset = a_data_set(name, shelves.url(name))
    cluster.apply(asset)

    told = condition(stalled_for(cluster, asset, "SourceTooSlow"), "Ready")["message"]

    assert f"{path!r}" in told
    assert "bytes a second" in told
    assert "MLREGISTRY_CONTENT__MIN_SOURCE_BYTES_PER_SECOND" in told
    assert shelves.is_nowhere(version)

    cloud.clear_faults()
    ready(cluster, asset)
    primary = shelves.accounts(registry.name)[registry.spec["location"]]
    assert len(shelves.writes(mark, primary, path, "comp=block&")) == BLOCKS, "nothing was sent twice"
