"""The table of what authors must be allowed: whole, and as the chart's roles and policies have it."""

import re
from collections.abc import Iterator
from typing import Any, get_args

import pytest
import yaml
from support.schemas import properties

from hack.generate.admission_policies import WEBHOOK_FIELDS
from hack.generate.crds import KINDS
from hack.world.places import CHART_FILES
from mlregistry_operator.api import group
from mlregistry_operator.api.author_rules import OBEYED, PLURALS, SECRET_FIELDS
from mlregistry_operator.api.base import ApiModel
from mlregistry_operator.api.rules import RULES

NO_ANNOTATIONS = {group.API_VERSION, group.FINALIZER}
ROLES = {"registry managers": "mlregistry-registry-manager", "asset publishers": "mlregistry-asset-publisher"}


def models_in(annotation: Any) -> Iterator[type[ApiModel]]:
    """The models that a field holds, through options, lists and bounds."""
    if isinstance(annotation, type) and issubclass(annotation, ApiModel):
        yield annotation
    for part in get_args(annotation):
        yield from models_in(part)


def fields_of(model: type[ApiModel], path: str) -> Iterator[tuple[str, type[ApiModel]]]:
    """Every field that holds an object, with its path."""
    for field in model.model_fields.values():
        for held in models_in(field.annotation):
            yield f"{path}.{field.alias}", held
            yield from fields_of(held, f"{path}.{field.alias}")


@pytest.mark.promise(16)
def test_every_field_that_names_a_secret_is_one_that_its_author_must_be_allowed_to_read() -> None:
    named = {
        (kind.name, path)
        for kind in KINDS
        for path, model in fields_of(kind.spec, "spec")
        if path.lower().endswith("secretref") or model.__name__.startswith("Secret")
    }

    assert {(one.kind, one.field) for one in SECRET_FIELDS} == named
    assert len(named) >= 2, "the walk sees the fields"


@pytest.mark.promise(16)
def test_of_every_annotation_it_is_decided_whether_it_is_a_right() -> None:
    prefix = f"{group.GROUP}/"
    ours = {value for value in vars(group).values() if isinstance(value, str) and value.startswith(prefix)}

    assert {one.annotation for one in OBEYED} == ours - NO_ANNOTATIONS


def test_the_roles_as_shipped_give_each_verb_to_whom_the_table_says() -> None:
    shipped = {
        role["metadata"]["name"]: {
            (resource, verb)
            for rule in role["rules"]
            for resource in rule["resources"]
            for verb in rule["verbs"]
        }
        for role in yaml.safe_load_all((CHART_FILES / "user-roles.yaml").read_text("utf-8"))
    }
    for one in OBEYED:
        if one.verb is not None:
            holders = {name for name, given in shipped.items() if (PLURALS[one.kind], one.verb) in given}
            assert holders == {ROLES[one.had_by], ROLES["registry managers"]}, one.id


def test_the_sentences_are_as_those_of_the_other_rules() -> None:
    rules = [*SECRET_FIELDS, *(one for one in OBEYED if one.verb)]
    names = [one.id for one in rules] + [rule.id for rule in RULES]

    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", one.id) for one in rules)
    assert all("; " in one.sentence and not one.sentence.endswith((".", "!")) for one in rules)


@pytest.mark.promise(16)
@pytest.mark.parametrize("version", ["1.31", "1.37"])
def test_the_policy_of_the_webhook_knows_every_field_of_a_webhook(version: str) -> None:
    webhook = properties("io.k8s.api.admissionregistration.v1.ValidatingWebhook", version)
    client = properties("io.k8s.api.admissionregistration.v1.WebhookClientConfig", version)
    known = (webhook - {"clientConfig"}) | {f"clientConfig.{name}" for name in client - {"caBundle"}}

    assert set(WEBHOOK_FIELDS) == known
