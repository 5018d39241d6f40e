"""The examples in a git repository, synced by a real Argo CD: from the first commit to the last."""

import json
from datetime import datetime

import pytest
import yaml
from support.applications import (
    ASSETS,
    DEPLOY,
    PATIENCE_SECONDS,
    REGISTRY,
    Application,
    deployed,
    health_of,
    operation_of,
    resource,
    shown,
)
from support.clouds import MockCloud
from support.clusters import Cluster, Ref, condition, is_ready
from support.manifests import Manifest
from support.soon import soon

from hack.argocd.repositories import GitRepository
from hack.world.operators import OperatorProcess


def edit_registry(repository: GitRepository, **spec: object) -> None:
    """Write the registry's file with these fields of its spec."""
    path = f"{DEPLOY}/registry.yaml"
    namespace, registry = yaml.safe_load_all(repository.read(path))
    registry["spec"] |= spec
    repository.write(path, yaml.safe_dump_all([namespace, registry]))


def first_sync(application: Application, operator: OperatorProcess) -> str:
    """All of it deployed and healthy; the commit's id."""
    operator.start()
    revision = application.repository.commit("Everything")
    application.apply()
    application.settled(revision, because="the examples are deployed in waves and become ready")
    return revision


def transition(thing: Manifest, kind: str) -> datetime:
    return datetime.fromisoformat(condition(thing, kind)["lastTransitionTime"])


@pytest.mark.promise(12)
def test_a_wave_waits_until_the_registry_is_ready(
    cluster: Cluster, application: Application, idle_operator: OperatorProcess, cloud: MockCloud
) -> None:
    cloud.settings(lroSeconds=2)
    revision = application.repository.commit("Everything")
    application.apply()
    waiting = application.wait(
        lambda app: "demo-registry-1" in operation_of(app).get("message", "") and cluster.find(REGISTRY),
        because="the second wave waits for the registry",
    )
    assert operation_of(waiting)["phase"] == "Running"
    assert cluster.all("MLAsset", "team-a") == []

    idle_operator.start()
    application.settled(revision, because="the waves go on once the registry is ready")

    ready = transition(cluster.get(REGISTRY), "Ready")
    for ref in ASSETS:
        made = datetime.fromisoformat(cluster.get(ref)["metadata"]["creationTimestamp"])
        assert made >= ready, f"{ref} was made before its registry was ready"


@pytest.mark.promise(12)
def test_an_edit_in_git_is_progressing_while_it_goes_on_and_healthy_when_it_is_done(
    cluster: Cluster, application: Application, idle_operator: OperatorProcess, cloud: MockCloud
) -> None:
    first_sync(application, idle_operator)
    cloud.settings(lroSeconds=4)

    regions = [{"location": one} for one in ("eastus", "eastus2", "westus", "northeurope")]
    edit_registry(application.repository, replicationLocations=regions)
    revision = application.commit("Add a region")

    application.wait(
        lambda app: shown(app, *named(REGISTRY)) == "Progressing", because="a region takes its time"
    )
    application.settled(revision, because="the new region becomes ready")
    assert cluster.get(REGISTRY)["status"]["readyRegions"] == "4/4"


@pytest.mark.promise(12)
def test_an_edit_that_the_operator_has_not_seen_is_not_healthy_although_the_status_says_ready(
    cluster: Cluster, application: Application, idle_operator: OperatorProcess
) -> None:
    first_sync(application, idle_operator)
    idle_operator.stop()

    edit_registry(application.repository, description="Edited while no operator runs")
    revision = application.commit("Edit it")
    app = application.wait(
        lambda app: deployed(app, revision) and shown(app, *named(REGISTRY)) != "Healthy",
        because="what the status says is of the generation before",
    )
    stale = cluster.get(REGISTRY)
    assert condition(stale, "Ready")["status"] == "True"
    assert stale["status"]["observedGeneration"] < stale["metadata"]["generation"]
    assert (health_of(app), shown(app, *named(REGISTRY))) == ("Progressing", "Progressing")

    idle_operator.start()
    application.settled(revision, because="the operator looks at it")


@pytest.mark.promise(1)
def test_an_edit_by_hand_is_taken_back(
    cluster: Cluster, application: Application, idle_operator: OperatorProcess, cloud: MockCloud
) -> None:
    revision = first_sync(application, idle_operator)
    before = cluster.get(REGISTRY)

    cluster.patch(REGISTRY, {"spec": {"tags": {"foo": "by hand"}}})

    healed = cluster.wait(
        REGISTRY,
        lambda seen: (
            seen["spec"] == before["spec"]
            and seen["metadata"]["generation"] > before["metadata"]["generation"]
            and is_ready(seen)
        ),
        because="git says otherwise",
        seconds=PATIENCE_SECONDS,
    )
    application.settled(revision, because="the cluster is as the commit says")
    assert healed["metadata"]["generation"] == before["metadata"]["generation"] + 2
    assert {one["tags"]["foo"] for one in cloud.registries()} == {"bar"}


