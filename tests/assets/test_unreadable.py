"""A component whose specification nobody can read: told at that object, and nobody else is held up by it."""

import pytest
from support.assets import a_component, a_document, published, stalled_for
from support.clusters import Cluster, condition
from support.manifests import RegistryBuilder

from hack.world.operators import OperatorProcess

UNREADABLE = {
    "bool": "a: !!bool xyz\nb: needed\n",
    "int": "a: !!int ''\nb: needed\n",
    "float": "a: !!float ''\nb: needed\n",
    "timestamp": "a: !!timestamp xyz\nb: needed\n",
    "alias": "a: &a [*a]\nb: needed\n",
}
PANICS = 'controller_runtime_reconcile_panics_total{controller="mlasset"}'


def panics(operator: OperatorProcess) -> float:
    return float(next(line for line in operator.metrics().splitlines() if line.startswith(PANICS)).split()[1])


@pytest.mark.promise(17)
def test_what_cannot_be_read_is_said_at_its_object_and_others_are_deleted_as_ever(
    cluster: Cluster, registry: RegistryBuilder, operator: OperatorProcess
) -> None:
    before = panics(operator)
    needed = a_document("needed")
    published(cluster, needed)
    strange = [
        a_component(f"strange-{name}", text).with_spec(description="with a backslash \\")
        for name, text in UNREADABLE.items()
    ]
    for one in strange:
        cluster.apply(one)
    for one in strange:
        told = condition(stalled_for(cluster, one, "InvalidSpec"), "Stalled")["message"]
        assert "cannot be read" in told

    cluster.kubectl("delete", "mlasset", needed.name, "--timeout=20s")

    assert panics(operator) == before


@pytest.mark.promise(17)
def test_sexagesimal_numbers_of_64_kib_are_texts(cluster: Cluster, registry: RegistryBuilder) -> None:
    published(cluster, a_component("minutes", "? " + ":".join(["1"] * 30_000) + "\n: b\n"))
