"""How the operator is told who it is in Azure, and what a user is told where nobody has said it."""

import pytest
from support.charts import NAMESPACE, RELEASE, VARIANTS, environment, objects, texts, the

from mlregistry_operator.domain.identity import IdentityGrant
from mlregistry_operator.settings import load


@pytest.mark.parametrize(
    ("variant", "variables"),
    [
        ("defaults", set()),
        ("workload-identity", {"AZURE_CLIENT_ID", "AZURE_TENANT_ID"}),
        ("client-secret", {"AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_CLIENT_SECRET"}),
        ("managed-identity", {"AZURE_CLIENT_ID"}),
    ],
)
def test_the_identity_is_told_by_the_variables_of_azures_tools(variant: str, variables: set[str]) -> None:
    given = environment(objects(VARIANTS[variant]))
    azure = {name for name in given if name.startswith("AZURE_")}
    assert azure == variables | {"AZURE_FEDERATED_TOKEN_FILE"}, "registries may bring a workload identity"


def test_a_workload_identity_is_labelled_as_azure_wants_it() -> None:
    found = objects(VARIANTS["workload-identity"])
    template = the("Deployment", found)["spec"]["template"]
    assert template["metadata"]["labels"]["azure.workload.identity/use"] == "true"
    annotations = the("ServiceAccount", found)["metadata"]["annotations"]
    assert annotations.keys() == {
        "azure.workload.identity/client-id",
        "azure.workload.identity/tenant-id",
        "example.org/team",
    }


@pytest.mark.parametrize(
    ("variant", "told"),
    [
        ("defaults", "NO IDENTITY"),
        ("workload-identity", f"system:serviceaccount:{NAMESPACE}:{RELEASE}"),
        ("client-secret", f"{NAMESPACE}/azure"),
        ("managed-identity", "managed identity of its node"),
    ],
)
def test_the_notes_say_which_identity_is_there_or_missing(variant: str, told: str) -> None:
    assert told in texts(VARIANTS[variant])["NOTES.txt"]


@pytest.mark.promise(16)
def test_whom_the_identity_is_for_and_where_content_may_come_from_reach_the_operator(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    entry = {"namespaces": ["ml-platform"], "resourceGroups": ["ml-registries"]}
    values = {
        "identity": {"allowed": [entry]},
        "settings": {"content": {"allowedHosts": ["models.example", "files.example:8443"]}},
    }
    given = environment(objects(values))
    names = ("MLREGISTRY_IDENTITY__ALLOWED", "MLREGISTRY_CONTENT__ALLOWED_HOSTS")
    for name in names:
        monkeypatch.setenv(name, given[name])

    found = load({name: given[name] for name in names}).boundaries

    assert found.hosts == {"models.example", "files.example:8443"}
    assert found.identities == (
        IdentityGrant(frozenset({"ml-platform"}), resource_groups=frozenset({"ml-registries"})),
    )


def test_without_a_word_everybody_may_use_the_identity_and_with_an_empty_list_nobody() -> None:
    assert "MLREGISTRY_IDENTITY__ALLOWED" not in environment(objects({}))
    assert environment(objects({"identity": {"allowed": []}}))["MLREGISTRY_IDENTITY__ALLOWED"] == "[]"
