"""Whose account a source lies in, and for whom it is read."""

from typing import Any

import pytest
from api.rule_cases import azure, registry
from support.neighbours import MemoryNeighbours

from mlregistry_operator.api.group import HOSTS
from mlregistry_operator.api.metadata import ObjectKey
from mlregistry_operator.api.objects import MLRegistry
from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.domain.arm import ResourceGroup
from mlregistry_operator.domain.assets.source_rules import Asker, not_sent
from mlregistry_operator.domain.delegation import pull_refused
from mlregistry_operator.domain.identity import IdentityGrant
from mlregistry_operator.domain.image_sources import Located
from mlregistry_operator.domain.images import ImageReference
from mlregistry_operator.domain.naming import container_registry_names, storage_account_names
from mlregistry_operator.domain.storage_service import StorageService
from mlregistry_operator.reconcile.assets.permissions import (
    blobs_refused,
    identity_refused_for,
    image_refused,
)

STORAGE = StorageService()
TEAM = Asker("team", {"team": "a"})
Body = dict[str, Any]


def holder(name: str, *accounts: str, **spec: Any) -> Body:
    """A registry of namespace platform whose status has these accounts."""
    body = registry(name, **spec)
    body["metadata"]["namespace"] = "platform"
    rows = [
        {
            "location": f"region{number}",
            "role": "Replica",
            "state": "Ready",
            "storageAccount": {
                "name": one,
                "id": f"/subscriptions/s/{one}",
                "blobEndpoint": f"https://{one}.blob.core.windows.net/",
            },
        }
        for number, one in enumerate(accounts)
    ]
    return body | ({"status": {"regions": rows}} if rows else {})


async def reason_for(
    url: str, *others: Body, own: Body | None = None, asker: Asker = TEAM, by_sas: bool = False
) -> Reason | None:
    """Why a source is not read for an asset of the registry `own`, with these registries around."""
    home = MLRegistry.model_validate(own or holder("own"))
    address = STORAGE.address(url)
    assert address is not None
    around = MemoryNeighbours(list(others))
    refused, _ = await blobs_refused(home, address, asker, around, STORAGE, by_sas=by_sas)
    return refused.reason if refused is not None else None


CLOSED = Reason.NAMESPACE_NOT_ALLOWED
OPEN = {"from": "Selector", "selector": {"matchLabels": {"team": "a"}}}
URL = "https://held.blob.core.windows.net/{}"


@pytest.mark.promise(16)
@pytest.mark.parametrize(
    ("url", "spec", "reason", "because"),
    [
        (URL.format("data/x"), {}, CLOSED, "nobody but its own namespace"),
        (URL.format("data/x"), {"allowedNamespaces": OPEN}, None, "the selector selects it"),
        (URL.format("data/x"), {"allowedNamespaces": {"from": "Same"}}, CLOSED, "another namespace"),
        ("https://HELD.blob.core.windows.net:443/data/x", {}, CLOSED, "hosts have no case"),
        ("https://held-secondary.blob.core.windows.net/data/x", {}, CLOSED, "the secondary is the same"),
        ("https://held.z1.blob.storage.azure.net/data/x", {}, CLOSED, "a DNS zone is, too"),
        ("https://other.blob.core.windows.net/data/x", {}, None, "an account of nobody's"),
        (
            URL.format("staging/b/x"),
            {"allowedNamespaces": {"from": "All"}},
            None,
            "it says nothing of staging",
        ),
        (
            URL.format("staging/b/x"),
            {
                "allowedNamespaces": {"from": "All"},
                "allowedSources": [{"url": URL.format("staging/a/"), "namespaces": OPEN}],
            },
            Reason.SOURCE_NOT_ALLOWED,
            "somebody else's folder",
        ),
        (
            URL.format("staging/a/x"),
            {
                "allowedNamespaces": {"from": "All"},
                "allowedSources": [{"url": URL.format("staging/a/"), "namespaces": OPEN}],
            },
            None,
            "its own folder",
        ),
    ],
)
async def test_an_account_of_a_registry_is_as_open_as_the_registry(
    url: str, spec: Body, reason: Reason | None, because: str
) -> None:
    assert await reason_for(url, holder("other", "held", **spec)) is reason, because


