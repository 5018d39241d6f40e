"""The webhook's verdicts, from AdmissionReviews alone."""

from copy import deepcopy
from typing import Any

import pytest
from api.rule_cases import (
    CASES,
    DIGEST,
    GUID,
    RuleCase,
    asset,
    environment,
    regions,
    registry,
    source,
    stored_as,
)
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from mlregistry_operator.admission.reviews import AdmissionReview, reply
from mlregistry_operator.admission.verdict import KINDS, judged
from mlregistry_operator.api.inline import MAX_DEPTH
from mlregistry_operator.api.rule import Violation
from mlregistry_operator.api.rules import RULES, rules_of
from mlregistry_operator.domain.intervals import seconds_of

Body = dict[str, Any]
SENTENCES = {rule.id: rule.sentence for rule in RULES}
ACCOUNT = f"/subscriptions/{GUID}/resourceGroups/ml/providers/Microsoft.Storage/storageAccounts/demo"


def asked(new: Body | None, old: Body | None = None, **request: Any) -> Body:
    """An AdmissionReview as the API server posts it."""
    thing = new or old or {}
    return {
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "request": {
            "uid": "705ab4f5-6393-11e8-b7cc-42010a800002",
            "kind": {"group": "mlregistry.io", "version": "v1alpha1", "kind": thing["kind"]},
            "operation": "UPDATE" if old else "CREATE",
            "name": thing["metadata"]["name"],
            "namespace": "default",
            "object": new,
            "oldObject": old,
            **request,
        },
    }


def review(body: Any) -> Body:
    """What the request alone is answered."""
    request = AdmissionReview.model_validate(body).request
    verdict, _ = judged(request)
    return reply(request, verdict)


def answer(new: Body | None, old: Body | None = None, **request: Any) -> Body:
    """The response, which belongs to the request."""
    reply = review(asked(new, old, **request))
    assert (reply["apiVersion"], reply["kind"]) == ("admission.k8s.io/v1", "AdmissionReview")
    response: Body = reply["response"]
    assert response["uid"] == "705ab4f5-6393-11e8-b7cc-42010a800002"
    return response


def with_annotations(thing: Body, **annotations: str) -> Body:
    ours = {f"mlregistry.io/{name.replace('_', '-')}": value for name, value in annotations.items()}
    return {**thing, "metadata": thing["metadata"] | {"annotations": ours}}


@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.promise(7)
def test_the_webhook_refuses_what_cel_refuses_with_the_same_sentence(case: RuleCase) -> None:
    response = answer(case.new, case.old)

    assert response["allowed"] == (not case.breaks), case.because
    told = response.get("status", {}).get("message", "")
    sentences = {one.rule.id: one.sentence for one in violations(case)}
    assert {rule for rule in case.breaks if sentences[rule] not in told} == set()


def violations(case: RuleCase) -> list[Violation]:
    kind = KINDS[case.new["kind"]]
    old = kind.model_validate(case.old) if case.old else None
    new = kind.model_validate(case.new)
    return [one for rule in rules_of(case.new["kind"]) for one in rule.broken_in(old, new)]


def test_a_refusal_reads_like_the_api_servers_own() -> None:
    status = answer(
        registry(location="westus", replicationLocations=regions("eastus", "westus")), registry()
    )["status"]

    assert (status["code"], status["reason"]) == (422, "Invalid")
    assert status["message"] == f"spec.location: Forbidden: {SENTENCES['primary-fixed']}"
    told = f"Forbidden: {SENTENCES['primary-fixed']}"
    assert status["details"]["causes"] == [
        {"reason": "FieldValueForbidden", "field": "spec.location", "message": told}
    ]


def test_every_violation_is_told_at_once() -> None:
    message = answer(registry(registryName="_", location="East US"))["status"]["message"]

    assert message.startswith("3 fields are refused:\n* spec.registryName: Invalid value: ")
    assert SENTENCES["primary-form"] in message
    assert SENTENCES["primary-listed"] in message


def test_what_the_schema_would_refuse_is_refused_with_its_field() -> None:
    broken = stored_as("Standard_XYZ")
    del broken["spec"]["azure"]

    message = answer(broken)["status"]["message"]

    assert "spec.replicationLocations[0].storageConfig.storageAccountType: Invalid value: " in message
    assert "spec.azure: Required value: " in message


def test_a_refusal_never_repeats_what_was_written() -> None:
    message = answer(source(blob={"url": "https://a/b?sig=topsecret"}, sas=1))["status"]["message"]

    assert "topsecret" not in message


LEFT = {
    "id": ACCOUNT,
    "location": "westus",
    "reason": "The region left.",
    "type": "Standard_ZRS",
    "hns": False,
}
TYPE, HNS = "storageAccountType", "storageAccountHns"


def returning(config: Body) -> Body:
    """A registry to which westus comes back."""
    rows = [{"location": "eastus"}, {"location": "westus", "storageConfig": config}]
    return registry(replicationLocations=rows)


