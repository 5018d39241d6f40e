"""Objects that were stored before a bound came: they go on, and what they hold too much of can be mended."""

import time
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import httpx
import pytest
from api.rule_cases import LINEAGE, Body, asset, flavors

from hack.controlplane.plane import ControlPlane

CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
GROUP = "stored.example"  # a definition of our own: whoever watches the real one is not disturbed
CRD = f"{CRDS}/mlassets.{GROUP}"
ASSETS = f"/apis/{GROUP}/v1alpha1/namespaces/default/mlassets"
MERGE = {"Content-Type": "application/merge-patch+json"}
PATIENCE_SECONDS = 30
LONG = "\U00010348" * 256
STORED = asset(
    "stored-large",
    description="é" * 4096,
    tags={str(number): LONG for number in range(40)},
    lineage=dict.fromkeys(LINEAGE, "é" * 1024),
    model=flavors(20, "p" * 1000, 4),
) | {"apiVersion": f"{GROUP}/v1alpha1"}


@pytest.fixture(scope="module")
def http(plane: ControlPlane, installed: None) -> Iterator[httpx.Client]:
    with plane.client() as client:
        yield client


@pytest.fixture
def stored(http: httpx.Client) -> Iterator[Body]:
    """An object from the time before the bounds, on an API server that has them."""
    today = _in_another_group(http.get(f"{CRDS}/mlassets.mlregistry.io").raise_for_status().json())
    http.post(CRDS, json=_unbounded(today)).raise_for_status()
    _until(lambda: http.post(ASSETS, json=STORED).is_success)
    change = {"spec": {"versions": today["spec"]["versions"]}}
    http.patch(CRD, json=change, headers=MERGE).raise_for_status()
    other = {**STORED, "metadata": {**STORED["metadata"], "name": "another"}}
    _until(lambda: http.post(ASSETS, json=other, params={"dryRun": "All"}).status_code == 422)
    yield STORED
    http.delete(CRD).raise_for_status()


def _in_another_group(crd: Body) -> Body:
    spec = {**crd["spec"], "group": GROUP}
    return {**crd, "metadata": {"name": f"mlassets.{GROUP}"}, "spec": spec, "status": {}}


def _unbounded(crd: Body) -> Body:
    loose: Body = deepcopy(crd)
    _loosen(loose["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"])
    return loose


def _loosen(node: Any) -> None:
    if isinstance(node, dict):
        for name in ("x-kubernetes-validations", "maxItems", "maxLength", "maxProperties"):
            if not isinstance(node.get(name), dict):
                node.pop(name, None)
        for below in node.values():
            _loosen(below)


def _until(fact: Any) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not fact():
        assert time.monotonic() < deadline, "the API server does not take the definition up"
        time.sleep(0.1)


@pytest.mark.promise(10)
def test_what_was_stored_beyond_a_bound_is_reconciled_archived_mended_and_deleted(
    http: httpx.Client, stored: Body
) -> None:
    one = f"{ASSETS}/{stored['metadata']['name']}"

    def patch(change: Body, path: str = one) -> httpx.Response:
        return http.patch(path, json=change, headers=MERGE)

    held = patch({"metadata": {"finalizers": ["mlregistry.io/finalizer"]}})
    assert held.is_success, held.text
    told = patch({"status": {"observedGeneration": 1}}, f"{one}/status")
    assert told.is_success, told.text
    short = patch({"spec": {"description": "short"}})
    assert short.is_success, short.text
    archived = patch({"spec": {"archived": True}})
    assert archived.is_success, archived.text

    more = patch({"spec": {"tags": {"0": "changed"}}})
    assert more.status_code == 422
    assert "spec.tags" in more.text
    assert "must be at most 16 KiB" in more.text
    none = patch({"spec": {"tags": None}})
    assert none.is_success, none.text

    assert http.delete(one).is_success
    freed = patch({"metadata": {"finalizers": []}})
    assert freed.is_success, freed.text
    assert http.get(one).status_code == 404
