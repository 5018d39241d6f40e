"""The roles that the documentation gives are enough, and nothing in them is for nothing.

The operator runs in a cloud that grants it these roles alone, which notes each action it is asked to allow.
"""

import json

import pytest
from support.clouds import MockCloud
from support.clusters import Cluster
from support.images import an_image
from support.manifests import AssetBuilder, RegistryBuilder, a_registry, an_asset

from hack.controlplane.runs import ROOT
from hack.generate.azure_roles import FOLDER, ROLES
from hack.world.operators import OperatorProcess
from mockcloud import authorization, defaults

SUBSCRIPTION = f"/subscriptions/{defaults.SUBSCRIPTION_ID}"
USER = "00000000-0000-0000-0000-0000000000aa"
HOST = "mcr.example"
REGISTRY = (
    a_registry()
    .in_regions("eastus", "westus")
    .in_azure(resourceGroup="made-by-us", createResourceGroup=True)
    .with_spec(access=[{"principalId": USER, "principalType": "Group", "role": "AssetPublisher"}])
    .deleted_with_its_data()
)
KEPT = a_registry("kept").in_regions("eastus", "westus").with_spec(immutability={"retentionDays": 1})
# What the mock cloud never asks for, and why the operator needs it all the same.
UNASKED = {
    "Microsoft.Storage/register/action": "every provider is registered",
    "Microsoft.ContainerRegistry/register/action": "the same",
    "Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies/extend/action": (
        "nobody locks a policy here"
    ),
}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, cloud: MockCloud) -> set[str]:
    """The actions that were allowed by our roles; the operator has no other role."""
    found: set[str] = set()

    class Noting(authorization.Role):
        def allows(self, action: str) -> bool:
            return self._noted(action, allowed=super().allows(action))

        def allows_data(self, action: str) -> bool:
            return self._noted(action, allowed=super().allows_data(action))

        def _noted(self, action: str, *, allowed: bool) -> bool:
            found.update({action.lower()} if allowed else ())
            return allowed

    grants = []
    for role in ROLES:
        given = json.loads((ROOT / FOLDER / role.file).read_text("utf-8"))
        ours = Noting(given["Name"], role.file, tuple(given["Actions"]), (), tuple(given["DataActions"]))
        monkeypatch.setitem(authorization._BY_NAME, given["Name"].lower(), ours)
        grants.append({"role": given["Name"], "scope": SUBSCRIPTION})
    others = [one for one in cloud.principals() if one["principalId"] != defaults.OPERATOR_PRINCIPAL_ID]
    (operator,) = [one for one in cloud.principals() if one not in others]
    cloud.principals([*others, operator | {"roles": grants}])
    return found


def test_with_these_roles_everything_works_and_every_one_of_their_actions_is_used(
    cluster: Cluster, cloud: MockCloud, idle_operator: OperatorProcess, asked: set[str]
) -> None:
    image = an_image("sklearn")
    cloud.put_image("external", HOST, "sklearn", image.digest, image.content)
    cloud.settings(lroSeconds=1)  # so that operations are looked at
    environment = an_asset("sklearn-1", "sklearn").of_type("Environment")
    environment = environment.with_spec(source={"image": {"reference": f"{HOST}/sklearn@{image.digest}"}})
    assets: list[AssetBuilder] = [one.with_spec(deletionPolicy="Delete") for one in (an_asset(), environment)]
    idle_operator.start()

    made: list[AssetBuilder | RegistryBuilder] = [REGISTRY, KEPT, *assets]
    for one in made:
        cluster.apply(one)
    for one in made:
        cluster.ready(one, seconds=120)
    cluster.patch(REGISTRY, {"spec": {"access": []}})
    cluster.ready(REGISTRY, seconds=120)
    for one in assets:
        cluster.delete(one)
        cluster.gone(one, because="an asset goes with its content", seconds=120)
    for one in (REGISTRY, KEPT):
        cluster.delete(one)
        cluster.gone(one, because="a registry goes when nothing uses it", seconds=120)

    refused = {(one["method"], one["path"]) for one in cloud.requests() if one["status"] == 403}
    assert refused == set()
    granted = {right.action.lower() for role in ROLES for right in role.rights}
    assert granted - asked == {action.lower() for action in UNASKED}
