"""The CRDs as files: fresh, bounded, described, and without what makes a GitOps diff."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import Field

from hack.generate.__main__ import generated, main
from hack.generate.schemas import UnfitModelError, structural
from mlregistry_operator.api.base import ApiModel
from mlregistry_operator.api.rules import RULES as TABLE

ROOT = Path(__file__).resolve().parents[3]
CRDS = [yaml.safe_load(path.read_text()) for path in sorted((ROOT / "crds").glob("*.yaml"))]
BUDGET = 120_000


@dataclass(frozen=True, slots=True)
class Node:
    """A schema within a CRD, and where it stands."""

    path: str
    schema: dict[str, Any]

    def __str__(self) -> str:
        return self.path


def walk(path: str, schema: dict[str, Any]) -> Iterator[Node]:
    yield Node(path, schema)
    for name, below in schema.get("properties", {}).items():
        yield from walk(f"{path}.{name}", below)
    if "items" in schema:
        yield from walk(f"{path}[]", schema["items"])
    if "additionalProperties" in schema:
        yield from walk(f"{path}{{}}", schema["additionalProperties"])


NODES = [
    node
    for crd in CRDS
    for version in crd["spec"]["versions"]
    for node in walk(crd["spec"]["names"]["kind"], version["schema"]["openAPIV3Schema"])
    if not node.path.endswith(".metadata")
]
RULES = [(node, rule) for node in NODES for rule in node.schema.get("x-kubernetes-validations", ())]


def of_type(kind: str) -> list[Node]:
    return [node for node in NODES if node.schema["type"] == kind]


def lacking(nodes: list[Node], *any_of: str) -> list[str]:
    return [node.path for node in nodes if not node.schema.keys() & set(any_of)]


def test_both_kinds_are_there() -> None:
    assert [crd["spec"]["names"]["kind"] for crd in CRDS] == ["MLAsset", "MLRegistry"]
    assert len(NODES) > 200, "the walk sees the schemas"


def test_every_string_has_an_end() -> None:
    assert lacking(of_type("string"), "maxLength", "enum", "format") == []


def test_every_list_has_an_end_and_a_type() -> None:
    assert lacking(of_type("array"), "maxItems") == []
    assert lacking(of_type("array"), "x-kubernetes-list-type") == []


def test_every_list_that_merges_names_required_keys() -> None:
    maps = [node for node in of_type("array") if node.schema["x-kubernetes-list-type"] == "map"]
    loose = [
        node.path
        for node in maps
        if not set(node.schema["x-kubernetes-list-map-keys"]) <= set(node.schema["items"]["required"])
    ]

    assert loose == []


def test_every_map_has_an_end() -> None:
    maps = [node for node in of_type("object") if "additionalProperties" in node.schema]

    assert maps
    assert lacking(maps, "maxProperties") == []


def test_every_number_has_two_ends() -> None:
    assert lacking(of_type("integer"), "minimum") == []
    assert lacking(of_type("integer"), "maximum") == []


def test_every_field_says_what_it_is() -> None:
    fields = [node for node in NODES if not node.path.endswith(("[]", "{}"))]

    assert lacking(fields, "description") == []


def test_nothing_is_kept_that_the_schema_does_not_know() -> None:
    assert [node.path for node in NODES if "x-kubernetes-preserve-unknown-fields" in node.schema] == []


def test_the_only_default_says_that_nothing_was_seen_yet() -> None:
    defaults = {node.path: node.schema["default"] for node in NODES if "default" in node.schema}

    assert defaults == {
        "MLAsset.status": {"observedGeneration": -1},
        "MLRegistry.status": {"observedGeneration": -1},
    }


def test_every_rule_says_what_is_wrong_why_and_where() -> None:
    assert len(RULES) > 50
    assert [node.path for node, rule in RULES if not {"message", "reason"} <= rule.keys()] == []
    # A rule on an object of several fields names the one that it is about.
    whole = [node for node, rule in RULES if "fieldPath" not in rule]
    assert {node.path for node in whole} == {
        f"{rule.kind}.{rule.at}" for rule in TABLE if rule.cel and not rule.field
    }


def test_both_together_are_small_enough_for_every_way_of_installing_them() -> None:
    sizes = [path.stat().st_size for path in (ROOT / "crds").glob("*.yaml")]

    assert sum(sizes) < BUDGET


def test_what_must_not_be_pruned_says_so() -> None:
    for crd in CRDS:
        annotations = crd["metadata"]["annotations"]
        assert annotations["helm.sh/resource-policy"] == "keep"
        assert "Prune=false" in annotations["argocd.argoproj.io/sync-options"]


def test_titles_of_columns_are_single_words_and_age_is_last() -> None:
    for crd in CRDS:
        names = [column["name"] for column in crd["spec"]["versions"][0]["additionalPrinterColumns"]]
        assert all(re.fullmatch(r"[A-Z]+", name) for name in names)
        assert names[-1] == "AGE"


def test_the_generated_files_are_fresh(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--check"]) == 0, capsys.readouterr().out


def test_generating_twice_gives_the_same_bytes() -> None:
    assert generated() == generated()


class Unbounded(ApiModel):
    """A model that a CRD must not be made from."""

    word: str = Field(description="A word without end.")


class Undescribed(ApiModel):
    """Another one."""

    word: bool


class Untyped(ApiModel):
    """And one whose list nobody can merge."""

    words: tuple[bool, ...] = Field(description="Words.", max_length=3)


@pytest.mark.parametrize(
    ("model", "complaint"),
    [(Unbounded, "without maxLength"), (Undescribed, "no description"), (Untyped, "without list type")],
)
def test_a_model_that_a_crd_must_not_be_made_from_is_refused(model: type[ApiModel], complaint: str) -> None:
    with pytest.raises(UnfitModelError, match=complaint):
        structural(model)
