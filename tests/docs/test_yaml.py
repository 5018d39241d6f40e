"""Every YAML that the documentation shows is taken by a real API server, strictly, as it stands there."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import yaml
from helm_python import HelmValuesError
from support.clusters import Cluster, Ref
from support.manifests import Manifest
from support.pages import Block
from support.published_yaml import (
    BASES,
    CHART,
    Sort,
    check_values,
    is_foreign,
    kind_of,
    sort_of,
    values_within,
    yaml_blocks,
)

from hack.controlplane.plane import ControlPlane

BLOCKS = yaml_blocks()
HOW = {"fieldManager": "documentation", "dryRun": "All", "fieldValidation": "Strict", "force": "true"}
APPLY = {"Content-Type": "application/apply-patch+yaml"}


def of_sort(*sorts: Sort) -> list[Any]:
    return [pytest.param(block, id=str(block)) for block in BLOCKS if sort_of(block) in sorts]


class Trial:
    """An API server that is asked to apply and stores nothing; one namespace stands for all."""

    def __init__(self, http: httpx.Client, namespace: str) -> None:
        self.http = http
        self.namespace = namespace

    def apply(self, manifest: Manifest) -> None:
        """Fails with the API server's sentence."""
        answer = self.http.patch(
            self.path(manifest), params=HOW, headers=APPLY, content=yaml.safe_dump(manifest)
        )
        assert answer.is_success, answer.json().get("message")

    def path(self, manifest: Manifest, subresource: str = "") -> str:
        version, kind = manifest["apiVersion"], manifest["kind"]
        root = f"/apis/{version}" if "/" in version else f"/api/{version}"
        plural, namespaced = self._resource(root, kind)
        where = f"/namespaces/{self.namespace}" if namespaced else ""
        if namespaced:
            manifest["metadata"]["namespace"] = self.namespace
        return f"{root}{where}/{plural}/{manifest['metadata']['name']}{subresource}"

    def _resource(self, root: str, kind: str) -> tuple[str, bool]:
        answer = self.http.get(root)
        assert answer.is_success, f"{root} is not served here: say whose it is in FOREIGN_GROUPS"
        served = answer.json()["resources"]
        return next(
            (one["name"], one["namespaced"])
            for one in served
            if one["kind"] == kind and "/" not in one["name"]
        )


@pytest.fixture(scope="module")
def trial(installed: ControlPlane) -> Iterator[Trial]:
    cluster = Cluster(installed)
    with installed.client() as http:
        yield Trial(http, cluster.namespace("documentation"))
    cluster.close()


def base(kind: str) -> Manifest:
    """An example of the kind, which a block completes."""
    documents: list[Manifest] = list(yaml.safe_load_all(BASES[kind].read_text("utf-8")))
    return next(one for one in documents if one["kind"] == kind)


def test_every_block_is_of_a_sort_that_is_tried() -> None:
    """Whole objects, or `title="values.yaml"`, `title="spec of an MLAsset"`, or status of one."""
    assert len(BLOCKS) > 80
    assert not [str(block) for block in BLOCKS if sort_of(block) is None]


@pytest.mark.parametrize("block", of_sort(Sort.MANIFEST))
def test_whole_objects_are_applied(block: Block, trial: Trial) -> None:
    for manifest in block.documents():
        if not is_foreign(manifest):
            trial.apply(manifest)
        elif (values := values_within(manifest)) is not None:
            checked(values)


@pytest.mark.parametrize("block", of_sort(Sort.SPEC))
def test_a_part_of_a_spec_is_applied_with_the_rest(block: Block, trial: Trial) -> None:
    (part,) = block.documents()
    manifest = base(kind_of(block))
    manifest["spec"] |= part
    trial.apply(manifest)


@pytest.mark.parametrize("block", of_sort(Sort.STATUS))
def test_a_status_is_one_that_the_operator_could_write(block: Block, trial: Trial, cluster: Cluster) -> None:
    (part,) = block.documents()
    manifest = base(kind_of(block))
    path = trial.path(manifest, "/status")
    if cluster.find(Ref.of(manifest)) is None:
        cluster.create(manifest)
    told = {name: manifest[name] for name in ("apiVersion", "kind", "metadata")} | {"status": part}
    answer = trial.http.patch(path, params=HOW, headers=APPLY, content=yaml.safe_dump(told))
    assert answer.is_success, answer.json().get("message")


@pytest.mark.parametrize("block", of_sort(Sort.VALUES))
def test_values_are_those_of_the_chart(block: Block) -> None:
    (values,) = block.documents()
    checked(values)


@pytest.mark.parametrize("block", of_sort(Sort.FOREIGN))
def test_what_is_not_ours_is_at_least_yaml(block: Block) -> None:
    assert block.documents()


def checked(values: dict[str, Any]) -> None:
    """Where this checkout has no chart, values are at least a mapping."""
    assert isinstance(values, dict)
    if not (CHART / "Chart.yaml").exists():
        return
    try:
        check_values(values)
    except HelmValuesError as error:
        pytest.fail(str(error))