@pytest.mark.parametrize(
    ("config", "told", "because"),
    [
        ({"storageAccountType": "Standard_ZRS"}, None, "the same settings fit"),
        ({"storageAccountType": "Standard_GZRS"}, None, "what Azure changes in place fits"),
        (
            {},
            "storageAccountType Standard_ZRS where the spec has Standard_LRS",
            "the default has no zones, and the account has",
        ),
        (
            {"storageAccountType": "Standard_ZRS", "storageAccountHns": True},
            "storageAccountHns false where the spec has true",
            "the namespace differs",
        ),
        (
            {"storageAccountType": "Premium_ZRS"},
            "storageAccountType Standard_ZRS where the spec has Premium_ZRS",
            "the tier differs",
        ),
        (
            {"storageAccountType": "Premium_LRS", "storageAccountHns": True},
            f"{TYPE} Standard_ZRS and {HNS} false where the spec has Premium_LRS and true",
            "all that differs is told at once",
        ),
    ],
)
def test_a_region_comes_back_only_as_the_account_that_it_left(
    config: Body, told: str | None, because: str
) -> None:
    # Azure's words compare without case, whatever an earlier version has stored.
    for stored in ("Standard_ZRS", "standard_zrs"):
        left = LEFT | {"type": stored}
        old = {**registry(), "status": {"observedGeneration": 1, "retained": [left]}}

        response = answer(returning(config), old)

        assert response["allowed"] is (told is None), because
        if told is not None:
            assert response["status"]["message"] == (
                "spec.replicationLocations[1].storageConfig: Forbidden: the account demo, which the registry"
                f" left in westus, has {told}, and Azure cannot change that; declare what it has, or delete"
                " that account in Azure first"
            )


def test_a_region_that_stayed_is_not_measured_by_what_another_left() -> None:
    old = {**returning({}), "status": {"observedGeneration": 1, "retained": [LEFT]}}

    assert answer({**returning({}), "spec": returning({})["spec"] | {"suspend": True}}, old)["allowed"]


@pytest.mark.parametrize(
    ("tags", "rule"),
    [
        ({"mlREGISTRY-x": "y"}, "tag-prefix-any-case"),
        ({"a/b": "y"}, "tag-name-characters"),
        ({"aZure-x": "y"}, "tag-reserved-any-case"),
        ({"WinDows": "y"}, "tag-reserved-any-case"),
        ({"microSoft.team": "y"}, "tag-reserved-any-case"),
        ({"what?": "y"}, "tag-name-characters"),
        ({"back\\slash": "y"}, "tag-name-characters"),
    ],
)
def test_what_azure_would_refuse_in_tags_is_refused_early(tags: dict[str, str], rule: str) -> None:
    assert (
        answer(registry(tags=tags))["status"]["message"] == f"spec.tags: {_reason(rule)}: {SENTENCES[rule]}"
    )


def _reason(rule_id: str) -> str:
    rule = next(rule for rule in RULES if rule.id == rule_id)
    return {"FieldValueInvalid": "Invalid value", "FieldValueForbidden": "Forbidden"}[rule.reason]


@pytest.mark.parametrize(
    ("text", "allowed", "because"),
    [
        ("a: [1, 2]\n---\nb: &x c\nd: *x\n", True, "several documents with an alias are YAML"),
        ("plain words", True, "a scalar is a document"),
        ("a: b: c", False, "that is no YAML"),
        ("a: *nowhere", False, "an alias has an anchor"),
        ("# nothing but a remark", False, "nothing is no document"),
        ("[" * MAX_DEPTH + "]" * MAX_DEPTH, True, "deep, and yet bearable"),
        ("[" * 60_000, False, "depth without end must not take the process down"),
    ],
)
def test_an_inline_document_is_yaml(text: str, because: str, *, allowed: bool) -> None:
    assert answer(source(inline=text))["allowed"] is allowed, because


@pytest.mark.parametrize(
    ("annotations", "allowed", "because"),
    [
        ({"adopt": ACCOUNT}, True, "an ARM id"),
        ({"adopt": f"{ACCOUNT}, /subscriptions/{GUID}/resourceGroups/ml"}, True, "two ARM ids"),
        ({"adopt": "demo"}, False, "a name is no id"),
        ({"adopt": ""}, False, "nothing is no id"),
        ({"resync_interval": "1h30m"}, True, "a length of time"),
        ({"resync_interval": "often"}, False, "no length of time"),
        ({"force_detach": "true"}, True, "yes"),
        ({"force_detach": "yes"}, False, "a word that would silently do nothing"),
        ({"confirm_delete": "Demo1"}, True, "the registry's name"),
        ({"confirm_delete": "demo"}, False, "the object's name is not the registry's"),
        ({"reconcile_at": "now, please"}, True, "any token will do"),
    ],
)
def test_an_annotation_that_would_not_be_understood_is_refused(
    annotations: dict[str, str], because: str, *, allowed: bool
) -> None:
    old = registry(registryName="Demo1")

    response = answer(with_annotations(old, **annotations), old)

    assert response["allowed"] is allowed, because