@pytest.mark.promise(16)
async def test_the_registrys_own_namespace_reads_and_who_brings_a_signature_reads_by_that() -> None:
    other = holder("other", "held")

    assert await reason_for(URL.format("data/x"), other, asker=Asker("platform", {})) is None
    assert await reason_for(URL.format("data/x"), other, by_sas=True) is None
    left = holder("own", allowedSources=[])
    assert await reason_for(URL.format("data/x"), other, own=left, by_sas=True) is Reason.SOURCE_NOT_ALLOWED


@pytest.mark.promise(16)
async def test_a_lost_status_opens_nothing_and_declaring_anothers_names_closes_nothing() -> None:
    (name, *_) = storage_account_names(
        ResourceGroup(azure()["subscriptionId"], "ml-registries"), "own", "westus"
    )
    url = f"https://{name}.blob.core.windows.net/data/x"
    lost, rival = holder("own"), holder("rival", registryName="own")

    assert await reason_for(url, lost) is CLOSED, "a name that it would give, in whatever region"
    told = holder("own", name, allowedNamespaces={"from": "All"})
    assert await reason_for(url, told, rival) is None, "who has the account says who reads it"


@pytest.mark.promise(16)
async def test_a_registry_that_cannot_be_read_is_closed() -> None:
    broken = holder("other", "held")
    broken["spec"]["location"] = {"not": "a region"}

    assert await reason_for(URL.format("data/x"), broken) is CLOSED
    assert await reason_for(URL.format("data/x"), broken, asker=Asker("platform", {})) is None


@pytest.mark.promise(16)
@pytest.mark.parametrize(
    ("image", "allowed"),
    [
        ("mcr.example/azureml/sklearn:1", True),
        ("mcr.example/azureml/curated/sklearn:1", True),
        ("mcr.example/azureml-not/sklearn:1", False),
        ("mcr.example:444/azureml/sklearn:1", False),
        ("other.example/azureml/sklearn:1", False),
    ],
)
def test_images_come_from_what_is_allowed(image: str, *, allowed: bool) -> None:
    choosy = MLRegistry.model_validate(
        holder("own", allowedSources=[{"url": "https://mcr.example/azureml/"}])
    )
    anything = MLRegistry.model_validate(holder("own"))
    reference = ImageReference.parse(image)

    assert (image_refused(choosy, reference, TEAM, STORAGE) is None) is allowed
    assert image_refused(anything, reference, TEAM, STORAGE) is None


@pytest.mark.promise(16)
async def test_who_may_not_look_into_azure_does_not_hold_what_its_names_would_be() -> None:
    """Its status has the names that it would give; no endpoint, because it has seen no account of its own."""
    pretender = holder("pretender", "held")
    pretender["status"]["regions"][0]["storageAccount"].pop("blobEndpoint")
    opened = holder("opened", "held", allowedNamespaces={"from": "All"})

    assert await reason_for(URL.format("data/x"), opened, pretender) is None
    assert await reason_for(URL.format("data/x"), holder("closed", "held"), pretender) is CLOSED


@pytest.mark.promise(16)
@pytest.mark.parametrize(
    ("url", "annotation", "sent"),
    [
        ("https://held.blob.core.windows.net/a", None, True),
        ("https://files.example/a/b", "files.example", True),
        ("https://files.example/a/b", "other.example, Files.Example", True),
        ("https://files.example:8443/a", "files.example:8443", True),
        ("https://files.example/a/b", None, False),
        ("https://files.example/a/b", "", False),
        ("https://files.example/a/b", "other.example", False),
        ("https://files.example/a/b", "files.example:8443", False),
        ("https://files.example/a/b", "files.example.evil", False),
        ("https://files.example:8443/a/b", "files.example", False),
        ("https://files.example/a/b", "*", False),
    ],
)
def test_a_signature_goes_to_the_cloud_and_to_hosts_that_its_secret_names(
    url: str, annotation: str | None, *, sent: bool
) -> None:
    address, annotations = STORAGE.address(url), {} if annotation is None else {HOSTS: annotation}
    assert address is not None

    refused = not_sent(address, ObjectKey("team", "sas"), annotations)

    assert (refused is None) is sent
    assert refused is None or "Secret team/sas is not sent to files.example" in refused.message


