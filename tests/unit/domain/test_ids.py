"""What an id tells: names for people, and which writes go one after the other."""

import pytest
from support.worlds import GROUP

from mlregistry_operator.domain.arm import ArmId, replication, told_name, writes_in_turn
from mlregistry_operator.domain.containers import container_id, lifecycle_id, retention_id

ACCOUNT, OTHER = GROUP.storage_account("acct"), GROUP.storage_account("acct2")
IMAGES = GROUP.container_registry("images")
MODELS = container_id(ACCOUNT, "models")


def assignment(scope: ArmId) -> ArmId:
    return ArmId(f"{scope}/providers/Microsoft.Authorization/roleAssignments/6b1d1c0e")


@pytest.mark.parametrize(
    ("resource", "told"),
    [
        (ACCOUNT, "acct"),
        (GROUP.id, "ml-registries"),
        (replication(IMAGES, "westus"), "westus"),
        (MODELS, "models in acct"),
        (retention_id(MODELS), "models in acct"),
        (lifecycle_id(ACCOUNT), "acct"),
        (assignment(IMAGES), "6b1d1c0e on images"),
        (assignment(MODELS), "6b1d1c0e on models in acct"),
        (ArmId(""), ""),
    ],
)
def test_a_name_for_people_tells_where_something_is(resource: ArmId, told: str) -> None:
    assert told_name(resource) == told


def test_writes_to_one_account_and_what_is_in_it_go_one_after_the_other() -> None:
    inside = {ACCOUNT, ArmId(ACCOUNT.upper()), MODELS, retention_id(MODELS), lifecycle_id(ACCOUNT)}

    assert len({writes_in_turn(one) for one in inside}) == 1
    apart = [OTHER, IMAGES, replication(IMAGES, "westus"), replication(IMAGES, "eastus"), GROUP.id]
    apart += [assignment(ACCOUNT), assignment(IMAGES), MODELS]
    assert len({writes_in_turn(one) for one in apart}) == len(apart)
