"""What the custom role definitions hold is spelled as Azure spells it, and no more than is called."""

import pytest

from hack.generate.azure_roles import ROLES, AzureRole
from mockcloud.arm.routes import ROUTES

KNOWN = {route.action.lower() for route in ROUTES}
# No address of the control plane asks for these: the doors of registry and blob service do, and providers.
ELSEWHERE = {
    "microsoft.containerregistry/registries/pull/read",
    "microsoft.containerregistry/registries/metadata/read",
    "microsoft.containerregistry/registries/artifacts/delete",
    "microsoft.containerregistry/register/action",
    "microsoft.storage/register/action",
    "microsoft.storage/storageaccounts/blobservices/generateuserdelegationkey/action",
}
roles = pytest.mark.parametrize("role", ROLES, ids=[role.file for role in ROLES])


@roles
def test_every_action_is_one_that_the_control_plane_knows(role: AzureRole) -> None:
    actions = {right.action.lower() for right in role.rights if not right.data}
    assert actions <= KNOWN | ELSEWHERE


@roles
def test_no_role_reads_keys_or_holds_more_than_is_named(role: AzureRole) -> None:
    for right in role.rights:
        assert "*" not in right.action
        assert not {"listkeys", "regeneratekey", "listcredentials", "lock"} & set(
            right.action.lower().split("/")
        )
        assert right.why
    assert len({right.action for right in role.rights}) == len(role.rights)


def test_who_only_observes_may_write_nothing() -> None:
    (observer,) = [role for role in ROLES if role.file == "observe.json"]
    assert all(right.action.endswith("/read") and not right.data for right in observer.rights)
