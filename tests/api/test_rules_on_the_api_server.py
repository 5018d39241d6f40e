"""Every rule on a real API server: CEL and Python decide alike, field by field and word by word."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from api.rule_cases import CASES, Body, RuleCase

from hack.controlplane.plane import ControlPlane
from mlregistry_operator.api.objects import MLAsset, MLRegistry
from mlregistry_operator.api.rules import rules_of

PLURALS = {"MLRegistry": "mlregistries", "MLAsset": "mlassets"}
KINDS: dict[str, type[MLRegistry] | type[MLAsset]] = {"MLRegistry": MLRegistry, "MLAsset": MLAsset}


@pytest.fixture(scope="module")
def http(plane: ControlPlane, installed: None) -> Iterator[httpx.Client]:
    with plane.client() as client:
        yield client


def answer(http: httpx.Client, case: RuleCase) -> dict[str, Any]:
    """What the API server says to the edit; nothing is kept."""
    collection = f"/apis/mlregistry.io/v1alpha1/namespaces/default/{PLURALS[case.new['kind']]}"
    if case.old is None:
        return _json(http.post(collection, params={"dryRun": "All"}, json=case.new))
    made = http.post(collection, json=case.old)
    assert made.is_success, f"the object before the edit is itself refused: {made.text}"
    one = f"{collection}/{case.old['metadata']['name']}"
    try:
        version = {"resourceVersion": made.json()["metadata"]["resourceVersion"]}
        edited: Body = {**case.new, "metadata": case.new["metadata"] | version}
        told = _json(http.put(one, params={"dryRun": "All"}, json=edited))
    finally:
        http.delete(one).raise_for_status()
    return told


def _json(answered: httpx.Response) -> dict[str, Any]:
    body: dict[str, Any] = answered.json()
    return body


def refusals(said: dict[str, Any]) -> set[tuple[str, str, str]]:
    """Field, reason and sentence of every cause, without the words that the API server sets before it."""
    causes = said.get("details", {}).get("causes", [])
    return {(cause["field"], cause["reason"], cause["message"].partition(": ")[2]) for cause in causes}


def expected(case: RuleCase) -> set[tuple[str, str, str]]:
    kind = case.new["kind"]
    old = KINDS[kind].model_validate(case.old) if case.old else None
    new = KINDS[kind].model_validate(case.new)
    return {
        (found.path, str(rule.reason), found.sentence)
        for rule in rules_of(kind)
        if rule.cel
        for found in rule.broken_in(old, new)
    }


@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.promise(7)
def test_the_api_server_refuses_what_python_refuses_in_the_same_words(
    http: httpx.Client, case: RuleCase
) -> None:
    said = answer(http, case)

    assert said["kind"] == ("Status" if case.breaks else case.new["kind"]), said
    assert refusals(said) == expected(case), case.because
