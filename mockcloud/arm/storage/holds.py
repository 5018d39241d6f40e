"""Legal holds on containers: tags that keep what lies there until the last of them is taken away.

Source: https://learn.microsoft.com/rest/api/storagerp/blob-containers. The error's code is not on record.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from mockcloud.arm.routing import Route
from mockcloud.arm.storage import rules
from mockcloud.arm.storage.accounts import ACCOUNT
from mockcloud.arm.storage.services import CONTAINER, CONTAINER_TYPE, container_of, new_etag
from mockcloud.http import Answer

if TYPE_CHECKING:
    from mockcloud.arm.call import ArmCall
    from mockcloud.store import Body, Resource

_TAG: Final = re.compile(r"^[a-z0-9]{3,23}$")
_APPENDS: Final = "allowProtectedAppendWritesAll"


def set_hold(call: ArmCall) -> Answer:
    """Tags that are there already stay as they are."""
    container = container_of(call)
    asked, held = _asked(call), _held(container)
    added = {
        "timestamp": call.time(),
        "objectIdentifier": call.principal_id,
        "tenantId": call.world.tenant_id,
    }
    known = {one["tag"] for one in held}
    now = [*held, *({"tag": tag, **added} for tag in asked if tag not in known)]
    more: Body = {}
    if call.body.get(_APPENDS) is not None:
        appends = bool(call.body[_APPENDS])
        more["protectedAppendWritesHistory"] = {_APPENDS: appends, "timestamp": call.time()}
    return _written(container, now, more)


def clear_hold(call: ArmCall) -> Answer:
    container, asked = container_of(call), _asked(call)
    return _written(container, [one for one in _held(container) if one["tag"] not in asked], {})


def _written(container: Resource, tags: list[Body], more: Body) -> Answer:
    """The container says who set which tag when; the answer only which there are now."""
    container.properties["legalHold"] = {"hasLegalHold": bool(tags), "tags": tags, **(more if tags else {})}
    container.properties["hasLegalHold"] = bool(tags)
    container.body["etag"] = new_etag()
    appends = more.get("protectedAppendWritesHistory")
    shown = {_APPENDS: appends[_APPENDS]} if appends else {}
    return Answer(200, {"hasLegalHold": bool(tags), "tags": [one["tag"] for one in tags], **shown})


def _held(container: Resource) -> list[Body]:
    hold: Body = container.properties.get("legalHold") or {}
    return [one if isinstance(one, dict) else {"tag": one} for one in hold.get("tags") or []]


def _asked(call: ArmCall) -> list[str]:
    said = call.body.get("tags")
    tags = [str(tag).lower() for tag in said] if isinstance(said, list) else []
    if not tags or not all(_TAG.match(tag) for tag in tags):
        raise rules.invalid("tags")
    return tags


ROUTES: Final = (
    Route(
        "POST",
        CONTAINER + "/setLegalHold",
        set_hold,
        f"{CONTAINER_TYPE}/setLegalHold/action",
        exclusive=ACCOUNT,
    ),
    Route(
        "POST",
        CONTAINER + "/clearLegalHold",
        clear_hold,
        f"{CONTAINER_TYPE}/clearLegalHold/action",
        exclusive=ACCOUNT,
    ),
)