@pytest.mark.promise(10)
def test_what_leaves_git_is_pruned_assets_before_their_registry_and_its_data_stays(
    cluster: Cluster, application: Application, idle_operator: OperatorProcess, cloud: MockCloud
) -> None:
    first_sync(application, idle_operator)
    lies = len(cloud.accounts())

    for name in ("registry", "assets"):
        path = f"{DEPLOY}/{name}.yaml"
        namespace, *_ = yaml.safe_load_all(application.repository.read(path))
        application.repository.write(path, yaml.safe_dump(namespace))
    revision = application.commit("Remove it all")

    for ref in (*ASSETS, REGISTRY):
        cluster.gone(ref, because="nothing holds a finalizer for ever", seconds=PATIENCE_SECONDS)
    app = application.settled(revision, because="a registry is deleted once nobody uses it")
    assert operation_of(app)["phase"] == "Succeeded"
    assert len(cloud.accounts()) == lies, "deletionPolicy is Retain"


@pytest.mark.promise(12)
def test_a_stuck_region_is_progressing_then_degraded_which_ends_the_sync_and_heals_with_the_region(
    cluster: Cluster, application: Application, idle_operator: OperatorProcess, cloud: MockCloud
) -> None:
    idle_operator.settings["MLREGISTRY_RECONCILE__PROGRESS_DEADLINE_SECONDS"] = "60"
    idle_operator.start()
    refused = "/storageAccounts/demoregwestus"
    cloud.fault(method="PUT", pathRegex=refused, status=503, errorCode="ServiceUnavailable", times=None)
    application.repository.commit("Everything")
    application.apply(retries=0)

    soon(
        lambda: condition(cluster.find(REGISTRY) or {}, "Ready").get("reason") == "ProgressingWithRetry",
        because="one region is refused",
        seconds=PATIENCE_SECONDS,
    )
    application.refresh()  # another message of the same health is shown by the next look at the clock
    trying = application.look()
    assert "westus" in told(trying, REGISTRY)
    assert shown(trying, *named(REGISTRY)) == "Progressing"
    assert operation_of(trying)["phase"] == "Running"

    stuck = application.wait(
        lambda app: health_of(app) == "Degraded" and operation_of(app)["phase"] == "Failed",
        because="after the deadline a person has to look, and the sync ends",
    )
    assert "ServiceUnavailable" in told(stuck, REGISTRY)
    assert cluster.all("MLAsset", "team-a") == [], "the wave of the assets has not begun"

    cloud.clear_faults()
    application.wait(
        lambda app: shown(app, *named(REGISTRY)) == "Healthy", because="it was tried on, and heals"
    )
    edit_registry(application.repository, description="Once more")
    again = application.commit("A failed commit is not synced again by itself, another one is")
    application.settled(again, because="the waves go on")


@pytest.mark.promise(7)
def test_a_change_of_the_primary_is_refused_and_argo_cd_shows_why(
    cluster: Cluster, application: Application, idle_operator: OperatorProcess, cloud: MockCloud
) -> None:
    first_sync(application, idle_operator)
    before = cluster.get(REGISTRY)

    with cloud.silence(because="nothing has changed"):
        edit_registry(application.repository, location="westus")
        application.commit("Move the primary")
        app = application.wait(
            lambda app: "the primary region cannot change" in said(app),
            because="the API server's refusal is shown with its sentence",
        )
        after = cluster.get(REGISTRY)
    assert "create a second MLRegistry with the other primary" in said(app)
    assert (after["spec"], after["metadata"]["generation"]) == (
        before["spec"],
        before["metadata"]["generation"],
    )
    assert is_ready(after)

    edit_registry(application.repository, location="eastus")
    application.settled(application.commit("Take it back"), because="nothing was broken by it")


@pytest.mark.promise(2)
def test_nothing_stays_out_of_sync_and_nothing_is_synced_twice(
    cluster: Cluster, application: Application, idle_operator: OperatorProcess, cloud: MockCloud
) -> None:
    revision = first_sync(application, idle_operator)
    things = [cluster.get(one) for one in (REGISTRY, *ASSETS)]
    operation = operation_of(application.look())

    with cloud.silence(because="comparing changes nothing"):
        for _ in range(3):
            application.refresh("hard")
            app = application.look()
            assert deployed(app, revision)
            assert {one["status"] for one in app["status"]["resources"]} == {"Synced"}

    assert operation_of(app)["startedAt"] == operation["startedAt"], "no other sync was started"
    assert [written_by_argo_cd(cluster.get(one)) for one in (REGISTRY, *ASSETS)] == [
        written_by_argo_cd(thing) for thing in things
    ]


def written_by_argo_cd(thing: Manifest) -> Manifest:
    """Fields and times, as the API server keeps them for each writer."""
    (found,) = [one for one in thing["metadata"]["managedFields"] if one["manager"].startswith("argocd")]
    return found


def named(ref: Ref) -> tuple[str, str]:
    return ref.kind, ref.name


def told(app: Manifest, ref: Ref) -> str:
    """What the Application says of an object's health."""
    return str(resource(app, *named(ref)).get("health", {}).get("message", ""))


def said(app: Manifest) -> str:
    """Everything that a person reads of an Application's trouble."""
    status = app.get("status", {})
    return json.dumps([status.get("conditions"), status.get("operationState")])
