"""What was asked of Azure and what Azure answered, as data, and how an answer is compared with it.

The facts are those of public recordings and published examples; names, ids and times are our own. An answer
may have more keys than were on record: what is compared is what a client of that answer could rely on.
"""

import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

ABSENT: Final = "<absent>"
TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,7})?(Z|\+00:00)")
ZONED: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,7})?\+00:00")
GUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
URL: Final = re.compile(r"https://\S+/")
ETAG: Final = re.compile(r'"0x[0-9A-F]{15}"')

ACCOUNT: Final = "{group}/providers/Microsoft.Storage/storageAccounts/{account}"
BLOBS: Final = f"{ACCOUNT}/blobServices/default"
CONTAINER: Final = f"{BLOBS}/containers/{{container}}"
LIFECYCLE: Final = f"{ACCOUNT}/managementPolicies/default"
REGISTRY: Final = "{group}/providers/Microsoft.ContainerRegistry/registries/{registry}"
ROLES: Final = "{group}/providers/Microsoft.Authorization/roleAssignments"


@dataclass(frozen=True)
class Asked:
    """One request. The path's variables are filled in anew for each exchange."""

    method: str
    path: str
    body: Any = None


@dataclass(frozen=True)
class Exchange:
    """A request, what had been asked before it, and what the answer must say.

    `shows` has dotted paths into the body, with the value, a pattern for it, or `ABSENT`. `code` and `text`
    are those of an error.
    """

    title: str
    asked: Asked
    status: int
    shows: Mapping[str, Any] = field(default_factory=dict)
    before: tuple[Asked, ...] = ()
    code: str = ""
    text: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)


Send = Callable[[str, str, Any], tuple[int, Any]]


def differences(
    exchange: Exchange, send: Send, subscription: str, ready: Callable[[], object] = bool
) -> list[str]:
    """Ask all of it, and say in what the last answer is another one than Azure's.

    `ready` is called between what was before and the request that counts.
    """
    names = {
        "sub": f"/subscriptions/{subscription}",
        "group": f"/subscriptions/{subscription}/resourceGroups/rg",
        "account": "a" + uuid.uuid4().hex[:12],
        "registry": "r" + uuid.uuid4().hex[:12],
        "container": "c" + uuid.uuid4().hex[:12],
        "name": "n" + uuid.uuid4().hex[:12],
        "guid": str(uuid.uuid4()),
        "principal": str(uuid.uuid4()),
    }
    for one in exchange.before:
        send(one.method, _filled(one.path, names), _filled(one.body, names))
    ready()
    asked = exchange.asked
    status, body = send(asked.method, _filled(asked.path, names), _filled(asked.body, names))
    found = [] if status == exchange.status else [f"status {status}, not {exchange.status}: {body}"]
    shown = dict(exchange.shows)
    if exchange.code:
        shown["error.code"] = exchange.code
    if exchange.text:
        shown["error.message"] = re.compile(exchange.text, re.DOTALL)
    for path, wanted in shown.items():
        got = at(body, _filled(path, names))
        if not _alike(got, _filled(wanted, names)):
            found.append(f"{path}: {got!r}, not {wanted!r}")
    return found


def at(body: Any, path: str) -> Any:
    """The value at a dotted path (`a.0.b`), or `ABSENT`. A name with a dot in it is written with `/`."""
    for part in path.split("."):
        if isinstance(body, list) and part.isdigit() and int(part) < len(body):
            body = body[int(part)]
        elif isinstance(body, dict) and part.replace("/", ".") in body:
            body = body[part.replace("/", ".")]
        elif isinstance(body, dict) and part in body:
            body = body[part]
        else:
            return ABSENT
    return body


def _alike(got: Any, wanted: Any) -> bool:
    if isinstance(wanted, re.Pattern):
        return isinstance(got, str) and wanted.fullmatch(got) is not None
    return type(got) is type(wanted) and got == wanted


def _filled(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return re.sub(r"\{(\w+)\}", lambda found: names.get(found[1], found[0]), value)
    if isinstance(value, dict):
        return {key: _filled(item, names) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, names) for item in value]
    return value
