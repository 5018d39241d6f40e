"""Where `importImage` pulls from, and whom the source lets in.

A registry named by its id was judged when the import was asked for. Whoever comes with a user and a password
is a user of the host, or of a registry of this cloud: its administrator, or a principal with its secret. A
registry of this cloud lets nobody in otherwise, unless it allows anonymous pulls.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mockcloud.arm.registry.rules import TYPE
from mockcloud.authorization import allowed
from mockcloud.data.images.content import Repository
from mockcloud.data.images.places import home, registry_named

if TYPE_CHECKING:
    from mockcloud.store import Body, Resource
    from mockcloud.world import World

_PULL: Final = f"{TYPE}/pull/read"


class ClosedError(Exception):
    """The source refuses: the status that Azure repeats, and the body that the source wrote."""

    def __init__(self, status: str, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.said = status, {"errors": [{"code": code, "message": message}]}


def unauthorized() -> ClosedError:
    return ClosedError("Unauthorized Unauthorized", "UNAUTHORIZED", "authentication required")


def denied() -> ClosedError:
    return ClosedError("Forbidden Forbidden", "DENIED", "requested access to the resource is denied")


def pulled_from(world: World, source: Body, repository: str) -> Repository:
    """The repository as the source has it; empty where it has none.

    Raises:
        ClosedError: the source does not let the caller in.
    """
    resource_id = str(source.get("resourceId") or "")
    if resource_id:
        found = world.store.get(resource_id)
        if found is None:
            raise unauthorized()
        return home(world, found).get(repository, Repository())
    uri = str(source["registryUri"]).removeprefix("https://").rstrip("/").lower()
    user: Body = source.get("credentials") or {}
    outside = world.images.outside.get(uri)
    registry = registry_named(world, uri.rpartition("/")[2]) if "/" in uri and outside is None else None
    if registry is not None:
        _check_registry(world, registry, user)
        return home(world, registry).get(repository, Repository())
    _check_host(world.images.accounts.get(uri), user, repository)
    return (outside or {}).get(repository, Repository())


def _check_registry(world: World, registry: Resource, user: Body) -> None:
    if not user and registry.properties.get("anonymousPullEnabled"):
        return
    name, password = str(user.get("username") or ""), str(user.get("password") or "")
    passwords = registry.hidden.get("passwords", {}).values()
    if registry.properties.get("adminUserEnabled") and name == registry.name and password in passwords:
        return
    principal = world.principals.by_client(name)
    if principal is None or not password or principal.client_secret != password:
        raise unauthorized()
    if not allowed(world, principal.principal_id, _PULL, registry.id):
        raise denied()


def _check_host(accounts: list[dict[str, Any]] | None, user: Body, repository: str) -> None:
    """A host without accounts is open to everybody."""
    if accounts is None:
        return
    wanted = (user.get("username"), user.get("password"))
    known = next((one for one in accounts if (one["username"], one["password"]) == wanted), None)
    if known is None:
        raise unauthorized()
    if known["repositories"] and not repository.startswith(tuple(known["repositories"])):
        raise denied()
