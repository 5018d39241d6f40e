"""Which points are run, and the line that is printed last."""

import pytest
from faults.campaigns import Campaign
from faults.choices import Choice
from faults.worlds import fault_world

CAMPAIGN = pytest.StashKey[Campaign]()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each scenario is a test of its own."""
    if "scenario" in metafunc.fixturenames:
        metafunc.parametrize("scenario", Choice.of().scenarios())


@pytest.fixture(scope="session")
def choice() -> Choice:
    return Choice.of()


@pytest.fixture(scope="session")
def campaign(
    choice: Choice, pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory
) -> Campaign:
    """Everything that was chosen, over."""
    with fault_world(tmp_path_factory.mktemp("faults")) as world:
        campaign = Campaign(world, choice.lanes(), choice.points, lambda line: print(line, flush=True))  # noqa: T201
        campaign.say(f"\n{choice}")
        pytestconfig.stash[CAMPAIGN] = campaign
        campaign.run()
    return campaign


def pytest_unconfigure(config: pytest.Config) -> None:
    """The last line of all: how many points there were, and how many failed."""
    campaign = config.stash.get(CAMPAIGN, None)
    if campaign is not None:
        config.get_terminal_writer().line(campaign.summary())
