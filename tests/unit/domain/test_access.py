"""Who has which role where, and which assignments are ours."""

from dataclasses import replace
from typing import Any

import pytest
from support.manifests import a_registry
from support.scenes import Scene, absent, settled
from support.worlds import refusal

from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.domain.access import access_verdict, explained
from mlregistry_operator.domain.arm import ArmId, name_of
from mlregistry_operator.domain.containers import ObservedContainer, ObservedStagingRule
from mlregistry_operator.domain.grants import (
    AssignmentSettings,
    Grant,
    ObservedAssignment,
    Role,
)
from mlregistry_operator.domain.plan import Access, ActionKind, Assessment, Standing
from mlregistry_operator.domain.resources import Insides

ANNA, TEAM = "11111111-1111-4111-8111-1111111111AA", "22222222-2222-4222-8222-222222222222"
RULE = ObservedStagingRule(enabled=True, days=7, prefixes=("staging/",))


def entry(role: str, principal: str = ANNA, kind: str = "User") -> dict[str, Any]:
    return {"principalId": principal, "principalType": kind, "role": role}


def registry(*access: dict[str, Any], regions: tuple[str, ...] = ("eastus", "westus")) -> Scene:
    """Everything is there, but for the access."""
    return settled(a_registry().in_regions(*regions).with_spec(access=list(access)))


def wanted(scene: Scene) -> list[AssignmentSettings]:
    found = [one.action.settings for one in scene.plan().access.parts if one.action]
    return [one for one in found if isinstance(one, AssignmentSettings)]


def granted(scene: Scene, *, by_us: bool = True) -> Scene:
    """The same, with everything that was wanted done; assigned by somebody else where not `by_us`."""
    made = []
    for one in wanted(scene):
        name = one.grant.name(scene.owner.tag) if by_us else "00000000-0000-4000-8000-000000000000"
        target = ArmId(f"{one.scope}/providers/Microsoft.Authorization/roleAssignments/{name}")
        made.append(ObservedAssignment(target, name, one.grant))
    home = scene.account("eastus").id.casefold()
    return scene.but(insides=Insides(tuple(made), {home: (ObservedContainer("staging"),)}, RULE))


def standings(access: Access) -> set[Standing]:
    return {one.standing for one in access.parts}


def test_a_user_reads_blobs_in_every_region_and_pulls_images() -> None:
    scene = registry(entry("AssetUser"))

    assert {(name_of(one.scope), one.role) for one in wanted(scene)} == {
        (scene.account("eastus").name, Role.BLOB_READER),
        (scene.account("westus").name, Role.BLOB_READER),
        (name_of(scene.registry_id), Role.IMAGE_PULL),
    }
    assert not [one for one in scene.plan().actions() if one.kind is ActionKind.CREATE_CONTAINER]


def test_a_publisher_also_writes_to_the_staging_container_of_the_primary_and_only_there() -> None:
    scene = registry(entry("AssetPublisher"))

    writes = [one.scope for one in wanted(scene) if one.role is Role.BLOB_CONTRIBUTOR]
    assert writes == [f"{scene.account('eastus').id}/blobServices/default/containers/staging"]
    assert {one.role for one in wanted(scene)} == {Role.BLOB_READER, Role.IMAGE_PULL, Role.BLOB_CONTRIBUTOR}
    steps = {one.kind: one.waits_for for one in scene.plan().actions() if "staging" in one.target}
    assert steps == {
        ActionKind.CREATE_CONTAINER: None,
        ActionKind.CREATE_ROLE_ASSIGNMENT: "the staging container",
    }
    assert ActionKind.UPDATE_LIFECYCLE_POLICY in {one.kind for one in scene.plan().actions()}


def test_a_manager_manages_the_resources_and_not_the_group() -> None:
    scene = registry(entry("RegistryManager"))

    assert {one.role for one in wanted(scene)} == {Role.CONTRIBUTOR}
    assert {one.scope for one in wanted(scene)} == {
        scene.account("eastus").id,
        scene.account("westus").id,
        scene.registry_id,
    }


def test_what_a_principal_gets_from_two_tiers_is_assigned_once() -> None:
    both = registry(entry("AssetUser"), entry("AssetPublisher", ANNA.lower()))

    assert len(wanted(both)) == len(wanted(registry(entry("AssetPublisher"))))


@pytest.mark.promise(2)
def test_what_is_assigned_is_settled() -> None:
    done = granted(registry(entry("AssetPublisher"), entry("RegistryManager", TEAM, "Group")))

    assert standings(done.plan().access) == {Standing.SETTLED}
    assert done.plan().settled()
    verdict = access_verdict(done.plan().access, {}, declared=True)
    assert (verdict.status, verdict.reason) == ("True", Reason.SUCCEEDED)


@pytest.mark.promise(8)
def test_a_right_that_others_have_assigned_is_enough_and_said_and_never_taken_away() -> None:
    theirs = granted(registry(entry("AssetUser")), by_us=False)
    access = theirs.plan().access

    assert standings(access) == {Standing.SETTLED}
    assert "3 of them by somebody else" in access_verdict(access, {}, declared=True).message
    left = registry().but(insides=theirs.insides)
    assert left.plan().access.parts == ()


