"""A real Argo CD over the session's API server; a repository, a cloud and an operator for every test.

No Deployment comes to life here, as no controller for it runs: wave 0 brings the kinds, the rights and the
webhook, and the operator is a process that the test starts.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from support.applications import DEPLOY, OPERATOR, Application
from support.clouds import MockCloud
from support.clusters import Cluster

from hack.argocd.binaries import Programs, find_programs
from hack.argocd.repositories import GitRepository
from hack.argocd.servers import ArgoCD
from hack.controlplane.plane import ControlPlane
from hack.controlplane.runs import keep_logs, run_folder
from hack.world.clouds import Cloud
from hack.world.installation import documents, policies, rights
from hack.world.operators import OperatorProcess
from hack.world.places import CHART_FILES, CRDS, DEFAULT_MOCKCLOUD_PORT, EXAMPLES
from hack.world.teams import plant
from hack.world.webhooks import WebhookEndpoint
from mockcloud.server import MockCloudThread


@pytest.fixture(scope="session")
def programs() -> Programs:
    return find_programs()


@pytest.fixture(scope="session")
def argocd(request: pytest.FixtureRequest, installed: ControlPlane, programs: Programs) -> Iterator[ArgoCD]:
    with run_folder("argocd") as folder:
        argocd = ArgoCD(folder, installed, programs)
        argocd.start()
        yield argocd
        argocd.stop()
        if request.session.testsfailed:
            print(f"\nArgo CD's logs are kept in {keep_logs(folder)}")  # noqa: T201 for who looks


@pytest.fixture
def cloud() -> Iterator[MockCloud]:
    """An Azure whose operations take no time, and what a team has already."""
    with MockCloudThread(settings={"lroSeconds": 0}) as thread:
        cloud = MockCloud(Cloud(thread.url, thread.ca_file))
        plant(cloud)
        yield cloud


@pytest.fixture
def repository(tmp_path: Path, cloud: MockCloud, webhook: WebhookEndpoint) -> GitRepository:
    """What a platform team's repository holds: the operator's objects, and the examples in waves."""
    repository = GitRepository(tmp_path / "platform.git")
    for path in CRDS.glob("*.yaml"):
        repository.write(f"{OPERATOR}/{path.name}", path.read_text("utf-8"))
    people = documents([CHART_FILES / "user-roles.yaml"])
    advice = webhook.configured(*documents([CHART_FILES / "webhook.yaml"]))
    repository.write(f"{OPERATOR}/rights.yaml", yaml.safe_dump_all([*rights(), *people, *policies(), advice]))
    port = cloud.cloud.url.rpartition(":")[2]
    for path in (EXAMPLES / "argocd" / "deploy").glob("*.yaml"):
        text = path.read_text("utf-8").replace(f":{DEFAULT_MOCKCLOUD_PORT}/", f":{port}/")
        repository.write(f"{DEPLOY}/{path.name}", text)
    return repository


@pytest.fixture
def application(
    argocd: ArgoCD, cluster: Cluster, repository: GitRepository, idle_operator: OperatorProcess
) -> Iterator[Application]:
    application = Application(cluster, repository)
    yield application
    application.delete()
