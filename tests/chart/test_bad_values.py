"""What cannot be is refused before anything is installed, with the value that is meant and what to do."""

from typing import Any

import helm_python
import pytest
import yaml
from support.charts import CHART, PEM, UUID, Values, chart, texts

from hack.generate.charts import values as documented

UNKNOWN: list[tuple[Values, str, str]] = [
    ({"replicas": 3}, "'replicas' not allowed", "a name that other charts use"),
    ({"image": {"tagg": "1"}}, "at '/image': additional properties 'tagg'", "misspelt"),
    ({"settings": {"reconcile": {"retryMaximum": 1}}}, "'retryMaximum' not allowed", "no such setting"),
    ({"settings": {"leaderElection": {}}}, "'leaderElection' not allowed", "it has values of its own"),
    ({"replicaCount": "2"}, "at '/replicaCount'", "a text is no number"),
    ({"image": {"digest": "latest"}}, "at '/image/digest'", "no digest"),
    ({"identity": {"type": "Workload"}}, "'WorkloadIdentity'", "the message says what there is"),
    ({"identity": {"clientId": "me"}}, "at '/identity/clientId'", "no UUID"),
    ({"cloud": {"armEndpoint": "http://arm"}}, "at '/cloud/armEndpoint'", "tokens are not sent in the clear"),
    ({"watchNamespaces": "team-a"}, "at '/watchNamespaces'", "a list"),
    ({"watchNamespaces": ["*"]}, "at '/watchNamespaces/0'", "no name of a namespace"),
    ({"identity": {"allowed": [{"namespace": "a"}]}}, "namespace", "a misspelt part would mean everybody"),
    ({"identity": {"allowed": [{"namespaces": []}]}}, "namespaces", "an empty part would mean everybody"),
    ({"identity": {"allowed": [{}]}}, "identity/allowed/0", "an entry that says nothing, too"),
    ({"secretAccess": [{"namespace": "a"}]}, "missing property 'names'", "all Secrets is never meant"),
    ({"secretAccess": [{"namespace": "a", "names": []}]}, "at '/secretAccess/0/names'", "the same"),
    ({"commonLabels": {"app.kubernetes.io/name": "x"}}, "invalid propertyName", "that one is the chart's"),
    ({"webhook": {"failurePolicy": "fail"}}, "at '/webhook/failurePolicy'", "as Kubernetes spells it"),
]
CERTIFICATES: dict[str, Values] = {
    "cert-manager with a Secret": {"mode": "CertManager", "existingSecret": "tls"},
    "self-managed with a Secret": {"existingSecret": "tls"},
    "self-managed with a bundle": {"caBundle": PEM},
    "given without a Secret": {"mode": "Given", "caBundle": PEM},
    "given without trust": {"mode": "Given", "existingSecret": "tls"},
    "an issuer that nobody asks": {"issuerRef": {"name": "ca"}},
}
IDENTITIES: dict[str, Values] = {
    "no ids": {"type": "WorkloadIdentity"},
    "no tenant": {"type": "WorkloadIdentity", "clientId": UUID},
    "no Secret": {"type": "ClientSecret"},
    "a Secret without its type": {"existingSecret": "azure"},
    "an id without a type": {"clientId": UUID},
    "a tenant for a node's identity": {"type": "ManagedIdentity", "tenantId": UUID},
}
OTHERS: dict[str, Values] = {
    "leaderElection.enabled": {"leaderElection": {"enabled": False}},
    "leaderElection.renewSeconds": {"leaderElection": {"renewSeconds": 20}},
    "leaderElection.retrySeconds": {"leaderElection": {"retrySeconds": 12}},
    "serviceAccount.create": {"serviceAccount": {"create": False}},
    "tracing.endpoint": {"tracing": {"endpoint": "http://collector"}},
    "webhook.drainSeconds": {"terminationGracePeriodSeconds": 5},
    "secretAccess": {"watchNamespaces": ["a"], "secretAccess": [{"namespace": "b", "names": ["s"]}]},
    "twice": {"secretAccess": [{"namespace": "b", "names": ["s"]}, {"namespace": "b", "names": ["t"]}]},
}
CONTRADICTIONS = (
    [(name, "webhook.certificates", {"webhook": {"certificates": one}}) for name, one in CERTIFICATES.items()]
    + [(name, "identity.", {"identity": one}) for name, one in IDENTITIES.items()]
    + [(name, name, one) for name, one in OTHERS.items()]
)


@pytest.mark.parametrize(("values", "told", "because"), UNKNOWN)
def test_a_value_that_is_unknown_or_does_not_fit_is_named(values: Values, told: str, because: str) -> None:
    with pytest.raises(helm_python.HelmValuesError) as caught:
        texts(values)
    assert told in str(caught.value), because


@pytest.mark.parametrize(("name", "told", "values"), CONTRADICTIONS, ids=[one[0] for one in CONTRADICTIONS])
def test_values_that_contradict_one_another_are_refused_with_a_remedy(
    name: str, told: str, values: Values
) -> None:
    chart().validate_schema(values)
    with pytest.raises(helm_python.HelmRenderError) as caught:
        texts(values)
    sentence = str(caught.value).rpartition("): ")[2]
    assert told in sentence
    assert ": " in sentence, "the remedy follows the colon"
    assert sentence.strip().endswith(".")


def test_the_schema_knows_every_value_and_no_other() -> None:
    def paths(schema: dict[str, Any], at: str = "") -> set[str]:
        inner = schema.get("properties", {})
        return {at} if not inner else {p for k, v in inner.items() for p in paths(v, f"{at}.{k}".strip("."))}

    def closed(schema: Any) -> bool:
        if isinstance(schema, dict):
            told = "properties" not in schema or schema.get("additionalProperties") is False
            return told and all(closed(one) for one in schema.values())
        return not isinstance(schema, list) or all(closed(one) for one in schema)

    schema = chart().schema
    assert schema is not None
    known = {one for one in paths(schema) if not one.startswith(("settings.", "resources."))}
    table = {name for name, _, _ in documented((CHART / "values.yaml").read_text("utf-8"))}
    assert closed({"properties": schema["properties"], "additionalProperties": False})
    issuer = {f"webhook.certificates.issuerRef.{field}" for field in ("name", "kind", "group")}
    assert known - issuer - {"global"} == table - {"settings", "resources", "webhook.certificates.issuerRef"}


def test_every_value_is_documented() -> None:
    def leaves(value: Any, at: str) -> set[str]:
        if isinstance(value, dict) and value and at not in told:
            return {leaf for key, one in value.items() for leaf in leaves(one, f"{at}.{key}".strip("."))}
        return {at}

    text = (CHART / "values.yaml").read_text("utf-8")
    told = {name for name, _, _ in documented(text)}
    assert leaves(yaml.safe_load(text), "") == told