@pytest.mark.promise(3)
def test_what_left_the_spec_is_taken_away_and_told_by_its_name_alone() -> None:
    before = granted(registry(entry("AssetUser"), entry("AssetUser", TEAM)))
    after = registry(entry("AssetUser", TEAM)).but(insides=before.insides)

    removals = [one for one in after.plan().actions() if one.kind is ActionKind.DELETE_ROLE_ASSIGNMENT]
    assert len(removals) == 3
    assert all(ANNA.lower() in one.reason for one in removals)
    verdict = access_verdict(after.plan().access, {}, declared=True)
    assert (verdict.status, verdict.reason) == ("False", Reason.PROGRESSING)


@pytest.mark.promise(8)
def test_another_registry_or_cluster_never_takes_ours_for_its_own() -> None:
    before = granted(registry(entry("AssetUser")))
    stranger = before.registry.model_copy(
        update={
            "metadata": before.registry.metadata.model_copy(update={"name": "another"}),
            "spec": before.registry.spec.model_copy(update={"access": ()}),
        }
    )

    assert before.but(registry=stranger).plan().access.parts == ()


def test_on_an_account_that_was_left_behind_a_role_stays_as_long_as_the_principal_has_it() -> None:
    before = granted(registry(entry("AssetUser")))
    fewer = registry(entry("AssetUser"), regions=("eastus",)).but(insides=before.insides)
    nobody = registry(regions=("eastus",)).but(insides=before.insides)

    assert standings(fewer.plan().access) == {Standing.SETTLED}
    assert len(nobody.plan().access.parts) == 3


@pytest.mark.promise(8)
def test_nothing_is_assigned_on_what_is_not_there_or_not_ours() -> None:
    scene = absent(a_registry().in_regions("eastus").with_spec(access=[entry("AssetPublisher")]))
    waits = {one.waits_for for one in scene.plan().actions() if one.settings and "Role" in one.kind}
    assert waits == {"the storage account", "the container registry", "the staging container"}

    foreign = registry(entry("AssetUser"), regions=("eastus",)).with_drift("eastus", tags={"theirs": "yes"})
    (step,) = [one for one in foreign.plan().actions() if "storageAccounts" in one.target]
    assert step.waits_for == "the storage account"


def test_what_could_not_be_read_is_told_once_and_nothing_is_assigned() -> None:
    scene = registry(entry("AssetUser"), entry("AssetUser", TEAM))
    failure = refusal(scene.desired.group.id, "AuthorizationFailed", 403)
    access = scene.but(insides=Insides(failure)).plan().access

    assert standings(access) == {Standing.UNSEEN}
    assert [one.failure for one in access.parts if one.failure] == [failure]
    assert access_verdict(access, {}, declared=True).reason is Reason.AUTHORIZATION_FAILED


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        (None, "is absent"),
        (replace(RULE, enabled=False), "is disabled"),
        (replace(RULE, days=30), "deletes after 30 days"),
        (replace(RULE, days=None), "deletes nothing"),
        (replace(RULE, prefixes=("models/",)), "is about models/"),
    ],
)
def test_a_lifecycle_rule_that_is_not_as_it_should_be_is_put_right(
    rule: ObservedStagingRule | None, field: str
) -> None:
    done = granted(registry(entry("AssetPublisher")))
    drifted = done.but(insides=replace(done.insides, staging_rule=rule)).plan()

    (step,) = drifted.actions()
    assert step.kind is ActionKind.UPDATE_LIFECYCLE_POLICY
    assert field in step.reason
    (one,) = [part for part in drifted.access.parts if part.action]
    assert one.differences[0].observed == field


def test_a_missing_right_to_assign_names_the_role_that_gives_it() -> None:
    failure = refusal(ArmId("/x/y"), "AuthorizationFailed", 403)

    told = explained(ActionKind.CREATE_ROLE_ASSIGNMENT, failure)

    assert "Role Based Access Control Administrator or User Access Administrator" in told.remedy
    assert explained(ActionKind.CREATE_CONTAINER, failure) == failure


def test_names_are_guids_in_lower_case_and_ids_compare_without_case() -> None:
    settings = wanted(registry(entry("AssetUser")))[0]
    shouted = replace(
        settings, scope=ArmId(settings.scope.upper()), principal_id=settings.principal_id.upper()
    )

    assert settings.grant == shouted.grant
    assert settings.grant.name("owner") == settings.grant.name("owner").lower()
    assert settings.grant.name("owner") != settings.grant.name("other")
    assert Grant("a", "b", "c").name("x") != Grant("a", "c", "b").name("x")


def test_a_failing_assignment_is_what_the_condition_says() -> None:
    part = Assessment(ArmId("/x"), Standing.ABSENT)
    failure = refusal(ArmId("/x"), "PrincipalNotFound", 400)

    verdict = access_verdict(Access((part,)), {part.target: failure}, declared=True)

    assert (verdict.status, verdict.reason) == ("False", Reason.PRINCIPAL_NOT_FOUND)
