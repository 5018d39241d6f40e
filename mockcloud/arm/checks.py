"""What the gateway asks before a provider sees a request. Each check states one fact; the first refusal
ends it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from mockcloud.arm.errors import SENTENCES, ArmError, gateway, group_not_found
from mockcloud.arm.versions import VERSIONS
from mockcloud.authorization import allowed, covers
from mockcloud.regions import DISPLAY_NAMES, canonical

if TYPE_CHECKING:
    from collections.abc import Callable

    from mockcloud.arm.call import ArmCall
    from mockcloud.arm.routing import Route

    Check = Callable[[ArmCall, Route], None]

_GUID: Final = re.compile(r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", re.IGNORECASE)
_WRITES: Final = {"PUT", "PATCH"}
_MOST_TAGS, _TAG_NAME, _TAG_VALUE = 50, 128, 256
_REGIONAL: Final = {"Microsoft.Storage", "Microsoft.ContainerRegistry"}


def subscription_is_known(call: ArmCall, _route: Route) -> None:
    if "subscription" not in call.params:
        return
    if not _GUID.match(call.subscription):
        raise gateway(
            400,
            "InvalidSubscriptionId",
            f"The provided subscription identifier '{call.subscription}' is malformed or invalid.",
        )
    if call.subscription.lower() not in call.world.subscriptions:
        raise gateway(
            404, "SubscriptionNotFound", f"The subscription '{call.subscription}' could not be found."
        )


def api_version_is_served(call: ArmCall, route: Route) -> None:
    version, served = call.api_version, VERSIONS[route.namespace]
    if not version:
        raise gateway(
            400,
            "MissingApiVersionParameter",
            "The api-version query parameter (?api-version=) is required for all requests.",
        )
    if version in served:
        return
    if any(version in versions for versions in VERSIONS.values()):
        kind = route.template.rpartition("/providers/")[2].split("/")[1:2]
        raise gateway(
            400,
            "NoRegisteredProviderFound",
            f"No registered resource provider found for location '{call.body.get('location', '')}' "
            "and API version "
            f"'{version}' for type '{''.join(kind)}'. The supported api-versions are '{', '.join(served)}'. "
            f"The supported locations are '{', '.join(DISPLAY_NAMES)}'.",
        )
    raise gateway(
        400,
        "InvalidApiVersionParameter",
        f"The api-version '{version}' is invalid. The supported versions are '{','.join(served)}'.",
    )


def caller_may(call: ArmCall, route: Route) -> None:
    if not route.action or allowed(call.world, call.principal_id, route.action, call.path):
        return
    sentence = SENTENCES["AuthorizationFailed"][0]
    raise gateway(
        403,
        "AuthorizationFailed",
        sentence.format(
            client=call.client_id, principal=call.principal_id, action=route.action, scope=call.path
        ),
    )


def provider_is_registered(call: ArmCall, route: Route) -> None:
    namespace = route.namespace
    if call.method not in _WRITES or not call.subscription or namespace == "Microsoft.Resources":
        return
    if call.world.registration(call.subscription, namespace) == "Unregistered":
        sentence = SENTENCES["MissingSubscriptionRegistration"][0].format(namespace=namespace)
        detail = {"code": "MissingSubscriptionRegistration", "target": namespace, "message": sentence}
        raise gateway(409, "MissingSubscriptionRegistration", sentence, details=[detail])


def group_exists(call: ArmCall, route: Route) -> None:
    """Inside a group everything needs the group, and nothing is written into one that is being deleted."""
    if not route.in_group:
        return
    group = call.world.store.get(call.group_id)
    if group is None:
        raise group_not_found(call.group)
    if call.method in _WRITES and group.state == "Deleting":
        raise group_being_deleted(call.group)


def group_being_deleted(group: str) -> ArmError:
    return gateway(
        409,
        "ResourceGroupBeingDeleted",
        f"The resource group '{group}' is in deprovisioning state and cannot perform this operation.",
    )


def no_policy_denies(call: ArmCall, _route: Route) -> None:
    if call.method not in _WRITES:
        return
    for denial in call.world.settings.policy_denials:
        if re.search(denial.path_regex, call.path, re.IGNORECASE):
            raise _denied(call.path.rsplit("/", 1)[-1], denial.name, call.subscription)


def _denied(resource: str, policy: str, subscription: str) -> ArmError:
    scope = f"/subscriptions/{subscription}/providers/Microsoft.Authorization"
    assignment = {"name": policy, "id": f"{scope}/policyAssignments/{policy}"}
    definition = {"name": policy, "id": f"{scope}/policyDefinitions/{policy}"}
    identifiers = f'[{{"policyAssignment":{assignment},"policyDefinition":{definition}}}]'.replace("'", '"')
    info = {
        "policyDefinitionDisplayName": policy,
        "policyAssignmentName": policy,
        "policyAssignmentId": assignment["id"],
        "policyDefinitionName": policy,
        "policyDefinitionId": definition["id"],
        "policyDefinitionEffect": "Deny",
    }
    return gateway(
        403,
        "RequestDisallowedByPolicy",
        f"Resource '{resource}' was disallowed by policy. Policy identifiers: '{identifiers}'.",
        target=resource,
        additionalInfo=[{"type": "PolicyViolation", "info": info}],
    )


def nothing_is_locked(call: ArmCall, _route: Route) -> None:
    """A lock holds for what lies below its scope; a delete also meets the locks below what it deletes."""
    deletes = call.method == "DELETE"
    if not deletes and call.method not in _WRITES:
        return
    locked = [
        lock.scope
        for lock in call.world.settings.lock_list()
        if (deletes or lock.level == "ReadOnly")
        and (covers(lock.scope, call.path) or (deletes and covers(call.path, lock.scope)))
    ]
    if locked:
        verb = "delete" if deletes else "write"
        raise gateway(
            409,
            "ScopeLocked",
            f"The scope '{call.path}' cannot perform {verb} operation because following scope(s) are locked: "
            f"'{','.join(locked)}'. Please remove the lock and try again.",
        )


def tags_fit(call: ArmCall, _route: Route) -> None:
    """At most 50 tags, names to 128 characters here, values to 256 (codes not on record)."""
    tags = (call.body.get("tags") or {}) if call.method in _WRITES else {}
    if len(tags) > _MOST_TAGS:
        raise gateway(400, "TooManyTags", f"The number of tags {len(tags)} exceeds the maximum {_MOST_TAGS}.")
    for name, value in tags.items():
        if len(name) > _TAG_NAME or len(str(value)) > _TAG_VALUE:
            raise gateway(
                400,
                "InvalidTagNameOrValue",
                f"The tag '{name}' is too long: names have at most {_TAG_NAME} characters, values "
                f"{_TAG_VALUE}.",
            )


def region_is_up(call: ArmCall, route: Route) -> None:
    """An outage of a region is one of its control plane too: for what lies there and what would."""
    if route.namespace not in _REGIONAL:
        return
    places = {canonical(str(call.body.get("location") or ""))}
    if "location" in call.params:
        places.add(canonical(call.params["location"]))
    for resource_id in _resources_on(call.path):
        resource = call.world.store.get(resource_id)
        if resource is not None and "/providers/" in resource.key:
            places.add(canonical(resource.location))
    if places & call.world.unavailable:
        sentence, cause = SENTENCES["ServiceUnavailable"]
        raise ArmError(503, "ServiceUnavailable", sentence, cause=cause)


def _resources_on(path: str) -> list[str]:
    """The path itself and every address above it."""
    parts = path.split("/")
    return ["/".join(parts[:length]) for length in range(len(parts), 0, -1)]


CHECKS: Final[tuple[Check, ...]] = (
    subscription_is_known,
    api_version_is_served,
    caller_may,
    group_exists,
    provider_is_registered,
    tags_fit,
    no_policy_denies,
    nothing_is_locked,
    region_is_up,
)