def images_of(name: str, login_server: str, **spec: Any) -> Body:
    """A registry of namespace platform that has this container registry."""
    body = holder(name, **spec)
    found = {"name": name, "id": "/subscriptions/s/x", "loginServer": login_server}
    return body | {"status": {"containerRegistry": found}}


ADMITS = {"url": "https://team.azurecr.io/a/", "namespaces": OPEN}
PLATFORM = Asker("platform", {})


@pytest.mark.promise(16)
@pytest.mark.parametrize(
    ("asker", "own", "other", "reason", "because"),
    [
        (PLATFORM, {}, None, None, "its own namespace brought the identity"),
        (TEAM, {}, None, Reason.SOURCE_NOT_ALLOWED, "another namespace, and nobody has said so"),
        (TEAM, {"allowedSources": [ADMITS]}, None, None, "what is left out was refused before"),
        (PLATFORM, {}, {}, None, "the other one's own namespace"),
        (TEAM, {"allowedSources": [ADMITS]}, {}, CLOSED, "the other one is closed, whatever this one says"),
        (TEAM, {}, {"allowedNamespaces": OPEN}, None, "the other one is open, as by source.asset"),
    ],
)
async def test_an_identity_pulls_for_whom_its_registry_and_the_images_holder_let_it(
    asker: Asker, own: Body, other: Body | None, reason: Reason | None, because: str
) -> None:
    at = Located("Team.azurecr.io", "a/b", of_azure=True)
    around = [images_of("other", "team.azurecr.io", **other)] if other is not None else []
    home = MLRegistry.model_validate(holder("own", **own))

    refused, holders = await identity_refused_for(home, at, asker, MemoryNeighbours(around))

    assert (refused.reason if refused is not None else None) is reason, because
    assert [one.name for one in holders] == ["other"] * len(around)


@pytest.mark.promise(16)
async def test_a_container_registry_whose_holder_cannot_be_read_or_has_lost_its_status_is_closed() -> None:
    group = ResourceGroup(azure()["subscriptionId"], "ml-registries")
    (name, *_) = container_registry_names(group, "lost", "eastus")
    lost, home = holder("lost"), MLRegistry.model_validate(holder("own"))
    broken = images_of("broken", "broken.azurecr.io")
    broken["spec"]["location"] = {"not": "a region"}

    for login_server in (f"{name}.azurecr.io", "broken.azurecr.io"):
        at = Located(login_server, "a", of_azure=True)
        refused, _ = await identity_refused_for(home, at, TEAM, MemoryNeighbours([lost, broken]))
        assert refused is not None
        assert refused.reason is CLOSED


@pytest.mark.promise(16)
@pytest.mark.parametrize(
    ("grants", "credentials", "refused"),
    [
        (None, None, False),
        ((IdentityGrant(frozenset({"platform"})),), None, False),
        ((IdentityGrant(frozenset({"platform"}), resource_groups=frozenset({"ML-Registries"})),), None, True),
        ((IdentityGrant(frozenset({"platform"}), frozenset({"other"}), frozenset({"Images"})),), None, False),
        ((IdentityGrant(frozenset({"elsewhere"})),), None, True),
        ((IdentityGrant(frozenset({"elsewhere"})),), {"secretRef": {"name": "azure"}}, False),
    ],
)
def test_in_the_operators_own_name_images_come_from_where_it_is_lent_for(
    grants: tuple[IdentityGrant, ...] | None, credentials: Body | None, *, refused: bool
) -> None:
    spec = {"azure": azure(credentials=credentials)} if credentials else {}
    home = MLRegistry.model_validate(holder("own", **spec))

    found = pull_refused(home, ResourceGroup("other", "images"), grants)

    assert (found is not None) is refused
    if found is not None:
        assert found.reason is Reason.IDENTITY_NOT_ALLOWED
        assert "resource group images of subscription other" in found.sentence
