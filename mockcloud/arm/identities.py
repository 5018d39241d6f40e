"""The identities that a resource carries, as the service shows them."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mockcloud.store import Body
    from mockcloud.world import World


def identity_of(world: World, held: Body, asked: Body) -> Body:
    """What is shown after `asked` was laid over `held`: a null takes a user-assigned one away."""
    said = str(asked.get("type") or held.get("type") or "None")
    shown: Body = {"type": said}
    if "SystemAssigned" in said:
        shown["principalId"] = held.get("principalId") or str(uuid.uuid4())
        shown["tenantId"] = world.tenant_id
    if "UserAssigned" in said:
        known: Body = {**(held.get("userAssignedIdentities") or {})}
        for name, value in (asked.get("userAssignedIdentities") or {}).items():
            if value is None:
                known.pop(name, None)
            elif name not in known:
                known[name] = _user_assigned(world, name)
        shown["userAssignedIdentities"] = known
    return shown


def _user_assigned(world: World, identity_id: str) -> Body:
    """Whose it is, where somebody has planted it; else made up."""
    there = world.store.get(identity_id)
    told = there.properties if there is not None else {}
    return {name: str(told.get(name) or uuid.uuid4()) for name in ("principalId", "clientId")}
