"""What every test may ask for: a real API server, a cloud, an operator.

The API server is one for the session; each test has a cloud and an operator process of its own, and finds no
object that an earlier test made.
"""

import os
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from support.audits import AuditLog
from support.clouds import MockCloud
from support.clusters import Cluster
from support.reports import add_logs
from support.statuses import judge
from support.watches import KindWatch

from hack.controlplane.plane import ControlPlane, control_plane
from hack.controlplane.runs import keep_logs
from hack.world.clouds import Cloud
from hack.world.installation import install
from hack.world.operators import FORKED, STARTED_AS, OperatorProcess
from hack.world.webhooks import WebhookEndpoint, webhook_endpoint
from mockcloud.server import MockCloudThread

# Every run tries the same examples, so that none fails for somebody else's change; another profile explores.
# `thorough` tries thousands, other ones each time; a failure prints how to repeat it.
settings.register_profile("fixed", derandomize=True, deadline=None)
settings.register_profile("thorough", max_examples=5_000, deadline=None, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fixed"))

os.environ.setdefault(STARTED_AS, FORKED)

# Workers take files in this order: the slowest folders begin first, and unit tests fill the gaps at the end.
SLOW_FOLDERS = ("assets", "registry", "ha", "world", "images", "admission", "api", "upgrade")
FAST_FOLDERS = ("unit",)


def pytest_addoption(parser: pytest.Parser) -> None:
    """`make azurite` says it."""
    what = "run the blob service's contract tests against Azurite too (`make azurite` installs it)"
    parser.addoption("--azurite", action="store_true", help=what)


def pytest_report_header(config: pytest.Config) -> str:
    """Say what the contract tests compare, so that nobody takes half of it for the whole."""
    if config.getoption("--azurite"):
        return "contract tests: the mock cloud's blob service and Azurite"
    return "contract tests: the mock cloud alone; `make azurite` runs them against Azurite too"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Order whole folders by how long their tests take."""
    items.sort(key=lambda item: _rank(item.path.relative_to(Path(__file__).parent).parts[0]))


def _rank(folder: str) -> int:
    if folder in SLOW_FOLDERS:
        return SLOW_FOLDERS.index(folder)
    return len(SLOW_FOLDERS) + (folder in FAST_FOLDERS)


@pytest.fixture(scope="session")
def plane(request: pytest.FixtureRequest) -> Iterator[ControlPlane]:
    """A real API server for the whole session, started when the first test asks for it."""
    with control_plane() as plane:
        yield plane
        if request.session.testsfailed:
            print(f"\nThe control plane's logs are kept in {keep_logs(plane.at.folder)}")  # noqa: T201 for who looks


@pytest.fixture(scope="session")
def webhook(tmp_path_factory: pytest.TempPathFactory) -> WebhookEndpoint:
    """Where every test's operator answers admission reviews; nobody does while none runs."""
    return webhook_endpoint(tmp_path_factory.mktemp("webhook"))


@pytest.fixture(scope="session")
def installed(plane: ControlPlane, webhook: WebhookEndpoint) -> ControlPlane:
    """The API server with kinds, rights and webhook as shipped."""
    install(plane, webhook)
    return plane


@pytest.fixture(scope="session")
def registry_watch(installed: ControlPlane) -> Iterator[KindWatch]:
    watch = KindWatch(installed, "MLRegistry")
    yield watch
    watch.stop()


@pytest.fixture(scope="session")
def asset_watch(installed: ControlPlane) -> Iterator[KindWatch]:
    watch = KindWatch(installed, "MLAsset")
    yield watch
    watch.stop()


@pytest.fixture(autouse=True)
def judged(request: pytest.FixtureRequest) -> Iterator[None]:
    """Whatever a test is about: every status that its operator ever wrote is judged when it is over.

    Statuses that a test writes with its own hand are its own affair: where no operator is asked for, or where
    the test is marked so.
    """
    by_hand = request.node.get_closest_marker("stored_statuses") is not None
    if by_hand or not {"operator", "idle_operator"} & set(request.fixturenames):
        yield
        return
    watches = [request.getfixturevalue(name) for name in ("registry_watch", "asset_watch")]
    before = [len(watch) for watch in watches]
    yield
    for watch, position in zip(watches, before, strict=True):
        judge(watch.since(position))


@pytest.fixture
def cluster(installed: ControlPlane) -> Iterator[Cluster]:
    """The API server as administrator, without objects of our kinds; what the test makes is taken away."""
    cluster = Cluster(installed)
    yield cluster
    cluster.empty()
    cluster.close()


@pytest.fixture
def audit(installed: ControlPlane) -> AuditLog:
    """What is written to the API server from now on."""
    return AuditLog(installed.at.audit_log).from_here()


@pytest.fixture
def cloud() -> Iterator[MockCloud]:
    """An Azure of the test's own, whose operations take no time unless the test says otherwise."""
    with MockCloudThread(settings={"lroSeconds": 0}) as thread:
        yield MockCloud(Cloud(thread.url, thread.ca_file))


@pytest.fixture
def idle_operator(
    cluster: Cluster, cloud: MockCloud, webhook: WebhookEndpoint, tmp_path: Path
) -> Iterator[OperatorProcess]:
    """An operator that the test starts, perhaps with `settings` of its own (environment variables)."""
    operator = OperatorProcess(tmp_path / "operator", cluster.plane, cloud.cloud, webhook)
    yield operator
    operator.stop()


@pytest.fixture
def operator(idle_operator: OperatorProcess) -> OperatorProcess:
    """An operator that reconciles."""
    idle_operator.start()
    return idle_operator


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show the logs of what a failed test used."""
    report = yield
    if report.failed:
        add_logs(report, getattr(item, "funcargs", {}))
    return report
