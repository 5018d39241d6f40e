"""Every call of a creation, an update, a change of regions, a publication, a deletion fails in each way.

The calls are counted in runs without a fault. After each fault: converged, nothing twice, nothing leaked, no
write repeated that had succeeded, and no status that told what was not so.
"""

import pytest
from faults.campaigns import Campaign
from faults.choices import Choice

pytestmark = pytest.mark.timeout(3 * 3600)


@pytest.mark.promise(4)
@pytest.mark.promise(6)
@pytest.mark.promise(10)
@pytest.mark.promise(12)
@pytest.mark.promise(13)
def test_a_fault_at_any_call_changes_nothing_about_the_end(
    scenario: str, campaign: Campaign, choice: Choice
) -> None:
    broken = [one for one in campaign.results if one.point.scenario == scenario and one.complaints]

    told = [f"{one.point}\n    " + "\n    ".join(one.complaints) + f"\n    {one.repeat}" for one in broken]
    assert not broken, f"{choice}: {len(broken)} of {scenario} end badly:\n" + "\n".join(told)


def test_every_fault_is_met(scenario: str, campaign: Campaign) -> None:
    """A fault that meets no call has shown nothing."""
    missed = [str(one.point) for one in campaign.results if one.point.scenario == scenario and not one.met]
    assert not missed
