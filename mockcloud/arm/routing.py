"""Which handler serves which address, with what a check needs to know about it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mockcloud.arm.call import ArmCall
    from mockcloud.http import Answer
    from mockcloud.throttle import VerbClass

    Handler = Callable[[ArmCall], Answer]

_VERBS: Final[dict[str, VerbClass]] = {"GET": "reads", "HEAD": "reads", "DELETE": "deletes"}
_GROUP_VERBS: Final = {"GET": "read", "HEAD": "read", "PUT": "write", "PATCH": "write", "DELETE": "delete"}


@dataclass(frozen=True, slots=True)
class Route:
    """One method on one address. `{scope}` in a template is any prefix, the other names are one segment.

    `exclusive` names the template of the resource that this write holds for itself while it is served.
    """

    method: str
    template: str
    handler: Handler
    action: str
    exclusive: str | None = None
    verb_class: VerbClass = "writes"
    pattern: re.Pattern[str] = field(init=False)

    def __post_init__(self) -> None:
        expression = re.escape(self.template).replace(r"\{scope\}", "(?P<scope>.*)")
        expression = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", expression)
        object.__setattr__(self, "pattern", re.compile(f"^{expression}/?$", re.IGNORECASE))
        object.__setattr__(self, "verb_class", _VERBS.get(self.method, self.verb_class))

    @property
    def namespace(self) -> str:
        """The provider whose API versions count: the last one the template names."""
        provider = self.template.rpartition("/providers/")[2] if "/providers/" in self.template else ""
        namespace = provider.split("/", 1)[0]
        return namespace if "/" in provider and namespace.startswith("Microsoft.") else "Microsoft.Resources"

    @property
    def in_group(self) -> bool:
        """The address lies inside a resource group, which then has to exist."""
        return "{group}/" in self.template


class Router:
    """First match wins; nothing is found for an address that no route has, or with another method."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self._routes = tuple(routes)

    def find(self, method: str, path: str) -> tuple[Route, dict[str, str]] | None:
        for route in self._routes:
            if route.method == method and (match := route.pattern.match(path)) is not None:
                return route, match.groupdict()
        return None

    def methods(self, path: str) -> list[str]:
        return sorted({route.method for route in self._routes if route.pattern.match(path)})


def verb_of(method: str) -> str:
    return _GROUP_VERBS.get(method, "action")
