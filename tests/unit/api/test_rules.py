"""The table of rules, asked in Python as the webhook asks it."""

import re
from typing import Any

import pytest
from api.rule_cases import CASES, RuleCase

from mlregistry_operator.api.advice import ADVICE, MAX_LENGTH
from mlregistry_operator.api.objects import MLAsset, MLRegistry
from mlregistry_operator.api.relations import NAMESPACE_CLOSED
from mlregistry_operator.api.rule import Violation
from mlregistry_operator.api.rules import RULES, rules_of

KINDS: dict[str, type[MLRegistry] | type[MLAsset]] = {"MLRegistry": MLRegistry, "MLAsset": MLAsset}


def violations(case: RuleCase) -> list[Violation]:
    """What the rules with CEL say to an edit."""
    kind = case.new["kind"]
    old = KINDS[kind].model_validate(case.old) if case.old else None
    new = KINDS[kind].model_validate(case.new)
    return [found for rule in rules_of(kind) if rule.cel for found in rule.broken_in(old, new)]


@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.promise(7)
def test_an_edit_breaks_the_rules_that_its_case_names_and_no_other(case: RuleCase) -> None:
    assert {found.rule.id for found in violations(case)} == case.breaks, case.because


def test_every_rule_that_cel_holds_is_broken_by_some_case() -> None:
    tried = {rule_id for case in CASES for rule_id in case.breaks}

    assert {rule.id for rule in RULES if rule.cel} - tried == set()


def test_a_name_of_a_rule_or_a_warning_means_one_thing() -> None:
    names = [rule.id for rule in RULES] + [note.id for note in ADVICE]

    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", name) for name in names)


def test_a_sentence_has_no_end_mark_since_the_api_server_sets_it_into_its_own() -> None:
    assert [rule.id for rule in RULES if rule.sentence.endswith((".", "!"))] == []


def test_a_transition_is_what_asks_for_the_old_object() -> None:
    assert [rule.id for rule in RULES if rule.cel and rule.transition != ("oldSelf" in rule.cel)] == []


def test_a_warning_reaches_the_user_whole() -> None:
    longest = {note.id: len(f"{note.at}{note.field}[00]: {note.sentence}") for note in ADVICE}

    assert {name for name, length in longest.items() if length > MAX_LENGTH} == set()


def spec_with(field: str, value: Any) -> RuleCase:
    """An edit that sets a field which the schema, not a rule, would refuse."""
    return RuleCase("", {**CASES[0].new, "spec": {**CASES[0].new["spec"], field: value}})


def test_a_violation_names_the_item_that_it_is_about() -> None:
    case = spec_with("replicationLocations", [{"location": "eastus"}, {"location": "West US"}])

    assert [found.path for found in violations(case)] == ["spec.replicationLocations[1].location"]


def test_a_condition_says_what_the_webhook_says_as_sentences_of_its_own() -> None:
    cause, remedy = NAMESPACE_CLOSED.cause_and_remedy("ml/closed", "team-a")

    assert NAMESPACE_CLOSED.told("ml/closed", "team-a") == f"{cause}; {remedy[0].lower()}{remedy[1:-1]}"
    assert remedy.startswith("Have its allowedNamespaces")