@given(st.from_regex(r"\s?([0-9]{0,9}[hms]){0,4}\s?", fullmatch=True))
def test_an_interval_is_refused_exactly_where_the_operator_would_not_understand_it(text: str) -> None:
    response = answer(with_annotations(registry(), resync_interval=text))

    assert response["allowed"] is (seconds_of(text) is not None)


def test_an_annotation_that_was_there_before_stands_in_nobodys_way() -> None:
    old = with_annotations(registry(), force_detach="yes")
    new = {**old, "spec": old["spec"] | {"suspend": True}}

    assert answer(new, old)["allowed"]


def test_an_edit_of_metadata_alone_asks_nothing_of_an_old_spec() -> None:
    old = registry(location="East US")
    new = with_annotations(old, reconcile_at="now")

    assert answer(new, old) == {"uid": "705ab4f5-6393-11e8-b7cc-42010a800002", "allowed": True}


def test_an_edit_of_metadata_alone_passes_where_the_old_spec_cannot_even_be_read() -> None:
    old = registry(azure=None)

    assert answer(with_annotations(old, reconcile_at="now"), old)["allowed"]


@pytest.mark.promise(10)
def test_a_deletion_is_never_held_up() -> None:
    old = registry(location="East US", registryName="_")
    old["metadata"] |= {
        "deletionTimestamp": "2026-11-24T00:00:00Z",
        "finalizers": ["mlregistry.io/finalizer"],
    }
    new = deepcopy(old)
    del new["metadata"]["finalizers"]

    assert answer(new, old)["allowed"]
    assert answer(None, old, operation="DELETE")["allowed"]


@pytest.mark.parametrize(
    "request_fields",
    [
        {"subResource": "status"},
        {"operation": "CONNECT"},
        {"kind": {"group": "mlregistry.io", "version": "v1alpha1", "kind": "MLSomething"}},
        {"kind": {"group": "example.org", "version": "v1", "kind": "MLRegistry"}},
    ],
    ids=["status", "another-operation", "another-kind", "another-group"],
)
def test_what_is_not_ours_to_judge_passes(request_fields: Body) -> None:
    assert answer(registry(registryName="_"), **request_fields)["allowed"]


WARNINGS = [
    (registry(), None, ["spec.replicationLocations: there is only the primary"], "one region is few"),
    (registry(), registry(description="old"), [], "what was so before is not said again"),
    (registry(replicationLocations=regions("eastus", "westus")), None, [], "an ordinary registry"),
    (
        registry(replicationLocations=regions("eastus", "marsnorth")),
        None,
        ["spec.replicationLocations[1].location: this version does not know the region"],
        "new regions appear, so it is no error",
    ),
    (
        registry(
            replicationLocations=[
                {"location": "eastus"},
                {"location": "westus3", "storageConfig": {"storageAccountType": "Standard_ZRS"}},
            ]
        ),
        None,
        ["spec.replicationLocations: the primary region has no zone redundancy"],
        "the first copy is the weakest",
    ),
    (
        registry(
            replicationLocations=regions("eastus", "westus"),
            deletionPolicy="Delete",
            regionRemovalPolicy="Delete",
            suspend=True,
            publicNetworkAccess="Disabled",
            immutability={"retentionDays": 30},
        ),
        registry(replicationLocations=regions("eastus", "westus")),
        [
            "spec.deletionPolicy: with Delete",
            "spec.regionRemovalPolicy: with Delete",
            "spec.publicNetworkAccess: with Disabled",
            "spec.immutability: retention can be lengthened",
            "spec.suspend: nothing is read",
        ],
        "each unusual wish has its word",
    ),
    (
        environment(suspend=True, deletionPolicy="Delete"),
        None,
        [
            "spec.source.image.reference: a tag can move",
            "spec.deletionPolicy: with Delete",
            "spec.suspend: nothing is read",
        ],
        "assets have theirs",
    ),
    (environment(source={"image": {"reference": f"mcr.example/a@{DIGEST}"}}), None, [], "a digest is fine"),
    (asset(), None, [], "an ordinary asset"),
]


@pytest.mark.parametrize(
    ("new", "old", "beginnings", "because"), WARNINGS, ids=[case[3] for case in WARNINGS]
)
def test_what_is_unusual_gets_a_word_and_passes(
    new: Body, old: Body | None, beginnings: list[str], because: str
) -> None:
    response = answer(new, old)

    assert response["allowed"], because
    spoken = response.get("warnings", [])
    assert len(spoken) == len(beginnings), spoken
    assert all(told.startswith(start) for told, start in zip(spoken, beginnings, strict=True)), spoken


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview"},
        asked(registry()) | {"apiVersion": "v1"},
    ],
)
def test_what_is_no_review_has_no_answer(body: Any) -> None:
    with pytest.raises(ValidationError):
        review(body)
